package https

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"logrelay/relay"

	"golang.org/x/sys/unix"
)

// nowhere is a sink that costs nothing.
type nowhere struct{ records int }

func (n *nowhere) Put(_ context.Context, b *relay.Batch) error {
	n.records += b.Len()
	return nil
}

// answers is a ResponseWriter that costs nothing.
type answers struct {
	h      http.Header
	status int
}

func (a *answers) Header() http.Header         { return a.h }
func (a *answers) Write(p []byte) (int, error) { return len(p), nil }
func (a *answers) WriteHeader(status int)      { a.status = status }

// BenchmarkRequest measures all of this package from the request to Put, for each record of about 300 bytes.
func BenchmarkRequest(b *testing.B) {
	for _, n := range []int{1, 100, 700, 5000} {
		var ndjson, lines bytes.Buffer
		var events bytes.Buffer
		for i := range n {
			fmt.Fprintf(&ndjson, `{"date":1763716532.123456,"seq":%08d,"host":"web-17.example.net","level":"info","path":"/api/v1/orders/48151623","status":200,"bytes":5123,"user":{"id":"u-1029384756"},"tags":["a","bc"],"message":"request served in 12 ms \"ok\"","trace":"4bf92f3577b34da6a3ce929d0e0e4736","pad":"xxxxxxxx"}`+"\n", i+10_000_000)
			fmt.Fprintf(&events, `{"time":1763716532.123,"host":"web-17.example.net","source":"app","event":%q}`, bytes.Repeat([]byte("some text "), 23))
			fmt.Fprintf(&lines, "<165>1 2025-11-21T08:15:32.123456Z web-17.example.net app %08d - - %s\n", i, bytes.Repeat([]byte("some text "), 23))
		}
		for _, c := range []struct {
			name, path string
			body       []byte
			h          header
		}{
			{"ndjson", "/", ndjson.Bytes(), header{"Content-Type": "application/x-ndjson"}},
			{"lines", "/", lines.Bytes(), header{"Content-Type": "text/plain"}},
			{"gzip", "/", gzipped(b, ndjson.Bytes()), header{"Content-Encoding": "gzip"}},
			{"hec", "/services/collector", events.Bytes(), header{"Authorization": "Splunk " + secret}},
		} {
			b.Run(fmt.Sprintf("%s-%d", c.name, n), func(b *testing.B) {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					b.Fatal(err)
				}
				defer l.Close()
				s, err := New(Options{Name: "web", Listener: l, Auth: tokenAuth(), SpoolDir: b.TempDir()})
				if err != nil {
					b.Fatal(err)
				}
				sink := &nowhere{}
				s.sink = sink
				r := httptest.NewRequest("POST", c.path, nil)
				r.Header.Set("Authorization", "Bearer "+secret)
				for k, v := range c.h {
					r.Header.Set(k, v)
				}
				r.ContentLength = int64(len(c.body))
				w := &answers{h: http.Header{}}
				body := bytes.NewReader(nil)
				r.Body = io.NopCloser(body)
				b.ReportAllocs()
				requests := 0
				before := cpuTime(b)
				for b.Loop() {
					body.Reset(c.body)
					s.ServeHTTP(w, r)
					requests++
				}
				if w.status != 200 || sink.records != n*requests {
					b.Fatalf("status %d, %d records of %d", w.status, sink.records, n*requests)
				}
				b.ReportMetric(float64(cpuTime(b)-before)/float64(sink.records), "cpu-ns/record")
			})
		}
	}
}

// cpuTime returns what the process has used, in nanoseconds: wall time says little on a machine that is shared.
func cpuTime(b *testing.B) int64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
