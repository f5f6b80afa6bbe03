package page

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/status"
)

const (
	userName = "mary"
	password = "correct horse battery"

	hostile = `<script>alert(1)</script>" onload="alert(2)` + "\n\ndata: <b>\r\rdata: x\r\n"
)

// fake is the relay behind a page.
type fake struct {
	mu      sync.Mutex
	s       status.Snapshot
	letter  []status.Letter
	retried []status.LetterQuery
	dropped []status.LetterQuery
	err     error
}

func (f *fake) snapshot() status.Snapshot {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.s
	s.Now = time.Now().UTC()
	s.Inputs, s.Outputs, s.Problems = append([]status.Input(nil), s.Inputs...), append([]status.Output(nil), s.Outputs...), append([]status.Problem(nil), s.Problems...)
	return s
}

func (f *fake) change(do func(s *status.Snapshot)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do(&f.s)
}

func (f *fake) DeadLetters(context.Context, status.LetterQuery, int) ([]status.Letter, error) {
	return f.letter, nil
}

func (f *fake) RetryDeadLetters(_ context.Context, q status.LetterQuery) (status.LetterResult, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.retried = append(f.retried, q)
	return status.LetterResult{Done: 1, Left: 2, Errors: []string{"output siem: " + hostile}}, f.err
}

func (f *fake) DropDeadLetters(_ context.Context, q status.LetterQuery) (status.LetterResult, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dropped = append(f.dropped, q)
	return status.LetterResult{Done: 3}, f.err
}

func newFake() *fake {
	seen := time.Now()
	f := &fake{
		s: status.Snapshot{
			Version: "1", Ready: true, Health: status.Green, Started: seen,
			Inputs: []status.Input{
				{Name: "web", Type: "https", Address: "127.0.0.1:5443", Records: 1234567, LastSeen: &seen},
				{Name: "pull", Type: "s3", Pull: &status.Pull{State: "idle", Taken: 7}},
			},
			Outputs: []status.Output{{Name: "siem", Type: "hec", Target: "https://far.example", State: "delivering", SetAside: 2, Strict: true, Sum: status.NewSum(10, 4, relay.Outcome{Delivered: 6})}},
			Buffer:  status.Buffer{Quota: 1 << 30, Bytes: 1 << 20, Free: 1 << 40},
			TLS:     &status.TLS{Subject: "CN=relay", DaysLeft: 12},
			Certificates: []status.Certificate{
				{Output: "siem", Subject: "CN=shown", NotAfter: seen.Add(300 * time.Hour), DaysLeft: 12},
				{Output: "old", Subject: "CN=old", NotAfter: seen.Add(-72 * time.Hour), DaysLeft: -3, Problem: "ended"},
			},
		},
		letter: []status.Letter{{ID: "a-1", Output: "siem", Input: "web", Answer: hostile, Peer: hostile}},
	}
	f.s.Outputs[0].LastError = hostile
	f.s.Add(status.Problem{Health: status.Red, Where: "output siem", What: "needs you: " + hostile, Hint: "replace the token"})
	return f
}

// hashed is a hash of password that costs as little as one may.
var hashed = sync.OnceValue(func() string {
	h := hash{memory: minHashMemory, passes: 1, lanes: 1, salt: make([]byte, saltBytes), key: make([]byte, keyBytes)}
	h.key = h.of([]byte(password))
	return h.String()
})

// newSite serves the page on a door of its own, to a browser that keeps cookies.
func newSite(t *testing.T, d status.Door, log io.Writer) (site, *fake) {
	t.Helper()
	f := newFake()
	p, err := New(Options{
		Snapshot: f.snapshot, Actions: f, Config: func() []byte { return []byte("token: <secret>\n") },
		Users: []User{{userName, hashed()}}, Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(p.Handler(d))
	t.Cleanup(srv.Close)
	return site{t, p, srv.URL, newBrowser(t)}, f
}

func newBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Jar: jar, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

type site struct {
	t       *testing.T
	p       *Page
	url     string
	browser *http.Client
}

func (s site) do(r *http.Request) (*http.Response, string) {
	s.t.Helper()
	res, err := s.browser.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res, string(b)
}

func (s site) get(path string) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.do(r)
}

func (s site) form(path string, fields url.Values, headers ...string) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+path, strings.NewReader(fields.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return s.do(r)
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// csrf is the token of the forms on a page.
func (s site) csrf(path string) string {
	s.t.Helper()
	_, body := s.get(path)
	m := csrfField.FindStringSubmatch(body)
	if m == nil {
		s.t.Fatalf("no form on %s:\n%s", path, body)
	}
	return m[1]
}

func (s site) login(name, pass string) *http.Response {
	s.t.Helper()
	res, _ := s.form("/login", url.Values{"csrf": {s.csrf("/login")}, "name": {name}, "password": {pass}, "next": {"/config"}})
	return res
}

func TestEveryAnswerIsSecured(t *testing.T) {
	t.Parallel()
	s, _ := newSite(t, status.Socket, io.Discard)
	for _, path := range []string{"/", "/tail", "/config", "/dead-letters", "/assets/page.css", "/assets/page.js", "/assets/icon.svg", "/nowhere"} {
		res, body := s.get(path)
		h := res.Header
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: Content-Security-Policy %q", path, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") == "" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", path, h)
		}
		if !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
			continue
		}
		if m := regexp.MustCompile(`<script>|<style|<[^>]*\s(style|on[a-z]+)=|javascript:|https?://`).FindString(strings.ReplaceAll(body, "https://far.example", "")); m != "" {
			t.Errorf("%s has %q, which the policy does not allow", path, m)
		}
		if !strings.Contains(body, `<html lang="en">`) || !strings.Contains(body, `<h1`) || !strings.Contains(body, `<main id="main">`) {
			t.Errorf("%s is no page of ours", path)
		}
	}
}

