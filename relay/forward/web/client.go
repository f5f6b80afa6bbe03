package web

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
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

// Probe calls try with every URL and returns all of its errors.
func (c *Client) Probe(try func(u *url.URL) error) error {
	var all []error
	for _, u := range c.urls {
		all = append(all, try(u))
	}
	return errors.Join(all...)
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

// leave has the next request make a connection of its own, after one that got no answer in time: HTTP/2 would go on with a connection that has fallen
// silent until the kernel gives it up, which takes a quarter of an hour.
func (c *Client) leave(t *http.Transport) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == t {
		c.born = time.Time{}
	}
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
