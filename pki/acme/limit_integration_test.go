//go:build integration

package acme

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"logrelay/relay/relaytest"
)

// A CA that says "too often" when a certificate is to be renewed: the one that there is serves on, the CA is asked once and then left alone.
func TestRateLimitAtRenewal(t *testing.T) {
	t.Parallel()
	p := relaytest.NewPebble(t, 12*time.Second)
	p.Start(t, nil)
	to, err := url.Parse(p.Directory)
	if err != nil {
		t.Fatal(err)
	}
	var limited atomic.Bool
	var refused atomic.Int64
	pass := &httputil.ReverseProxy{
		Transport: p.Client().Transport,
		Rewrite: func(r *httputil.ProxyRequest) { // the Host stays: it is what Pebble takes for its own name
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = to.Scheme, to.Host, r.In.Host
		},
	}
	front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if limited.Load() && strings.HasPrefix(r.URL.Path, "/order-plz") {
			refused.Add(1)
			w.Header().Set("Retry-After", "7200")
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = w.Write([]byte(`{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many certificates already issued, retry after tomorrow"}`))
			return
		}
		pass.ServeHTTP(w, r)
	}))
	defer front.Close()
	o := pebbleOptions(t, p, HTTP01, "limited.example.com")
	o.Directory, o.Roots = front.URL+"/dir", x509.NewCertPool()
	o.Roots.AddCert(front.Certificate())
	m := newManager(t, o)
	stop := run(t, m)
	issued(t, m)
	limited.Store(true)
	await(t, "a problem", func() bool { return m.States()[0].Problem != "" })
	s := m.States()[0]
	if s.Leaf == nil || !strings.Contains(s.Problem, "too many certificates") || !strings.Contains(s.Hint, "asks again later") || time.Until(s.Next) < 50*time.Minute {
		t.Errorf("State = %+v, next attempt in %s; want about an hour", s, time.Until(s.Next))
	}
	if leaf := shake(t, m.ServerConfig(&tls.Config{}), &tls.Config{ServerName: "limited.example.com"}); !leaf.Equal(s.Leaf) {
		t.Errorf("a certificate of %s serves", leaf.Issuer)
	}
	stop()
	if n := refused.Load(); n != 1 {
		t.Errorf("the CA was asked %d times", n)
	}
}
