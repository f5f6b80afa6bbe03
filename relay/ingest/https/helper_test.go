package https

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/relaytest"
)

// patience bounds what a test waits for; it is never waited for when all is well.
const patience = 4 * time.Minute

// memory is a sink and a ledger in memory. It copies what it is given, as the log does.
type memory struct {
	mu      sync.Mutex
	records []stored
	marks   map[relay.ID]relay.Mark
	puts    int
	fail    func(put int) error // before the n-th Put, from 0
}

type stored struct {
	raw     string
	meta    map[string]string
	origin  relay.Origin
	flags   relay.Flag
	ordinal uint64
}

func (m *memory) Put(ctx context.Context, b *relay.Batch) error {
	m.mu.Lock()
	fail := m.fail
	n := m.puts
	m.puts++
	m.mu.Unlock()
	if fail != nil {
		if err := fail(n); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if b.Empty() || len(b.Entries) > 0 && len(b.Bytes) > relay.BatchBytes && len(b.Entries) > 1 {
		return errors.New("BUG: a batch of the wrong size")
	}
	data := b.Bytes
	seen := make(map[int]uint64)
	for _, e := range b.Entries {
		o := b.Origins[e.Origin]
		s := stored{origin: *o.Origin, flags: e.Flags, meta: make(map[string]string), ordinal: o.First + seen[int(e.Origin)]}
		seen[int(e.Origin)]++
		relay.EachMeta(data[:e.Meta], func(k, v []byte) bool { s.meta[string(k)] = string(v); return true })
		s.raw = string(data[e.Meta : int(e.Meta)+int(e.Raw)])
		data = data[int(e.Meta)+int(e.Raw):]
		if e.Received == 0 {
			return errors.New("BUG: no time of reception")
		}
		m.records = append(m.records, s)
	}
	for _, mark := range b.Marks {
		if m.marks == nil {
			m.marks = make(map[relay.ID]relay.Mark)
		}
		m.marks[mark.Delivery] = mark
	}
	return nil
}

func (m *memory) Lookup(id relay.ID) (relay.Mark, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	mark, ok := m.marks[id]
	return mark, ok, nil
}

func (m *memory) setFail(f func(int) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = f
}

// take returns the records stored since it was last called.
func (m *memory) take() []stored {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.records
	m.records = nil
	return r
}

func raws(records []stored) []string {
	var out []string
	for _, r := range records {
		out = append(out, r.raw)
	}
	return out
}

const secret = "correct-horse-battery"

func tokenAuth() Auth { return Auth{Tokens: []Token{{Name: "t", Secret: secret}}} }

type running struct {
	*Server
	url       string
	sink      *memory
	transport *http.Transport // of try
	stop      func()          // ends Run and waits for it
}

// start runs a server on loopback until the test ends.
func start(t testing.TB, opt Options) *running {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	opt.Listener = l
	if opt.Name == "" {
		opt.Name = "web"
	}
	if !opt.Auth.None && len(opt.Auth.Tokens)+len(opt.Auth.Networks) == 0 && !opt.Auth.Certificates {
		opt.Auth = tokenAuth()
	}
	opt.SpoolDir = t.TempDir()
	sink := &memory{}
	if opt.Ledger == nil {
		opt.Ledger = sink
	}
	s, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, sink) }()
	var once sync.Once
	transport := &http.Transport{}
	stop := func() {
		once.Do(func() {
			transport.CloseIdleConnections() // which the server would give a second for one more request
			cancel()
			select {
			case err := <-ended:
				if err != nil {
					t.Errorf("Run: %v", err)
				}
			case <-time.After(patience):
				t.Error("Run does not end")
			}
			if used := s.budget.Used(); used != 0 {
				t.Errorf("%d bytes of the budget were not given back", used)
			}
			if n := s.spooled.Load(); n != 0 {
				t.Errorf("%d bytes of the spool were not given back", n)
			}
			if left, _ := os.ReadDir(opt.SpoolDir); len(left) > 0 {
				t.Errorf("%d files are left in the spool", len(left))
			}
		})
	}
	t.Cleanup(stop)
	scheme := "http"
	if opt.TLS != nil {
		scheme = "https"
	}
	return &running{Server: s, url: scheme + "://" + l.Addr().String(), sink: sink, transport: transport, stop: stop}
}

type header map[string]string

type answer struct {
	status int
	body   string
	header http.Header
}

// post sends a request with the token, unless the header has another Authorization; "-" sends none.
func (r *running) post(t testing.TB, path string, body []byte, h header) answer {
	t.Helper()
	return r.do(t, http.MethodPost, path, bytes.NewReader(body), h)
}

func (r *running) do(t testing.TB, method, path string, body io.Reader, h header) answer {
	t.Helper()
	a, err := r.try(method, path, body, h)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (r *running) try(method, path string, body io.Reader, h header) (answer, error) {
	req, err := http.NewRequest(method, r.url+path, body)
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	for k, v := range h {
		req.Header.Set(k, v)
		if v == "-" {
			req.Header.Del(k)
		}
	}
	resp, err := r.transport.RoundTrip(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, string(text), resp.Header}, err
}

func wantAnswer(t testing.TB, a answer, status int, body string) {
	t.Helper()
	if a.status != status || body != "" && a.body != body {
		t.Errorf("answer %d %s, want %d %s", a.status, a.body, status, body)
	}
}

func wantRecords(t testing.TB, got []stored, want ...string) {
	t.Helper()
	if fmt.Sprintf("%q", raws(got)) != fmt.Sprintf("%q", want) {
		t.Errorf("records %.2000q, want %.2000q", raws(got), want)
	}
}

// sample reads a file of the reference samples, which stand beside the repository.
func sample(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(relaytest.Reference(t, "samples", path))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
