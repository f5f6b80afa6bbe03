package web

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// silent is a way to a server on which connections fall silent, as when a firewall forgets them: nobody closes them, and nothing comes.
type silent struct {
	net.Listener
	to    string
	mute  atomic.Int64 // connections up to this number
	count atomic.Int64
}

func (s *silent) serve() {
	for {
		c, err := s.Accept()
		if err != nil {
			return
		}
		number := s.count.Add(1)
		far, err := net.Dial("tcp", s.to)
		if err != nil {
			c.Close()
			continue
		}
		pass := func(dst, src net.Conn) {
			b := make([]byte, 32<<10)
			for {
				n, err := src.Read(b)
				if err != nil {
					dst.Close()
					return
				}
				if s.mute.Load() < number {
					_, _ = dst.Write(b[:n])
				}
			}
		}
		go pass(far, c)
		go pass(c, far)
	}
}

// TestSilentConnectionIsLeft: what falls silent under HTTP/2 is not used again and again. HTTP/1.1 closes its connection after each timeout by itself.
func TestSilentConnectionIsLeft(t *testing.T) {
	t.Parallel()
	protocols := make(chan string, 100)
	far := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		protocols <- r.Proto
	}))
	far.EnableHTTP2 = true
	far.StartTLS()
	t.Cleanup(far.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	way := &silent{Listener: l, to: far.Listener.Addr().String()}
	go way.serve()

	c := newClient(t, Options{URLs: []string{"https://" + l.Addr().String()}, TLS: &tls.Config{InsecureSkipVerify: true}, Timeout: time.Second})
	works := func() {
		t.Helper()
		for end := time.Now().Add(time.Minute); ; {
			_, err := post(t, c, "x")
			if err == nil {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("nothing goes through, after %d connections: %v", way.count.Load(), err)
			}
		}
	}
	works()
	if p := <-protocols; p != "HTTP/2.0" {
		t.Fatalf("the far end speaks %s", p)
	}
	way.mute.Store(way.count.Load())
	works()
}
