package xsiam

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/forward"
	"logrelay/relay/forward/web"
	"logrelay/relay/relaytest"
)

const token = "c0llect0r-t0ken"

func raw(dst []byte, e *relay.Event) []byte { return append(dst, e.Record.Raw...) }

func credentials() ([]web.Credential, error) { return []web.Credential{Token(token)}, nil }

func TestContract(t *testing.T) {
	t.Parallel()
	for _, how := range []web.Compression{web.None, web.Gzip} {
		t.Run(string(how), func(t *testing.T) {
			t.Parallel()
			relaytest.TestDestination(t, relaytest.DestinationContract{
				HTTP:   true,
				Listen: func(s *relaytest.SIEM) (string, error) { return s.HTTP("127.0.0.1:0") },
				New: func(t *testing.T, addr string, ca *relaytest.CA) relay.Destination {
					config, err := forward.TLSConfig(forward.TLSOptions{CAFile: ca.PEM()})
					if err != nil {
						t.Fatal(err)
					}
					d, err := New(Options{
						Web: web.Options{
							URLs: []string{"https://" + addr}, TLS: config, Compress: how, Credentials: credentials, ConnectTimeout: time.Minute,
						},
						Encode: raw, Format: Raw,
					})
					if err != nil {
						t.Fatal(err)
					}
					return d
				},
			})
		})
	}
}

// start returns a destination that sends to h, and the URL without a path.
func start(t *testing.T, h http.HandlerFunc, o Options) *Destination {
	t.Helper()
	far := httptest.NewServer(h)
	t.Cleanup(far.Close)
	o.Web.URLs, o.Web.Insecure, o.Web.Credentials, o.Encode = []string{far.URL + strings.Join(o.Web.URLs, "")}, true, credentials, raw
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestRequests(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o    Options
		in   []string
		want string
	}{
		"json":        {Options{Format: JSON}, []string{`{"a":1}`, `{"b":2}`}, "POST /logs/v1/event application/json {\"a\":1}\n{\"b\":2}\n"},
		"cef":         {Options{Format: CEF}, []string{"CEF:0|V|P|1|i|n|5|"}, "POST /logs/v1/event text/plain CEF:0|V|P|1|i|n|5|\n"},
		"leef":        {Options{Format: LEEF}, []string{"LEEF:1.0|V|P|1|i|"}, "POST /logs/v1/event text/plain LEEF:1.0|V|P|1|i|\n"},
		"raw":         {Options{Format: Raw}, []string{"a\nb", "c"}, "POST /logs/v1/event text/plain a\\nb\nc\n"},
		"path given":  {Options{Format: JSON, Web: web.Options{URLs: []string{"/proxy/xsiam"}}}, []string{"{}"}, "POST /proxy/xsiam application/json {}\n"},
		"split":       {Options{Format: JSON, BatchBytes: 6}, []string{"{}", "{}", "{}"}, "POST /logs/v1/event application/json {}\n{}\n|POST /logs/v1/event application/json {}\n"},
		"too large 1": {Options{Format: JSON, BatchBytes: 1}, []string{"{}"}, "POST /logs/v1/event application/json {}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			d := start(t, func(_ http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				got = append(got, strings.Join([]string{r.Method, r.URL.Path, r.Header.Get("Content-Type"), string(body)}, " "))
				if r.Header.Get("Authorization") != token || r.Header.Get("X-Xdr-Auth-Id") != "" || r.Header.Get("Content-Encoding") != "" {
					t.Errorf("headers %v", r.Header)
				}
			}, c.o)
			if err := d.Send(t.Context(), relaytest.EventsOf(c.in...)); err != nil {
				t.Fatal(err)
			}
			if s := strings.Join(got, "|"); s != c.want {
				t.Errorf("got  %q\nwant %q", s, c.want)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status     int
		body, want string
		hint       string
	}{
		{200, `{"error":"false"}`, "delivered", ""},
		{200, `{"ok":"true"}`, "delivered", ""},
		{200, `{"error":"true"}`, "delivered", ""}, // by the status alone
		{400, `bad x-cortex-source-dataset`, "reject []", ""},
		{401, `{"err_msg":"unauthorized"}`, "hold", "disabled"},
		{403, ``, "hold", "permissions"},
		{404, ``, "hold", "path of the url"},
		{413, ``, "reject []", ""},
		{429, ``, "retry after 3s", ""},
		{500, ``, "retry after 3s", ""},
		{503, ``, "retry after 3s", ""},
	} {
		d := start(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(c.status)
			io.WriteString(w, c.body+" "+token)
		}, Options{})
		err := d.Send(t.Context(), relaytest.EventsOf("{}", "{}"))
		if got := relaytest.Verdict(err); got != c.want {
			t.Errorf("%d: %s (%v), want %s", c.status, got, err, c.want)
		}
		if hint := relay.HintOf(err); !strings.Contains(hint, c.hint) || (hint == "") != (c.hint == "") {
			t.Errorf("%d: hint %q", c.status, hint)
		}
		if err != nil && strings.Contains(err.Error(), token) {
			t.Errorf("the token shows: %v", err)
		}
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{200: "not tested", 401: "not tested", 404: "not tested", 405: "not tested", 500: "not tested", 302: "hold", 407: "hold"} {
		d := start(t, func(w http.ResponseWriter, r *http.Request) {
			if body, _ := io.ReadAll(r.Body); r.Method != http.MethodHead || len(body) > 0 {
				t.Errorf("check sends %s %q", r.Method, body)
			}
			w.WriteHeader(status)
		}, Options{})
		err := d.Probe(t.Context())
		got := relaytest.Verdict(err)
		if errors.Is(err, forward.ErrNotTested) {
			got = "not tested"
		}
		if got != want {
			t.Errorf("%d: %s (%v), want %s", status, got, err, want)
		}
	}
	d, err := New(Options{Format: JSON, Web: web.Options{URLs: []string{"https://127.0.0.1:1"}, Credentials: credentials}, Encode: raw})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Probe(t.Context()); err == nil || errors.Is(err, forward.ErrNotTested) {
		t.Errorf("nobody there: %v", err)
	}
}
