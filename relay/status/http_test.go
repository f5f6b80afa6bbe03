package status

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"logrelay/relay"
)

type fakeActions struct{ retried LetterQuery }

func (f *fakeActions) Reload(context.Context) error { return errors.New("line 3: no such key") }
func (f *fakeActions) DeadLetters(_ context.Context, q LetterQuery, _ int) ([]Letter, error) {
	l := Letter{ID: "a-1"}
	if q.Raw {
		l.Raw = "secret content"
	}
	return []Letter{l}, nil
}
func (f *fakeActions) RetryDeadLetters(_ context.Context, q LetterQuery) (LetterResult, error) {
	f.retried = q
	return LetterResult{Done: 1}, nil
}
func (f *fakeActions) DropDeadLetters(context.Context, LetterQuery) (LetterResult, error) {
	return LetterResult{}, nil
}
func (f *fakeActions) Passages(relay.ID, uint64) []Passage { return nil }

func (f *fakeActions) Forget(context.Context, string) error { return nil }

func testServer(t *testing.T, log io.Writer) (loopback string, socket *http.Client, f *fakeActions) {
	f = &fakeActions{}
	reg := prometheus.NewRegistry()
	reg.MustRegister(prometheus.NewCounter(prometheus.CounterOpts{Name: "logrelay_test_total", Help: "x"}))
	snapshot := func() Snapshot {
		s := Snapshot{Health: Green, Outputs: []Output{{Name: "siem", LastError: "words of the far end", Sum: Sum{Accepted: 7}}}}
		s.Add(Problem{Red, "output siem", "words of the far end", "do this"})
		return s
	}
	s := New(Options{
		Snapshot: snapshot, Alive: func() error { return nil }, Ready: func() error { return errors.New("the buffer is full") },
		Actions: f, Gatherer: reg, Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
	ctx, cancel := context.WithCancel(t.Context())
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "s")
	unix, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 2)
	go func() { done <- s.RunAddress(ctx, tcp) }()
	go func() { done <- s.RunSocket(ctx, unix) }()
	t.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
	socket = &http.Client{Timeout: 4 * time.Minute, Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
	return "http://" + tcp.Addr().String(), socket, f
}

func get(t *testing.T, c *http.Client, url string) (int, string) {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestLoopbackGivesSumsAndNoContent(t *testing.T) {
	t.Parallel()
	url, _, _ := testServer(t, io.Discard)
	code, body := get(t, http.DefaultClient, url+"/api/v1/status")
	if code != 200 || !strings.Contains(body, `"accepted": 7`) {
		t.Errorf("status without sums: %d %s", code, body)
	}
	for _, word := range []string{"words of the far end", "do this"} {
		if strings.Contains(body, word) {
			t.Errorf("the loopback listener shows %q", word)
		}
	}
	if code, body = get(t, http.DefaultClient, url+"/metrics"); code != 200 || !strings.Contains(body, "logrelay_test_total") {
		t.Errorf("metrics: %d %s", code, body)
	}
	if code, _ = get(t, http.DefaultClient, url+"/healthz"); code != 200 {
		t.Errorf("healthz: %d", code)
	}
	if code, body = get(t, http.DefaultClient, url+"/readyz"); code != 503 || !strings.Contains(body, "full") {
		t.Errorf("readyz: %d %s", code, body)
	}
	for _, path := range []string{"/debug/pprof/", "/api/v1/dead-letters"} {
		if code, _ = get(t, http.DefaultClient, url+path); code != 404 {
			t.Errorf("%s on the loopback listener: %d, want 404", path, code)
		}
	}
	resp, err := http.Post(url+"/api/v1/reload", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body.Close(); resp.StatusCode != 404 {
		t.Errorf("reload on the loopback listener: %d, want 404", resp.StatusCode)
	}
}

func TestForeignHostIsRefused(t *testing.T) {
	t.Parallel()
	url, _, _ := testServer(t, io.Discard)
	for host, want := range map[string]int{"evil.example": 421, "127.0.0.1": 200, "localhost:5480": 200, "[::1]:5480": 200, "10.0.0.1": 421} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", url+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if resp.Body.Close(); resp.StatusCode != want {
			t.Errorf("Host %q: %d, want %d", host, resp.StatusCode, want)
		}
	}
}

func TestSocketServesChangesAndAuditsThem(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	_, c, f := testServer(t, &log)
	resp, err := c.Post("http://logrelay/api/v1/dead-letters/retry", "application/json", strings.NewReader(`{"output":"siem","all":true}`))
	if err != nil {
		t.Fatal(err)
	}
	var res LetterResult
	err = json.NewDecoder(resp.Body).Decode(&res)
	if resp.Body.Close(); err != nil || res.Done != 1 || f.retried.Output != "siem" {
		t.Errorf("retry: %+v %v, asked %+v", res, err, f.retried)
	}
	if !strings.Contains(log.String(), "dead letters retry") || !strings.Contains(log.String(), "uid ") {
		t.Errorf("no audit line: %s", log.String())
	}
	if resp, err = c.Post("http://logrelay/api/v1/reload", "", nil); err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(resp.Body)
	if resp.Body.Close(); resp.StatusCode != 422 || !strings.Contains(string(b), "line 3") {
		t.Errorf("a reload that fails: %d %s", resp.StatusCode, b)
	}
	if code, body := get(t, c, "http://logrelay/api/v1/dead-letters"); code != 200 || strings.Contains(body, "secret content") {
		t.Errorf("the list shows content that was not asked for: %d %s", code, body)
	}
	if code, body := get(t, c, "http://logrelay/api/v1/dead-letters?raw=1"); code != 200 || !strings.Contains(body, "secret content") {
		t.Errorf("the list without the content that was asked for: %d %s", code, body)
	}
	if code, body := get(t, c, "http://logrelay/api/v1/status"); code != 200 || !strings.Contains(body, "words of the far end") {
		t.Errorf("status on the socket: %d %s", code, body)
	}
	if code, _ := get(t, c, "http://logrelay/debug/pprof/cmdline"); code != 200 {
		t.Errorf("pprof: %d", code)
	}
}
