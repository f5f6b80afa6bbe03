// Package https delivers events in the bodies of HTTP POST requests: one JSON value a line, a JSON array, or lines of text.
// A 2xx answer means that the far end has every event of the request. What a status means, credentials, compression and several
// URLs are those of package web; retrying is package forward's.
package https

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"logrelay/relay"
	"logrelay/relay/forward"
	"logrelay/relay/forward/web"
)

// Format is how events stand in a body.
type Format string

// The formats.
const (
	NDJSON Format = "ndjson" // a JSON value and LF
	Array  Format = "array"  // a JSON array
	Lines  Format = "lines"  // text and LF; CR, LF and NUL inside are escaped
)

// Options of a destination. Encode and Web.URLs are required. For NDJSON and Array, Encode has to append JSON.
type Options struct {
	Web        web.Options
	Format     Format // "" means NDJSON
	Encode     relay.EncodeFunc
	BatchBytes int // of a body before compression, at most, but for a single event; 0: 1 MiB
}

// Destination posts events. Safe for concurrent use.
type Destination struct {
	o      Options
	client *web.Client
}

// New returns a destination. It connects at the first Send.
func New(o Options) (*Destination, error) {
	if o.Encode == nil {
		panic("BUG: an https output needs an encoder")
	}
	switch o.Format {
	case "":
		o.Format = NDJSON
	case NDJSON, Array, Lines:
	default:
		return nil, fmt.Errorf("https output: format %q: allowed are ndjson, array and lines", o.Format)
	}
	client, err := web.New(o.Web)
	if err != nil {
		return nil, fmt.Errorf("https output: %w", err)
	}
	return &Destination{o, client}, nil
}

// Send posts the events, in as many requests as BatchBytes asks for, one after the other. See relay.Destination.
func (d *Destination) Send(ctx context.Context, events []relay.Event) error {
	how := web.Bodies{Limit: d.o.BatchBytes, Add: d.add}
	if d.o.Format == Array {
		how.End = "]"
	}
	return d.client.Send(ctx, events, how, func(u *url.URL, b *web.Body, _ int) error {
		a, err := d.client.Do(ctx, web.Request{URL: u, ContentType: d.contentType(), Body: b})
		if err != nil {
			return err
		}
		return a.Err(web.Name(u))
	})
}

func (d *Destination) add(dst []byte, e *relay.Event, n int) []byte {
	switch d.o.Format {
	case Array:
		dst = append(dst, "[,"[min(n, 1)])
		return d.o.Encode(dst, e)
	case Lines:
		return web.AppendLine(dst, e, d.o.Encode)
	}
	return append(d.o.Encode(dst, e), '\n')
}

func (d *Destination) contentType() string {
	switch d.o.Format {
	case Array:
		return "application/json"
	case Lines:
		return "text/plain; charset=utf-8"
	}
	return "application/x-ndjson"
}

// Probe connects to every URL and asks with HEAD, which stores nothing. Answers that say that credentials or path are wrong
// are errors; whether events would be taken cannot be known without sending one.
func (d *Destination) Probe(ctx context.Context) error {
	err := d.client.Probe(func(u *url.URL) error {
		a, err := d.client.Do(ctx, web.Request{Method: http.MethodHead, URL: u})
		if err != nil {
			return err
		}
		return judge(a, web.Name(u))
	})
	if err != nil {
		return err
	}
	return fmt.Errorf("whether %s takes events: %w", web.Name(d.client.URLs()[0]), forward.ErrNotTested)
}

// judge forgives a route that only knows POST.
func judge(a *web.Answer, name string) error {
	err := a.Err(name)
	if _, rejected := errors.AsType[*relay.RejectError](err); rejected || a.Status == http.StatusMethodNotAllowed || a.Status == http.StatusNotFound {
		return nil
	}
	return err
}

// Close closes the connections.
func (d *Destination) Close() error { return d.client.Close() }
