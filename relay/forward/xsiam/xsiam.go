// Package xsiam delivers events to an HTTP log collector ("custom HTTP data source") of Cortex XSIAM or Cortex XDR: lines in one POST
// request, in the format for which the collector was made in the console. Source: Palo Alto Networks, "Set up an HTTP log collector to receive
// logs" and "Success and failure code responses to your HTTP POST requests".
//
// # What nil is worth
//
// Status 200: the collector has accepted the events. It parses them later, and what it cannot parse is to be seen in the tenant alone. The body of the
// answer differs between versions and is not looked at.
//
// # Why
//
//   - Compression and format are the collector's, not the request's: a body that does not fit is refused or turned into garbage there, so both
//     are settings here, and check cannot prove them.
//   - The limit of a request is documented nowhere. 5 MB are what is taken in practice, and 413 halves.
//   - Probe connects and sends no event. An empty POST is no documented request: it might be an event.
package xsiam

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"logrelay/relay"
	"logrelay/relay/forward"
	"logrelay/relay/forward/web"
)

// Format is the log format of the collector.
type Format string

// The formats.
const (
	JSON Format = "json" // a JSON object and LF
	Raw  Format = "raw"  // text and LF; CR, LF and NUL inside are escaped
	CEF  Format = "cef"  // an event of CEF and LF
	LEEF Format = "leef" // an event of LEEF and LF
)

const defaultPath = "/logs/v1/event"

// Options of a destination. Encode, Format, Web.URLs and Web.Credentials (Token) are required.
type Options struct {
	Web        web.Options // a URL without a path gets the collector's
	Format     Format
	Encode     relay.EncodeFunc
	BatchBytes int // of a body before compression, at most, but for a single event; 0: 1 MiB
}

// Token is a collector's own token, as the console shows it once. It goes out bare, without a scheme.
func Token(token string) web.Credential { return web.SecretHeader("Authorization", token) }

// Destination posts events. Safe for concurrent use.
type Destination struct {
	o      Options
	client *web.Client
}

// New returns a destination. It connects at the first Send.
func New(o Options) (*Destination, error) {
	if o.Encode == nil {
		panic("BUG: an xsiam output needs an encoder")
	}
	client, err := web.New(o.Web)
	if err != nil {
		return nil, fmt.Errorf("xsiam output: %w", err)
	}
	return &Destination{o, client}, nil
}

// Send posts the events, in as many requests as BatchBytes asks for, one after the other. See relay.Destination.
func (d *Destination) Send(ctx context.Context, events []relay.Event) error {
	return d.client.Send(ctx, events, web.Bodies{Limit: d.o.BatchBytes, Add: d.add}, func(u *url.URL, b *web.Body, _ int) error {
		u = route(u)
		a, err := d.client.Do(ctx, web.Request{URL: u, ContentType: d.contentType(), Body: b})
		if err != nil {
			return err
		}
		return judge(a, web.Name(u))
	})
}

func (d *Destination) add(dst []byte, e *relay.Event, _ int) []byte {
	if d.o.Format == Raw {
		return web.AppendLine(dst, e, d.o.Encode)
	}
	return append(d.o.Encode(dst, e), '\n')
}

func (d *Destination) contentType() string {
	if d.o.Format == JSON {
		return "application/json"
	}
	return "text/plain"
}

// route is the collector's URL, where only its host was given.
func route(given *url.URL) *url.URL {
	if given.Path != "" && given.Path != "/" {
		return given
	}
	u := *given
	u.Path = defaultPath
	return &u
}

// judge says what a status means.
func judge(a *web.Answer, name string) error {
	if a.Status == http.StatusUnauthorized {
		return &relay.HoldError{
			Hint: "the token is wrong, or the collector is disabled or deleted: see it in the console; token is that of this collector alone, not an API key",
			Err:  fmt.Errorf("%s answers %s", name, a.Words()),
		}
	}
	return a.Err(name)
}

// Probe connects to every URL, and says what redirects or a proxy say. Nothing that is documented tells whether the token is good without an event.
func (d *Destination) Probe(ctx context.Context) error {
	err := d.client.Probe(func(u *url.URL) error {
		u = route(u)
		a, err := d.client.Do(ctx, web.Request{Method: http.MethodHead, URL: u})
		if err == nil && (a.Status >= 300 && a.Status < 400 || a.Status == http.StatusProxyAuthRequired) {
			err = a.Err(web.Name(u))
		}
		return err
	})
	if err != nil {
		return err
	}
	return fmt.Errorf("the token, the format and the compression of the collector: %w", forward.ErrNotTested)
}

// Close closes the connections.
func (d *Destination) Close() error { return d.client.Close() }
