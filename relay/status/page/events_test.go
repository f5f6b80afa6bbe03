package page

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"logrelay/relay/status"
)

// eventLines cuts lines as a browser does: at CR, LF and CR LF (HTML standard, section 9.2.5).
func eventLines(data []byte, _ bool) (advance int, line []byte, err error) {
	i := bytes.IndexAny(data, "\r\n")
	if i < 0 || data[i] == '\r' && i+1 == len(data) {
		return 0, nil, nil
	}
	if data[i] == '\r' && data[i+1] == '\n' {
		return i + 2, data[:i], nil
	}
	return i + 1, data[:i], nil
}

// stream reads server-sent events as a browser does.
func (s site) stream() (events func() string, res *http.Response) { return s.streamOf("/events") }

func (s site) streamOf(path string) (events func() string, res *http.Response) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if res, err = s.browser.Do(r); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { res.Body.Close() })
	in := bufio.NewScanner(res.Body)
	in.Buffer(nil, 1<<20)
	in.Split(eventLines)
	return func() string {
		var data []string
		for in.Scan() {
			line := in.Text()
			if text, ok := strings.CutPrefix(line, "data: "); ok {
				data = append(data, text)
			} else if line == "" && data != nil {
				return strings.Join(data, "\n")
			} else if line != "" && line[0] != ':' {
				s.t.Errorf("not of an event: %q", line)
			}
		}
		return ""
	}, res
}

func TestEventsTellWhatChanges(t *testing.T) {
	t.Parallel()
	s, f := newSite(t, status.Loopback, io.Discard)
	s.login(userName, password)
	event, res := s.stream()
	if ct := res.Header.Get("Content-Type"); ct != "text/event-stream" {
		t.Errorf("Content-Type %q", ct)
	}
	if e := event(); !strings.HasPrefix(e, `<div id="live"`) || !strings.Contains(e, "1,234,567") || strings.Contains(e, "<b>") {
		t.Errorf("the first event: %s", e)
	}
	if e := event(); !strings.HasPrefix(e, `<section id="charts"`) {
		t.Errorf("the second event: %s", e)
	}
	f.change(func(s *status.Snapshot) { s.Inputs[0].Records = 7654321 })
	for e := event(); !strings.Contains(e, "7,654,321"); e = event() {
		if e == "" {
			t.Fatal("the stream ended before the change was seen")
		}
	}
	if res, _ := s.form("/logout", url.Values{"csrf": {s.csrf("/")}}); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status)
	}
	for event() != "" { // ends with the session
	}
}

// The charts can be of one output alone, also when they change; what there is not is nothing that stands on the page.
func TestChartsAreOfWhatIsChosen(t *testing.T) {
	t.Parallel()
	s, f := newSite(t, status.Loopback, io.Discard)
	for range 2 {
		s.p.history.add(f.snapshot())
	}
	for query, want := range map[string][3]string{
		"":                    {`data-live="/events"`, "Received", ", all outputs"},
		"?of=output+siem":     {`data-live="/events?of=output&#43;siem"`, `<option selected>output siem</option>`, "<h3>Delivered</h3>"},
		"?of=input+web":       {`data-live="/events?of=input&#43;web"`, `<option selected>input web</option>`, "Received"},
		"?of=%3Cscript%3Ehmm": {`data-live="/events"`, "Received", ", all outputs"},
	} {
		_, body := s.get("/" + query)
		for _, w := range want {
			if !strings.Contains(body, w) {
				t.Errorf("%q: there is no %s", query, w)
			}
		}
		if strings.Contains(body, "hmm") || strings.Contains(body, "<h3>Received</h3>") != (query != "?of=output+siem") {
			t.Errorf("%q: the wrong charts:\n%s", query, body)
		}
	}
	event, _ := s.streamOf("/events?of=output+siem")
	if event(); !strings.Contains(event(), `<option selected>output siem</option>`) {
		t.Error("the events are of something else")
	}
}

func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	s, _ := newSite(t, status.Loopback, io.Discard)
	for range maxStreams {
		if event, _ := s.stream(); event() == "" {
			t.Fatal("a stream without an event")
		}
	}
	if res, _ := s.get("/events"); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("one stream too many: %s", res.Status)
	}
	if res, _ := s.get("/"); res.StatusCode != http.StatusOK {
		t.Errorf("the page itself: %s", res.Status)
	}
}
