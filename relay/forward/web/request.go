package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"logrelay/relay"
	"logrelay/relay/forward"
)

// Request is what Do sends.
type Request struct {
	Method      string // "" means POST
	URL         *url.URL
	ContentType string
	Body        *Body // nil: no body
	Header      map[string]string
	Cookies     []*http.Cookie
	// Read, where it is set, is given the body of a 2xx answer as it comes, its first ReadMax bytes, which may be more than MaxAnswer. Pieces of it that
	// are shown have to go through Answer.Clean.
	Read    func(body io.Reader)
	ReadMax int64
}

// Answer is what came back, whatever the status. Body is cleaned and bounded; it is empty where Request.Read had it.
type Answer struct {
	Status  int
	Header  http.Header
	Body    []byte
	Cookies []*http.Cookie
	secrets []string
}

// Do sends one request and reads the answer. Its errors are classified; they mean that there is no answer.
func (c *Client) Do(ctx context.Context, r Request) (_ *Answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	req, secrets, err := c.request(ctx, r)
	if err != nil {
		return nil, err
	}
	t := c.transport()
	defer func() {
		if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			c.leave(t)
		}
	}()
	resp, err := t.RoundTrip(req)
	if err != nil {
		return nil, classify(Name(r.URL), err)
	}
	defer resp.Body.Close()
	a := &Answer{Status: resp.StatusCode, Header: resp.Header, Cookies: resp.Cookies(), secrets: secrets}
	if r.Read != nil && a.ok() {
		in := &watched{Reader: io.LimitReader(resp.Body, r.ReadMax)}
		r.Read(in)
		_, _ = io.Copy(io.Discard, in) // to the end, so that the connection can be used again
		if in.err != nil {
			return nil, classify(Name(r.URL), in.err)
		}
		return a, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxAnswer+1))
	if err != nil {
		return nil, classify(Name(r.URL), err)
	}
	a.Body = clean(body, secrets)
	return a, nil
}

// watched keeps the error that ended reading, if it was one.
type watched struct {
	io.Reader
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

// Post sends a small body of its own.
func (c *Client) Post(ctx context.Context, r Request, text []byte) (*Answer, error) {
	b := c.Body()
	defer c.Reuse(b)
	b.Plain = append(b.Plain, text...)
	if err := c.Pack(b); err != nil {
		return nil, err
	}
	r.Body = b
	return c.Do(ctx, r)
}

func (c *Client) request(ctx context.Context, r Request) (*http.Request, []string, error) {
	method := r.Method
	if method == "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, r.URL.String(), nil)
	if err != nil {
		return nil, nil, fmt.Errorf("making a request for %s: not a usable URL", Name(r.URL))
	}
	req.Header.Set("User-Agent", "logrelay")
	if r.Body != nil {
		r.Body.attach(req)
		req.Header.Set("Content-Type", r.ContentType)
		if name := c.pack.name(); name != "" {
			req.Header.Set("Content-Encoding", name)
		}
	}
	for k, v := range c.o.Header {
		req.Header.Set(k, v)
	}
	for k, v := range r.Header {
		req.Header.Set(k, v)
	}
	for _, k := range r.Cookies {
		req.AddCookie(k)
	}
	if c.o.Credentials == nil {
		return req, nil, nil
	}
	all, err := c.o.Credentials()
	if err != nil {
		return nil, nil, &relay.HoldError{Hint: "check the file or credential that holds the secret", Err: fmt.Errorf("reading the credentials for %s: %w", Name(r.URL), err)}
	}
	var secrets []string
	for _, k := range all {
		req.Header.Set(k.Header, k.Value)
		secrets = append(secrets, k.secrets...)
	}
	return req, secrets, nil
}

// classify turns net/http's errors into ours. They repeat the URL; ours name it without its query.
func classify(name string, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return forward.ConnectError(name, err)
	}
	return forward.SendError(name, err)
}