func TestWhatStrangersWroteIsText(t *testing.T) {
	t.Parallel()
	s, _ := newSite(t, status.Socket, io.Discard)
	for _, path := range []string{"/", "/dead-letters"} {
		_, body := s.get(path)
		if !strings.Contains(body, "&lt;script&gt;alert(1)") || strings.Contains(body, "<script>alert") || strings.Contains(body, "<b>") || strings.Contains(body, `" onload="`) {
			t.Errorf("%s: words of others are not escaped:\n%s", path, body)
		}
	}
}

func TestNobodySeesWordsWithoutALogin(t *testing.T) {
	t.Parallel()
	s, _ := newSite(t, status.Loopback, io.Discard)
	_, body := s.get("/")
	for _, want := range []string{"1,234,567", "✓", "The sums add up", "log in", "12 days left", "Certificate of output siem", "CN=old: -3 days left", "; ended", "7 objects taken", "2 refused, wait until another event goes through", `<noscript><meta http-equiv="refresh"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	for _, secret := range []string{"alert(1)", "replace the token", "far.example", "Log out"} {
		if strings.Contains(body, secret) {
			t.Errorf("the page shows %q to everyone", secret)
		}
	}
	for _, path := range []string{"/config", "/dead-letters", "/tail"} {
		if res, body := s.get(path); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/login?next="+path || strings.Contains(body, "<secret>") {
			t.Errorf("%s without a login: %d to %s", path, res.StatusCode, res.Header.Get("Location"))
		}
	}
}

func TestRemoteDoorShowsNothingWithoutALogin(t *testing.T) {
	t.Parallel()
	s, _ := newSite(t, status.Remote, io.Discard)
	for _, path := range []string{"/", "/events"} {
		if res, body := s.get(path); res.StatusCode != http.StatusSeeOther || strings.Contains(body, "1,234,567") {
			t.Errorf("%s from elsewhere: %d %s", path, res.StatusCode, body)
		}
	}
	if res := s.login(userName, password); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("login: %s", res.Status)
	}
	if _, body := s.get("/"); !strings.Contains(body, "1,234,567") {
		t.Error("nothing after the login either")
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	s, _ := newSite(t, status.Loopback, &log)
	for _, wrong := range [][2]string{{userName, "wrong password"}, {"joe", password}, {userName, ""}, {"", ""}, {userName, strings.Repeat("x", 2000)}} {
		if res := s.login(wrong[0], wrong[1]); res.StatusCode != http.StatusForbidden || len(res.Cookies()) > 0 {
			t.Errorf("login with %q: %s", wrong, res.Status)
		}
	}
	if res := s.login(userName, password); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("the sixth attempt in a row: %s", res.Status)
	}
	s.p.attempts = newAttempts()
	res := s.login(userName, password)
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/config" || len(res.Cookies()) != 1 {
		t.Fatalf("login: %s to %s", res.Status, res.Header.Get("Location"))
	}
	c := res.Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Secure || len(c.Value) < 43 {
		t.Errorf("cookie: %+v", c)
	}
	for path, want := range map[string]string{"/config": "&lt;secret&gt;", "/": "replace the token", "/dead-letters": "a-1", "/tail": "input web"} {
		if res, body := s.get(path); res.StatusCode != http.StatusOK || !strings.Contains(body, want) || !strings.Contains(body, "Log out") {
			t.Errorf("%s behind the login: %d without %q", path, res.StatusCode, want)
		}
	}
	token := s.csrf("/")
	for _, when := range []string{"logout", "logout in another tab, where the page of the session still is"} {
		if res, _ := s.form("/logout", url.Values{"csrf": {token}}); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %s", when, res.Status)
		}
	}
	s.browser.Jar.SetCookies(must(url.Parse(s.url)), []*http.Cookie{c})
	if res, _ := s.get("/config"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the cookie is good after the logout: %s", res.Status)
	}
	for _, word := range []string{password, "wrong password", c.Value, "$argon2id"} {
		if strings.Contains(log.String(), word) {
			t.Errorf("the log holds %q", word)
		}
	}
	if !strings.Contains(log.String(), "user=mary") || !strings.Contains(log.String(), "login refused") {
		t.Errorf("the log does not say who came:\n%s", log.String())
	}
}

func must(u *url.URL, err error) *url.URL {
	if err != nil {
		panic(err)
	}
	return u
}

func TestLoginLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	s, _ := newSite(t, status.Loopback, io.Discard)
	for _, next := range []string{"https://evil.example/", "//evil.example", "/assets/page.js"} {
		res, _ := s.form("/login", url.Values{"csrf": {s.csrf("/login")}, "name": {userName}, "password": {password}, "next": {next}})
		if to := res.Header.Get("Location"); to != "/" {
			t.Errorf("next=%s leads to %q", next, to)
		}
		s.browser = newBrowser(t)
	}
}

func TestPostsNeedATokenOfTheSession(t *testing.T) {
	t.Parallel()
	s, f := newSite(t, status.Loopback, io.Discard)
	foreign := s.csrf("/login") // belongs to no session
	if res := s.login(userName, password); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("login: %s", res.Status)
	}
	for _, token := range []string{"", "x", foreign} {
		for _, path := range []string{"/dead-letters/retry", "/logout", "/login"} {
			if res, _ := s.form(path, url.Values{"csrf": {token}, "output": {"siem"}}); res.StatusCode != http.StatusForbidden {
				t.Errorf("POST %s with token %q: %s", path, token, res.Status)
			}
		}
	}
	good := url.Values{"csrf": {s.csrf("/")}, "output": {"siem"}}
	for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
		if res, _ := s.form("/dead-letters/retry", good, headers...); res.StatusCode != http.StatusForbidden {
			t.Errorf("POST with %v: %s", headers, res.Status)
		}
	}
	for _, path := range []string{"/dead-letters/retry?" + good.Encode(), "/logout?" + good.Encode()} {
		if res, _ := s.get(path); res.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("GET %s: %s", path, res.Status)
		}
	}
	if len(f.retried) > 0 {
		t.Errorf("something was retried: %v", f.retried)
	}
	if res, body := s.get("/config"); res.StatusCode != http.StatusOK {
		t.Errorf("the session has ended: %s %s", res.Status, body)
	}
}

// What everyone can get at one door opens nothing at another.
func TestTokensOfOneDoor(t *testing.T) {
	t.Parallel()
	s, _ := newSite(t, status.Loopback, io.Discard)
	if socket := s.p.csrf(visitor{door: status.Socket, name: "uid 0, pid 1"}); s.csrf("/login") == socket {
		t.Error("the token of the socket's forms stands in the login form")
	}
}

// Who may log in changes while the page is served: sessions of those who are gone, or have another password, end; others do not notice.
func TestUsersChange(t *testing.T) {
	t.Parallel()
	s, _ := newSite(t, status.Loopback, io.Discard)
	in := func() bool { res, _ := s.get("/config"); return res.StatusCode == http.StatusOK }
	s.login(userName, password)
	set := func(list ...User) {
		t.Helper()
		if err := s.p.SetUsers(list); err != nil {
			t.Fatal(err)
		}
	}
	event, _ := s.stream()
	event()
	set(User{"joe", hashed()}, User{userName, hashed()})
	if !in() {
		t.Error("the session of somebody ended who may still log in")
	}
	if err := s.p.SetUsers([]User{{"joe", "no hash"}}); err == nil || !in() {
		t.Errorf("what is no hash: %v", err)
	}
	other, err := HashPassword([]byte("another password"))
	if err != nil {
		t.Fatal(err)
	}
	set(User{userName, other})
	if in() {
		t.Error("the session lives on with the old password")
	}
	for event() != "" { // ends too
	}
	set(User{userName, hashed()})
	if in() {
		t.Error("the session came back")
	}
	if res := s.login(userName, password); res.StatusCode != http.StatusSeeOther || !in() {
		t.Errorf("login with the password of now: %s", res.Status)
	}
	began := s.p.users.find(userName) // whose password is being checked
	set()
	if token := s.p.sessions.begin(began); in() || s.p.User(&http.Request{Header: http.Header{"Cookie": {"logrelay=" + token}}}) != "" {
		t.Error("a login that was under way outlives the user")
	}
	if _, body := s.get("/login"); !strings.Contains(body, "names nobody who may") {
		t.Error("the login form does not say that there is nobody")
	}
}
