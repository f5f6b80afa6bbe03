package status

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// fakePage knows who has the right header, and says by which door one came.
type fakePage struct{}

func (fakePage) Handler(d Door) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, []string{"socket", "loopback", "remote"}[d])
	})
}

func (fakePage) User(r *http.Request) string { return r.Header.Get("User") }

// elsewhere is a listener that does not say that it is on loopback.
type elsewhere struct{ net.Listener }

func (elsewhere) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 5480} }

func doorServer(t *testing.T, wrap func(net.Listener) net.Listener) (url string) {
	t.Helper()
	s := New(Options{
		Snapshot: func() Snapshot { return Snapshot{Outputs: []Output{{LastError: "words of the far end"}}} },
		Alive:    func() error { return nil }, Ready: func() error { return errors.New("full") }, Actions: &fakeActions{}, Page: fakePage{},
		Named: func(host string) bool { return host == "relay.example" }, Gatherer: prometheus.NewRegistry(), Logger: slog.New(slog.DiscardHandler),
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.RunAddress(ctx, wrap(l)) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String()
}

// ask returns the answer to somebody of that name at that host.
func ask(t *testing.T, url, host, user string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host, r.Close = host, true
	r.Header.Set("User", user)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func TestWhatALoginOpens(t *testing.T) {
	t.Parallel()
	loopback := doorServer(t, func(l net.Listener) net.Listener { return l })
	remote := doorServer(t, func(l net.Listener) net.Listener { return elsewhere{l} })
	for _, c := range []struct {
		path                              string
		loopback, remote, loggedIn, words int
	}{
		{"/healthz", 200, 200, 200, 0},
		{"/readyz", 503, 503, 503, 0},
		{"/metrics", 200, 401, 200, 0},
		{"/api/v1/status", 200, 401, 200, 1},
		{"/api/v1/dead-letters", 401, 401, 200, 0},
		{"/api/v1/tail?side=nowhere", 401, 401, 400, 0},
		{"/debug/pprof/", 200, 200, 200, 0}, // of the page: there is no other
	} {
		for _, is := range []struct {
			url, host, user string
			want            int
		}{
			{loopback, "localhost", "", c.loopback}, {remote, "relay.example", "", c.remote},
			{loopback, "127.0.0.1:5480", "mary", c.loggedIn}, {remote, "192.0.2.1:5480", "mary", c.loggedIn},
		} {
			code, body := ask(t, is.url+c.path, is.host, is.user)
			if code != is.want {
				t.Errorf("%s of %s by %q: %d, want %d", c.path, is.host, is.user, code, is.want)
			}
			if seen := strings.Contains(body, "words of the far end"); seen != (c.words == 1 && is.user != "") {
				t.Errorf("%s of %s by %q: the far end's words are seen: %v", c.path, is.host, is.user, seen)
			}
			if strings.Contains(body, "goroutine") {
				t.Errorf("pprof is open at %s", is.host)
			}
		}
	}
	if _, body := ask(t, loopback+"/", "localhost", ""); body != "loopback" {
		t.Errorf("the page comes by the door %q", body)
	}
	if _, body := ask(t, remote+"/", "relay.example", ""); body != "remote" {
		t.Errorf("the page comes by the door %q", body)
	}
}

func TestHostsOfEachDoor(t *testing.T) {
	t.Parallel()
	remote := doorServer(t, func(l net.Listener) net.Listener { return elsewhere{l} })
	for host, want := range map[string]int{
		"relay.example": 200, "relay.example:5480": 200, "192.0.2.1:5480": 200, "[2001:db8::1]:5480": 200, "localhost": 200,
		"evil.example": 421, "relay.example.evil.example": 421, "relay": 421,
	} {
		if code, _ := ask(t, remote+"/healthz", host, ""); code != want {
			t.Errorf("Host %q of another address: %d, want %d", host, code, want)
		}
	}
	_, socket, _ := testServer(t, io.Discard)
	for host, want := range map[string]int{"logrelay": 200, "localhost:8080": 200, "127.0.0.1:8080": 200, "evil.example:8080": 421, "192.0.2.1": 421} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://logrelay/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		res, err := socket.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != want {
			t.Errorf("Host %q of the socket: %d, want %d", host, res.StatusCode, want)
		}
	}
}

// A browser in front of the socket (ssh forwards it) must not be sent there by another site.
func TestOtherSitesCannotChangeAnything(t *testing.T) {
	t.Parallel()
	_, socket, f := testServer(t, io.Discard)
	for _, headers := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/api/v1/dead-letters/retry", strings.NewReader(`{"output":"siem","all":true}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(headers[0], headers[1])
		res, err := socket.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != http.StatusForbidden || f.retried.All {
			t.Errorf("with %v: %s", headers, res.Status)
		}
	}
}
