package elastic

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"logrelay/relay"
	"logrelay/relay/forward/web"
)

// contentType is what Elasticsearch and OpenSearch name for bulk requests.
const contentType = "application/x-ndjson"

// Options of a destination. Encode, Index and Web.URLs are required. Encode has to append JSON objects with at least one member.
type Options struct {
	Web    web.Options // a URL is the server's, with or without a path before its API; its query goes along (pipeline=...)
	Encode relay.EncodeFunc
	// Index is the name of the index or data stream, which is taken to be a valid one. {kind} and {tenant} stand for those of each event.
	Index      string
	DataStream bool // Index is a data stream's
	Timestamp  bool // Encode's objects have no @timestamp: each gets its event's time
	BatchBytes int  // of a body before compression, at most, but for a single event; 0: 1 MiB
}

// Destination posts events. Safe for concurrent use.
type Destination struct {
	o      Options
	client *web.Client
	target target
	// lenient: the far end does not know require_data_stream.
	lenient atomic.Bool
}

// New returns a destination. It connects at the first Send.
func New(o Options) (*Destination, error) {
	if o.Encode == nil || o.Index == "" {
		panic("BUG: an elastic output needs an encoder and an index")
	}
	client, err := web.New(o.Web)
	if err != nil {
		return nil, fmt.Errorf("elastic output: %w", err)
	}
	return &Destination{o: o, client: client, target: parseTarget(o.Index)}, nil
}

// Send posts the events, in as many requests as BatchBytes asks for, one after the other. See relay.Destination.
func (d *Destination) Send(ctx context.Context, events []relay.Event) error {
	return d.client.Send(ctx, events, web.Bodies{Limit: d.o.BatchBytes, Add: d.add}, func(u *url.URL, b *web.Body, n int) error {
		return d.post(ctx, u, b, n)
	})
}

// add appends the action and the document of an event.
func (d *Destination) add(dst []byte, e *relay.Event, _ int) []byte {
	dst = append(dst, `{"create":{"_index":"`...)
	dst = d.target.append(dst, e)
	dst = append(dst, `","_id":"`...)
	dst = e.AppendID(dst) // hex digits, "-", digits, "/": it needs no escaping
	dst = append(dst, "\"}}\n"...)
	if !d.o.Timestamp {
		return append(d.o.Encode(dst, e), '\n')
	}
	dst = append(dst, `{"@timestamp":"`...)
	dst = time.Unix(0, e.Time).UTC().AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, '"')
	brace := len(dst)
	dst = d.o.Encode(dst, e)
	if len(dst) == brace || dst[brace] != '{' {
		panic("BUG: an elastic output with an encoder of something else than JSON objects")
	}
	dst[brace] = ','
	return append(dst, '\n')
}

func (d *Destination) post(ctx context.Context, u *url.URL, b *web.Body, n int) error {
	target := route(u, "/_bulk")
	strict := d.o.DataStream && !d.lenient.Load()
	q := target.Query()
	q.Set("filter_path", "errors,items.*.status,items.*.error")
	if strict {
		q.Set("require_data_stream", "true")
	}
	target.RawQuery = q.Encode()
	r := results{own: !d.target.fixed(), fates: make([]fate, n)}
	a, err := d.client.Do(ctx, web.Request{URL: target, ContentType: contentType, Body: b, Read: r.read, ReadMax: answerLimit(n)})
	if err != nil {
		return err
	}
	if strict && a.Status == http.StatusBadRequest && bytes.Contains(a.Body, []byte("unrecognized parameter")) && bytes.Contains(a.Body, []byte("require_data_stream")) {
		d.lenient.Store(true)
		return d.post(ctx, u, b, n)
	}
	name := web.Name(target)
	if err := judge(a, name); err != nil {
		return err
	}
	return r.err(a, name, d.o.Index)
}

// judge says what the status of a whole request means.
func judge(a *web.Answer, name string) error {
	err := a.Err(name)
	if saysLicense(a) {
		return &relay.HoldError{Hint: "the far end's license does not allow this: see GET /_license there", Err: err}
	}
	return err
}

func saysLicense(a *web.Answer) bool {
	return a.Status == http.StatusForbidden && bytes.Contains(a.Body, []byte("license"))
}

// route is a path of the API. Given may be the server, or its bulk API.
func route(given *url.URL, path string) *url.URL {
	u := *given
	u.Path = strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), "/_bulk") + path
	u.RawPath, u.Fragment = "", ""
	return &u
}

// Close closes the connections.
func (d *Destination) Close() error { return d.client.Close() }
