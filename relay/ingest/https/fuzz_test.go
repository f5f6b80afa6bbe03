package https

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/ingest"
)

// harness calls the handler without a network.
type harness struct {
	s    *Server
	sink *memory
}

func newHarness(t testing.TB) *harness {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s, err := New(Options{Name: "web", Listener: l, Auth: tokenAuth(), Limits: Limits{Body: 16 << 20}})
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{s: s, sink: &memory{}}
	s.sink = h.sink
	return h
}

func (h *harness) serve(t testing.TB, path string, body []byte, head header) (records, status int) {
	t.Helper()
	r := httptest.NewRequest("POST", path, bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+secret)
	for k, v := range head {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	h.s.ServeHTTP(w, r)
	if !json.Valid(w.Body.Bytes()) {
		t.Fatalf("answer %q", w.Body)
	}
	if used := h.s.budget.Used(); used != 0 {
		t.Fatalf("%d bytes of the budget are gone", used)
	}
	got := h.sink.take()
	for _, s := range got {
		if s.raw == "" {
			t.Fatal("an empty record")
		}
	}
	return len(got), w.Code
}

func FuzzGeneric(f *testing.F) {
	f.Add([]byte("a\nb"), "", "")
	f.Add([]byte(`[{"a":1},{"b":2}]`), "application/json", "")
	f.Add([]byte(`{"Records":[{"a":1}]}`), "", "")
	f.Add(gzipped(f, []byte("a\nb")), "text/plain", "gzip")
	h := newHarness(f)
	f.Fuzz(func(t *testing.T, body []byte, contentType, encoding string) {
		n, status := h.serve(t, "/", body, header{"Content-Type": contentType, "Content-Encoding": encoding})
		switch status {
		case 200:
		case 400, 413, 415:
			if n > 0 {
				t.Fatalf("status %d, and %d records are stored", status, n)
			}
		default:
			t.Fatalf("status %d", status)
		}
		if plain := encoding == "" && !bytes.HasPrefix(body, []byte{0x1f}) && !bytes.HasPrefix(body, []byte{0x28}); plain && contentType == "text/plain" {
			want := 0
			for line := range strings.SplitSeq(string(body), "\n") {
				if strings.TrimSuffix(line, "\r") != "" {
					want++
				}
			}
			if status != 200 || len(body) < 1000 && n != want && !bytes.Contains(body, []byte("version")) && !bytes.Contains(body, []byte("action")) {
				t.Fatalf("status %d, %d records of %d lines", status, n, want)
			}
		}
	})
}

func FuzzHECEvents(f *testing.F) {
	f.Add([]byte(`{"event":"a","time":1.5,"host":"h","fields":{"k":["v",1]}}{"event":{"b":1.0}}`))
	f.Add([]byte(`{"event":""}`))
	f.Add([]byte(`{"event":"ok"}{"event":`))
	f.Add([]byte(`{"event":1,"time":"1e3"} [`))
	f.Fuzz(func(t *testing.T, body []byte) {
		events := &hecEvents{body: body, limit: 1 << 10}
		var p ingest.Piece
		n := 0
		for {
			err := events.Next(&p)
			if err == io.EOF {
				break
			}
			if err != nil {
				if _, ok := errors.AsType[*ingest.TooLongError](err); !ok {
					t.Fatal(err)
				}
				return
			}
			n++
			if len(p.Raw) == 0 || len(p.Meta) > relay.MaxMeta {
				t.Fatalf("record %q with %d bytes of attributes", p.Raw, len(p.Meta))
			}
		}
		// The standard library reads the same events.
		d := json.NewDecoder(bytes.NewReader(body))
		for i := range n {
			var v struct{ Event json.RawMessage }
			var m map[string]json.RawMessage
			if err := d.Decode(&m); err != nil {
				t.Fatalf("event %d: %v", i, err)
			}
			if v.Event = m["event"]; v.Event == nil {
				t.Fatalf("event %d has no event", i)
			}
		}
		if events.bad == nil && d.More() {
			t.Fatal("it ended too early")
		}
		if events.bad != nil && events.bad.event != n {
			t.Fatalf("bad event %d after %d good ones", events.bad.event, n)
		}
	})
}

func TestHECTimes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"1763716532": "1763716532000000000", "1763716532.123": "1763716532123000000", "1763716532.123456789123": "1763716532123456789",
		"0": "0", "-1.5": "-1500000000", "-0.5": "-500000000", "1763716532123": "1763716532123000000", "1763716532123.5": "1763716532123500000", "1.5e3": "1500000000000",
		"": "", "x": "", "99999999999999999999": "", "1e400": "", "NaN": "", "1.2.3": "", "9300000000": "", "now": "",
	} {
		got := ""
		if at, ok := parseTime([]byte(in)); ok {
			got = fmt.Sprint(at)
		}
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
