package web

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"logrelay/relay"
	"logrelay/relay/forward"
)

const (
	// MaxAnswer bounds what is read of an answer, in bytes.
	MaxAnswer      = 64 << 10
	defaultTimeout = time.Minute
	defaultConnect = 5 * time.Second
	maxAge         = 5 * time.Minute // then connections are made anew and names looked up again
	idleTimeout    = time.Minute
	maxIdle        = 64
	maxHeaderBytes = 64 << 10
)

// Options of a Client. URLs are required.
type Options struct {
	URLs    []string
	Balance bool        // take turns among the URLs, instead of the first that works
	TLS     *tls.Config // from forward.TLSConfig
	// Credentials are asked for before each request. Nil: none.
	Credentials    func() ([]Credential, error)
	Insecure       bool              // credentials may go over http://
	Header         map[string]string // sent with every request
	Compress       Compression
	Timeout        time.Duration // of one request, until its answer is read; 0: 1 min
	ConnectTimeout time.Duration // for the connection and its handshake; 0: 5 s
}

// Client posts bodies. Safe for concurrent use.
type Client struct {
	o    Options
	urls []*url.URL
	ends *forward.Endpoints
	pack *packer

	mu       sync.Mutex
	current  *http.Transport
	previous *http.Transport // may still have requests under way
	born     time.Time
}

// New checks the options. It connects with the first request.
func New(o Options) (*Client, error) {
	if len(o.URLs) == 0 {
		return nil, errors.New("no url")
	}
	c := &Client{o: o}
	for _, text := range o.URLs {
		u, err := parseURL(text, o.Credentials != nil && !o.Insecure)
		if err != nil {
			return nil, err
		}
		c.urls = append(c.urls, u)
	}
	if c.o.Timeout <= 0 {
		c.o.Timeout = defaultTimeout
	}
	if c.o.ConnectTimeout <= 0 {
		c.o.ConnectTimeout = defaultConnect
	}
	c.ends = forward.NewEndpoints(len(c.urls), o.Balance)
	var err error
	c.pack, err = newPacker(o.Compress)
	return c, err
}

// parseURL accepts absolute http and https URLs. Its errors do not hold the URL where that may hold a secret.
func parseURL(text string, secret bool) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("the url cannot be read") // url.Parse repeats its argument
	}
	switch {
	case u.User != nil:
		return nil, relay.WithHint(fmt.Errorf("url %s: it holds credentials", Name(u)), "put user and password into basic.user and basic.password_file")
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return nil, relay.WithHint(fmt.Errorf("url %s: it is not a full http or https URL", Name(u)), "write https://host:port/path")
	case u.Scheme == "http" && secret:
		return nil, relay.WithHint(fmt.Errorf("url %s: credentials would travel in the clear", Name(u)), "use https://, or set insecure: true if the network can be trusted")
	}
	return u, nil
}

// Name is how a URL is shown: without user, query and fragment.
func Name(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// URLs returns the destinations. They are not to be changed.
func (c *Client) URLs() []*url.URL { return c.urls }

// Each calls try with the URLs, the one to use first, until one works or the fault is not the URL's; see forward.Endpoints.
func (c *Client) Each(ctx context.Context, try func(u *url.URL) error) error {
	return c.ends.Do(ctx, func(i int) error { return try(c.urls[i]) })
}

// Request is what Do sends.
type Request struct {
	Method      string // "" means POST
	URL         *url.URL
	ContentType string
	Body        *Body // nil: no body
	Header      map[string]string
	Cookies     []*http.Cookie
}

// Answer is what came back, whatever the status. Body is cleaned and bounded.
type Answer struct {
	Status  int
	Header  http.Header
	Body    []byte
	Cookies []*http.Cookie
}

// Do sends one request and reads the answer. Its errors are classified; they mean that there is no answer.
func (c *Client) Do(ctx context.Context, r Request) (*Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	req, secrets, err := c.request(ctx, r)
	if err != nil {
		return nil, err
	}
	resp, err := c.transport().RoundTrip(req)
	if err != nil {
		return nil, classify(Name(r.URL), err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxAnswer+1))
	if err != nil {
		return nil, classify(Name(r.URL), err)
	}
	return &Answer{resp.StatusCode, resp.Header, clean(body, secrets), resp.Cookies()}, nil
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

// transport returns the one in use, renewed when it is old.
func (c *Client) transport() *http.Transport {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != nil && time.Since(c.born) < maxAge {
		return c.current
	}
	if c.previous != nil {
		c.previous.CloseIdleConnections()
	}
	if c.previous = c.current; c.previous != nil {
		c.previous.CloseIdleConnections()
	}
	c.current, c.born = &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: c.o.ConnectTimeout}).DialContext,
		TLSClientConfig:        c.o.TLS,
		TLSHandshakeTimeout:    c.o.ConnectTimeout,
		MaxIdleConnsPerHost:    maxIdle,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		WriteBufferSize:        64 << 10,
		DisableCompression:     true, // an answer is small, and its size is then its size
		ForceAttemptHTTP2:      true,
	}, time.Now()
	return c.current
}

// Close closes the connections.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range []*http.Transport{c.current, c.previous} {
		if t != nil {
			t.CloseIdleConnections()
		}
	}
	c.current, c.previous = nil, nil
	return nil
}

// Body is memory for one request after the other.
type Body struct {
	Plain  []byte // to be appended to
	packed bytes.Buffer
	send   []byte
	open   atomic.Int32 // readers that net/http has not closed
}

// Body returns empty memory for a body. Pack it before it is sent, and give it back with Reuse.
func (c *Client) Body() *Body {
	b := c.pack.bodies.Get().(*Body)
	b.Plain = b.Plain[:0]
	return b
}

// Pack compresses Plain, which may be used again then.
func (c *Client) Pack(b *Body) error { return c.pack.pack(b) }

// Reuse gives the memory back, unless net/http still reads it or it is larger than usual.
func (c *Client) Reuse(b *Body) {
	if b.open.Load() == 0 && cap(b.Plain) <= maxPooled && b.packed.Cap() <= maxPooled {
		c.pack.bodies.Put(b)
	}
}

func (b *Body) attach(req *http.Request) {
	reader := func() (io.ReadCloser, error) {
		b.open.Add(1)
		return &bodyReader{Reader: bytes.NewReader(b.send), b: b}, nil
	}
	req.Body, _ = reader()
	req.GetBody = reader
	req.ContentLength = int64(len(b.send))
}

type bodyReader struct {
	*bytes.Reader
	b    *Body
	once sync.Once
}

func (r *bodyReader) Close() error {
	r.once.Do(func() { r.b.open.Add(-1) })
	return nil
}
