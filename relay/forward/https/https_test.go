package https

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"logrelay/relay"
	"logrelay/relay/forward"
	"logrelay/relay/forward/web"
	"logrelay/relay/relaytest"
)

// server keeps what it is sent and answers with a status.
type server struct {
	mu     sync.Mutex
	status int
	got    []string // method, content type and body of each request
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, strings.TrimSpace(r.Method+" "+r.Header.Get("Content-Type")+" "+string(body)))
	if s.status != 0 {
		w.WriteHeader(s.status)
	}
}

func start(t *testing.T, s *server, o Options) *Destination {
	t.Helper()
	far := httptest.NewServer(s)
	t.Cleanup(far.Close)
	o.Web.URLs, o.Encode = []string{far.URL + "/in"}, raw
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestBodies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o    Options
		in   []string
		want string
	}{
		"ndjson":          {Options{}, []string{`{"a":1}`, `{"b":2}`}, "POST application/x-ndjson {\"a\":1}\n{\"b\":2}"},
		"array":           {Options{Format: Array}, []string{`{"a":1}`, `{"b":2}`}, `POST application/json [{"a":1},{"b":2}]`},
		"array, split":    {Options{Format: Array, BatchBytes: 8}, []string{`{"a":1}`, `{"b":2}`}, `POST application/json [{"a":1}]|POST application/json [{"b":2}]`},
		"lines, escaped":  {Options{Format: Lines}, []string{"a\nb", "c\x00"}, "POST text/plain; charset=utf-8 a\\nb\nc\\0"},
		"split by size":   {Options{Format: Lines, BatchBytes: 6}, []string{"one", "2", "three"}, "POST text/plain; charset=utf-8 one\n2|POST text/plain; charset=utf-8 three"},
		"one over a body": {Options{Format: Lines, BatchBytes: 2}, []string{"long", "b"}, "POST text/plain; charset=utf-8 long|POST text/plain; charset=utf-8 b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &server{}
			if err := start(t, s, c.o).Send(t.Context(), relaytest.EventsOf(c.in...)); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(s.got, "|"); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{0: "not tested", 405: "not tested", 400: "not tested", 401: "hold", 403: "hold", 503: "retry"} {
		s := &server{status: status}
		err := start(t, s, Options{}).Probe(t.Context())
		got := "retry"
		if _, held := errors.AsType[*relay.HoldError](err); held {
			got = "hold"
		} else if errors.Is(err, forward.ErrNotTested) {
			got = "not tested"
		}
		if got != want || len(s.got) != 1 || !strings.HasPrefix(s.got[0], "HEAD") {
			t.Errorf("status %d: %s (%v), want %s; requests %v", status, got, err, want, s.got)
		}
	}
}

func TestFailover(t *testing.T) {
	t.Parallel()
	bad, good := &server{status: 503}, &server{}
	first, second := httptest.NewServer(bad), httptest.NewServer(good)
	t.Cleanup(first.Close)
	t.Cleanup(second.Close)
	d, err := New(Options{Web: web.Options{URLs: []string{first.URL, second.URL}}, Encode: raw})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	for range 3 {
		if err := d.Send(t.Context(), relaytest.EventsOf("x")); err != nil {
			t.Fatal(err)
		}
	}
	if len(bad.got) != 1 || len(good.got) != 3 {
		t.Errorf("%d requests to the one that fails, %d to the other", len(bad.got), len(good.got))
	}
}
