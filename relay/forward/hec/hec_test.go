package hec

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/forward"
	"logrelay/relay/forward/web"
	"logrelay/relay/relaytest"
)

func collector(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func newDestination(t *testing.T, url string, o Options) *Destination {
	t.Helper()
	o.Web.URLs, o.Web.Insecure, o.Web.Credentials, o.Encode = []string{url}, true, credentials, raw
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		want   string
	}{
		{200, `{"text":"Success","code":0}`, "delivered"},
		{200, `<html>please log in</html>`, "hold"},
		{200, ``, "hold"},
		{200, `{"text":"Server is busy","code":9}`, "retry"},
		{403, `{"text":"Token disabled","code":1}`, "hold"},
		{401, `{"text":"Token is required","code":2}`, "hold"},
		{401, `{"text":"Invalid authorization","code":3}`, "hold"},
		{403, `{"text":"Invalid token","code":4}`, "hold"},
		{400, `{"text":"No data","code":5}`, "reject []"},
		{400, `{"text":"Invalid data format","code":6,"invalid-event-number":0}`, "reject [0]"},
		{400, `{"text":"Invalid data format","code":6,"invalid-event-number":2}`, "[0 1] reject [2]"},
		{400, `{"text":"Invalid data format","code":6,"invalid-event-number":7}`, "reject []"},
		{400, `{"text":"Invalid data format","code":6,"invalid-event-number":-1}`, "reject []"},
		{400, `{"text":"Incorrect index","code":7,"invalid-event-number":1}`, "hold"},
		{500, `{"text":"Internal server error","code":8}`, "retry"},
		{503, `{"text":"Server is busy","code":9}`, "retry"},
		{400, `{"text":"Data channel is missing","code":10}`, "hold"},
		{400, `{"text":"Invalid data channel","code":11}`, "hold"},
		{400, `{"text":"Event field is required","code":12,"invalid-event-number":1}`, "[0] reject [1]"},
		{400, `{"text":"Event field cannot be blank","code":13,"invalid-event-number":3}`, "[0 1 2] reject [3]"},
		{400, `{"text":"ACK is disabled","code":14}`, "hold"},
		{400, `{"text":"Error in handling indexed fields","code":15,"invalid-event-number":1}`, "[0] reject [1]"},
		{400, `{"text":"Query string authorization is not enabled","code":16}`, "hold"},
		{503, `{"text":"unhealthy","code":18}`, "retry"},
		{503, `{"text":"Server is shutting down","code":23}`, "retry"},
		{429, `{"text":"queue at capacity","code":24}`, "retry after 3s"},
		{413, `{"text":"too large","code":26}`, "reject []"},
		{404, `not found`, "hold"},
		{502, `bad gateway`, "retry"},
	} {
		t.Run(fmt.Sprint(c.status, c.body), func(t *testing.T) {
			t.Parallel()
			url := collector(t, func(w http.ResponseWriter, _ *http.Request) {
				if c.status == 429 {
					w.Header().Set("Retry-After", "3")
				}
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			})
			err := newDestination(t, url, Options{}).Send(t.Context(), relaytest.Events(0, 5))
			if got := relaytest.Verdict(err); got != c.want {
				t.Errorf("%s (%v), want %s", got, err, c.want)
			}
			if strings.HasPrefix(c.want, "hold") && relay.HintOf(err) == "" {
				t.Errorf("no hint with %v", err)
			}
			if err != nil && strings.Contains(err.Error(), token) {
				t.Errorf("the token shows: %v", err)
			}
		})
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o    Options
		path string // added to the URL
		want string
	}{
		"event":           {Options{Index: "main"}, "", "/services/collector/event? application/json"},
		"raw":             {Options{Raw: true, Index: "main", Host: "h&x"}, "", "/services/collector/raw?host=h%26x&index=main application/json"},
		"route given":     {Options{}, "/services/collector/event/1.0", "/services/collector/event? application/json"},
		"behind a prefix": {Options{}, "/splunk/services/collector", "/splunk/services/collector/event? application/json"},
		"gzip":            {Options{Web: web.Options{Compress: web.Gzip}}, "/", "/services/collector/event? application/json gzip"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got *http.Request
			url := collector(t, func(w http.ResponseWriter, r *http.Request) {
				got = r
				io.WriteString(w, `{"text":"Success","code":0}`)
			})
			if err := newDestination(t, url+c.path, c.o).Send(t.Context(), relaytest.Events(0, 2)); err != nil {
				t.Fatal(err)
			}
			line := strings.TrimSpace(fmt.Sprintf("%s?%s %s %s", got.URL.Path, got.URL.RawQuery, got.Header.Get("Content-Type"), got.Header.Get("Content-Encoding")))
			if line != c.want {
				t.Errorf("got  %s\nwant %s", line, c.want)
			}
			if got.Header.Get("Authorization") != "Splunk "+token || len(got.Header.Get("X-Splunk-Request-Channel")) != 36 {
				t.Errorf("headers %v", got.Header)
			}
		})
	}
}

// acks is a collector that acknowledges at the n-th poll.
type acks struct {
	mu      sync.Mutex
	after   int
	polls   int
	channel string
	bad     string
}

