package forward_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"logrelay/relay"
	"logrelay/relay/forward"
	"logrelay/relay/forward/hec"
	"logrelay/relay/forward/https"
	"logrelay/relay/forward/syslog"
	"logrelay/relay/forward/web"
	"logrelay/relay/relaytest"
)

const benchLease = 800 // records of 300 bytes: about a batch

// benchCursor hands out the same records again and again, without allocating.
type benchCursor struct {
	records []relay.Record
	left    atomic.Int64 // leases
	open    atomic.Int64
	done    chan struct{}
}

func newBenchCursor(n, size int) *benchCursor {
	c := &benchCursor{done: make(chan struct{})}
	o := &relay.Origin{Input: "bench", Kind: relay.KindSyslog, Peer: "192.0.2.7:514"}
	raw := []byte("<34>1 2026-01-02T03:04:05.000006Z host.example.com app 4711 ID47 - ")
	for len(raw) < 300 {
		raw = append(raw, "message text "...)
	}
	for i := range size {
		c.records = append(c.records, relay.Record{Raw: raw[:300], Origin: o, Number: uint64(i), Base: relay.ID{1}, Ordinal: uint64(i)})
	}
	leases := int64((n + size - 1) / size)
	c.left.Store(leases)
	c.open.Store(leases)
	return c
}

func (c *benchCursor) Next(ctx context.Context, _ relay.Limit) (relay.Lease, error) {
	if c.left.Add(-1) >= 0 {
		return (*benchLeaseOf)(c), nil
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

type benchLeaseOf benchCursor

func (l *benchLeaseOf) Records() []relay.Record { return l.records }
func (l *benchLeaseOf) Unload()                 {}
func (l *benchLeaseOf) Release()                { panic("BUG: nothing fails here") }
func (l *benchLeaseOf) Ack(relay.Outcome) {
	if l.open.Add(-1) == 0 {
		close(l.done)
	}
}

func raw(dst []byte, e *relay.Event) []byte { return append(dst, e.Record.Raw...) }

func benchPump(b *testing.B, d relay.Destination) {
	b.Helper()
	benchLeases(b, d, benchLease)
}

func benchLeases(b *testing.B, d relay.Destination, size int) {
	b.Helper()
	c := newBenchCursor(b.N, size)
	p := forward.NewPump(forward.Options{Name: "bench", Cursor: c, Destination: d})
	b.ReportAllocs()
	b.SetBytes(300)
	b.ResetTimer()
	p.Drain()
	if err := p.Run(b.Context()); err != nil {
		b.Fatal(err)
	}
	select {
	case <-c.done:
	default:
		b.Fatal("the pump ended before everything was acknowledged")
	}
	b.StopTimer()
	if err := d.Close(); err != nil {
		b.Fatal(err)
	}
}

// sink reads whatever comes and throws it away.
func sink(b *testing.B, config *tls.Config) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	if config != nil {
		l = tls.NewListener(l, config)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.CopyBuffer(struct{ io.Writer }{io.Discard}, c, make([]byte, 256<<10))
			}()
		}
	}()
	return l.Addr().String()
}

func BenchmarkStreamTCP(b *testing.B) {
	d, err := syslog.New(syslog.Options{Transport: syslog.TCP, Addresses: []string{sink(b, nil)}, Encode: raw, Wrap: raw})
	if err != nil {
		b.Fatal(err)
	}
	benchPump(b, d)
}

// BenchmarkStreamLone sends each record by itself, as at a low rate.
func BenchmarkStreamLone(b *testing.B) {
	d, err := syslog.New(syslog.Options{Transport: syslog.TCP, Addresses: []string{sink(b, nil)}, Encode: raw, Wrap: raw})
	if err != nil {
		b.Fatal(err)
	}
	benchLeases(b, d, 1)
}

func BenchmarkStreamTLS(b *testing.B) {
	ca := relaytest.NewCA()
	config, err := forward.TLSConfig(forward.TLSOptions{CAFile: ca.PEM()})
	if err != nil {
		b.Fatal(err)
	}
	addr := sink(b, &tls.Config{Certificates: []tls.Certificate{ca.Server()}})
	d, err := syslog.New(syslog.Options{Addresses: []string{addr}, Encode: raw, Wrap: raw, TLS: config})
	if err != nil {
		b.Fatal(err)
	}
	benchPump(b, d)
}

// webSink answers like HEC, which is a good answer for all.
func webSink(b *testing.B) string {
	b.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, `{"text":"Success","code":0}`)
	}))
	b.Cleanup(s.Close)
	return s.URL
}

func BenchmarkHTTPS(b *testing.B) {
	for _, how := range []web.Compression{web.None, web.Gzip, web.Zstd} {
		b.Run(string(how), func(b *testing.B) {
			d, err := https.New(https.Options{Web: web.Options{URLs: []string{webSink(b)}, Compress: how}, Format: https.Lines, Encode: raw})
			if err != nil {
				b.Fatal(err)
			}
			benchPump(b, d)
		})
	}
}

func BenchmarkHEC(b *testing.B) {
	d, err := hec.New(hec.Options{Web: web.Options{URLs: []string{webSink(b)}, Compress: web.None}, Encode: raw})
	if err != nil {
		b.Fatal(err)
	}
	benchPump(b, d)
}
