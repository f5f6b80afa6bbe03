package hec

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"logrelay/relay"
	"logrelay/relay/forward"
	"logrelay/relay/forward/web"
)

const (
	defaultAckTimeout = 3 * time.Minute
	firstPoll         = 50 * time.Millisecond
	maxPoll           = 5 * time.Second
)

// Options of a destination. Encode, Web.URLs and Web.Credentials (web.Splunk) are required.
type Options struct {
	Web    web.Options // a URL without a path, or with one that ends in a route of HEC
	Encode relay.EncodeFunc
	// JSON says that Encode always appends JSON. Else each event is looked at: JSON goes out as JSON, all else as a string.
	JSON bool
	Raw  bool // the route raw: lines, without envelopes
	// What every event gets, whatever came with it. Empty: what came with it, if anything.
	Host, Source, Sourcetype, Index string
	Ack                             bool          // wait for the indexer's acknowledgement
	AckTimeout                      time.Duration // then the events are sent again; 0: 3 min
	BatchBytes                      int           // of a body before compression, at most, but for a single event; 0: 1 MiB; Splunk Cloud recommends no more
}

// Destination posts events. Safe for concurrent use.
type Destination struct {
	o       Options
	client  *web.Client
	channel string
}

// New returns a destination with a channel of its own. It connects at the first Send.
func New(o Options) (*Destination, error) {
	if o.Encode == nil {
		panic("BUG: a hec output needs an encoder")
	}
	if o.AckTimeout <= 0 {
		o.AckTimeout = defaultAckTimeout
	}
	client, err := web.New(o.Web)
	if err != nil {
		return nil, fmt.Errorf("hec output: %w", err)
	}
	var id [16]byte
	rand.Read(id[:])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // RFC 9562 section 5.4
	channel := fmt.Sprintf("%X-%X-%X-%X-%X", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
	return &Destination{o, client, channel}, nil
}

// route returns the URL of one of the collector's routes: "event", "raw", "ack", "health". Given may be the server, or any of its routes.
func route(given *url.URL, name string) *url.URL {
	u := *given
	if i := strings.Index(u.Path, "/services/collector"); i >= 0 {
		u.Path = u.Path[:i]
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + "/services/collector/" + name
	u.RawPath, u.Fragment = "", ""
	return &u
}

// Send posts the events, in as many requests as BatchBytes asks for, one after the other. See relay.Destination.
func (d *Destination) Send(ctx context.Context, events []relay.Event) error {
	var chosen []bool // of each event of the body: its index is the sender's choice
	add := func(dst []byte, e *relay.Event, n int) []byte {
		chosen = append(chosen[:n], !d.o.Raw && d.o.Index == "" && e.Record.Attr(relay.AttrIndex) != "")
		return d.add(dst, e, n)
	}
	return d.client.Send(ctx, events, web.Bodies{Limit: d.o.BatchBytes, Add: add}, func(u *url.URL, b *web.Body, n int) error {
		return d.post(ctx, u, b, chosen[:n])
	})
}

func (d *Destination) add(dst []byte, e *relay.Event, _ int) []byte {
	if d.o.Raw {
		return web.AppendLine(dst, e, d.o.Encode)
	}
	return d.appendEnvelope(dst, e)
}

func (d *Destination) post(ctx context.Context, u *url.URL, b *web.Body, chosen []bool) error {
	target := route(u, "event")
	if d.o.Raw {
		target = route(u, "raw")
		q := target.Query()
		for k, v := range map[string]string{"host": d.o.Host, "source": d.o.Source, "sourcetype": d.o.Sourcetype, "index": d.o.Index} {
			if v != "" {
				q.Set(k, v)
			}
		}
		target.RawQuery = q.Encode()
	}
	r := web.Request{URL: target, ContentType: "application/json", Body: b, Header: d.header()}
	a, err := d.client.Do(ctx, r)
	if err != nil {
		return err
	}
	reply, err := read(a, web.Name(target), chosen)
	if err != nil || !d.o.Ack {
		return err
	}
	if reply.AckID == nil {
		return &relay.HoldError{
			Hint: "turn indexer acknowledgement on for this token in Splunk, or set ack: false",
			Err:  fmt.Errorf("%s gives no acknowledgement id", web.Name(target)),
		}
	}
	return d.acknowledged(ctx, u, *reply.AckID, a.Cookies)
}

func (d *Destination) header() map[string]string {
	return map[string]string{"X-Splunk-Request-Channel": d.channel}
}

// acknowledged polls until the indexer has written what the id stands for.
func (d *Destination) acknowledged(ctx context.Context, u *url.URL, id uint64, cookies []*http.Cookie) error {
	target := route(u, "ack")
	deadline := time.Now().Add(d.o.AckTimeout)
	if len(cookies) > maxCookies {
		cookies = cookies[:maxCookies]
	}
	for wait := firstPoll; ; wait = min(2*wait, maxPoll) {
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
		done, err := d.poll(ctx, target, id, cookies)
		if err != nil || done {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: the indexer has not acknowledged within %s", web.Name(target), d.o.AckTimeout)
		}
	}
}

// maxCookies bounds what an answer makes us carry.
const maxCookies = 8

// poll asks once. Trouble that may pass counts as "not yet".
func (d *Destination) poll(ctx context.Context, target *url.URL, id uint64, cookies []*http.Cookie) (bool, error) {
	r := web.Request{URL: target, ContentType: "application/json", Header: d.header(), Cookies: cookies}
	a, err := d.client.Post(ctx, r, fmt.Appendf(nil, `{"acks":[%d]}`, id))
	if err == nil {
		if err = a.Err(web.Name(target)); err == nil {
			return readAck(a, web.Name(target), id)
		}
	}
	if _, held := errors.AsType[*relay.HoldError](err); held || ctx.Err() != nil {
		return false, err
	}
	if _, rejected := errors.AsType[*relay.RejectError](err); rejected {
		return false, fmt.Errorf("asking for an acknowledgement: %s", err.Error()) // not a word about the events
	}
	return false, nil
}

// Close closes the connections.
func (d *Destination) Close() error { return d.client.Close() }

// Probe asks every URL for its health, and whether the token is good by posting nothing: a collector answers code 5, "no data", only to
// those whom it lets in.
func (d *Destination) Probe(ctx context.Context) error {
	return d.client.Probe(func(u *url.URL) error { return d.probe(ctx, u) })
}

func (d *Destination) probe(ctx context.Context, u *url.URL) error {
	health := route(u, "health")
	a, err := d.client.Do(ctx, web.Request{Method: http.MethodGet, URL: health})
	if err != nil {
		return err
	}
	if a.Status >= 500 {
		return fmt.Errorf("%s answers %s", web.Name(health), a.Words())
	}
	target := route(u, "event")
	if a, err = d.client.Post(ctx, web.Request{URL: target, ContentType: "application/json", Header: d.header()}, nil); err != nil {
		return err
	}
	reply, err := read(a, web.Name(target), nil)
	if reply.Code == codeNoData {
		return nil
	}
	if err == nil {
		return fmt.Errorf("whether %s takes events: %w", web.Name(target), forward.ErrNotTested)
	}
	return err
}