func (a *acks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	switch channel := r.Header.Get("X-Splunk-Request-Channel"); {
	case strings.HasSuffix(r.URL.Path, "/event"):
		a.channel = channel
		http.SetCookie(w, &http.Cookie{Name: "node", Value: "3"})
		io.WriteString(w, `{"text":"Success","code":0,"ackId":17}`)
	case !strings.HasSuffix(r.URL.Path, "/ack"):
		a.bad = r.URL.Path
	default:
		if c, err := r.Cookie("node"); err != nil || c.Value != "3" || channel != a.channel || string(body) != `{"acks":[17]}` {
			a.bad = fmt.Sprintf("poll %q, channel %s, %v", body, channel, r.Cookies())
		}
		a.polls++
		if a.polls == 1 {
			w.WriteHeader(http.StatusServiceUnavailable) // trouble that passes
			return
		}
		fmt.Fprintf(w, `{"acks":{"17":%v}}`, a.polls >= a.after)
	}
}

func TestIndexerAcknowledgement(t *testing.T) {
	t.Parallel()
	a := &acks{after: 3}
	d := newDestination(t, collector(t, a.ServeHTTP), Options{Ack: true})
	if err := d.Send(t.Context(), relaytest.Events(0, 2)); err != nil {
		t.Fatal(err)
	}
	if a.polls != 3 || a.bad != "" {
		t.Errorf("%d polls; %s", a.polls, a.bad)
	}

	never := &acks{after: 1 << 30}
	d = newDestination(t, collector(t, never.ServeHTTP), Options{Ack: true, AckTimeout: 100 * time.Millisecond})
	if err := d.Send(t.Context(), relaytest.Events(0, 2)); relaytest.Verdict(err) != "retry" {
		t.Errorf("an acknowledgement that never comes: %v", err)
	}

	off := collector(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"text":"Success","code":0}`) })
	if err := newDestination(t, off, Options{Ack: true}).Send(t.Context(), relaytest.Events(0, 2)); relaytest.Verdict(err) != "hold" {
		t.Errorf("acknowledgement is off at the far end: %v", err)
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		health, status int
		body           string
		want           string
	}{
		"good":        {200, 400, `{"text":"No data","code":5}`, "delivered"},
		"wrong token": {200, 403, `{"text":"Invalid token","code":4}`, "hold"},
		"unhealthy":   {503, 400, `{"text":"No data","code":5}`, "retry"},
		"not HEC":     {404, 404, `nothing here`, "hold"},
		"lenient":     {200, 200, `{"text":"Success","code":0}`, "not tested"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDestination(t, collector(t, func(w http.ResponseWriter, r *http.Request) {
				if body, _ := io.ReadAll(r.Body); len(body) > 0 {
					t.Errorf("check sends %q", body)
				}
				if strings.HasSuffix(r.URL.Path, "/health") {
					w.WriteHeader(c.health)
					return
				}
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			}), Options{})
			err := d.Probe(t.Context())
			got := relaytest.Verdict(err)
			if errors.Is(err, forward.ErrNotTested) {
				got = "not tested"
			}
			if got != c.want {
				t.Errorf("%s (%v), want %s", got, err, c.want)
			}
		})
	}
}

// TestWrongIndexOfASender: who may choose the index cannot stop the output with one that is not there. Ours, or that of the token, is a setting.
func TestWrongIndexOfASender(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, answer, index string
		raw                 bool
		want                string
	}{
		{"the sender's", `{"text":"Incorrect index","code":7,"invalid-event-number":2}`, "", false, "[0 1] reject [2]"},
		{"the sender's, in the route raw", `{"text":"Incorrect index","code":7,"invalid-event-number":2}`, "", true, "hold"},
		{"the token's", `{"text":"Incorrect index","code":7,"invalid-event-number":1}`, "", false, "hold"},
		{"ours", `{"text":"Incorrect index","code":7,"invalid-event-number":2}`, "main", false, "hold"},
		{"somebody's", `{"text":"Incorrect index","code":7}`, "", false, "reject []"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := collector(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusBadRequest)
				io.WriteString(w, c.answer)
			})
			events := relaytest.Events(0, 5)
			events[2].Record.Meta = relay.AppendMeta(nil, relay.AttrIndex, "nowhere")
			err := newDestination(t, url, Options{Index: c.index, Raw: c.raw}).Send(t.Context(), events)
			if got := relaytest.Verdict(err); got != c.want {
				t.Errorf("%s (%v), want %s", got, err, c.want)
			}
		})
	}
}

// FuzzReply checks that no answer makes more of the events delivered or refused than there are, and that only HEC's success is success.
func FuzzReply(f *testing.F) {
	f.Add(200, []byte(`{"text":"Success","code":0,"ackId":3}`), 5)
	f.Add(400, []byte(`{"text":"Invalid data format","code":6,"invalid-event-number":2}`), 5)
	f.Add(400, []byte(`{"code":13,"invalid-event-number":-9223372036854775808}`), 1)
	f.Add(200, []byte(`[]`), 1)
	f.Fuzz(func(t *testing.T, status int, body []byte, n int) {
		if n %= 1000; n < 0 {
			n = -n
		}
		a := &web.Answer{Status: status, Body: body}
		r, err := read(a, "collector", make([]bool, n))
		if err == nil && (status < 200 || status > 299 || r.Code != 0) {
			t.Fatalf("status %d, code %d is success", status, r.Code)
		}
		seen := map[int]bool{}
		if p, ok := errors.AsType[*relay.PartialError](err); ok {
			for _, i := range p.Delivered {
				seen[i] = true
			}
		}
		if reject, ok := errors.AsType[*relay.RejectError](err); ok {
			for _, i := range reject.Events {
				seen[i] = true
			}
		}
		for i := range seen {
			if i < 0 || i >= n {
				t.Fatalf("event %d of %d", i, n)
			}
		}
		_, _ = readAck(a, "collector", 3)
	})
}
