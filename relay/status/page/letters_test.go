package page

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"logrelay/relay/status"
)

func TestRetry(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	s, f := newSite(t, status.Loopback, &log)
	s.login(userName, password)
	token := s.csrf("/dead-letters")
	res, body := s.form("/dead-letters/retry", url.Values{"csrf": {token}, "output": {"siem"}, "id": {"a-1"}})
	if res.StatusCode != http.StatusOK || !strings.Contains(body, "Delivered: 1. Still refused: 2.") || !strings.Contains(body, "output siem: &lt;script") {
		t.Errorf("retry of one: %s\n%s", res.Status, body)
	}
	f.err = errors.New("there is none")
	if res, body = s.form("/dead-letters/retry", url.Values{"csrf": {token}, "output": {"siem"}}); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "there is none") {
		t.Errorf("retry that fails: %s\n%s", res.Status, body)
	}
	if res, _ = s.form("/dead-letters/retry", url.Values{"csrf": {token}}); res.StatusCode != http.StatusBadRequest {
		t.Errorf("retry of nothing: %s", res.Status)
	}
	if len(f.retried) != 2 || f.retried[0].All || f.retried[0].IDs[0] != "a-1" || !f.retried[1].All || f.retried[1].Output != "siem" {
		t.Errorf("retried: %+v", f.retried)
	}
	for _, want := range []string{`action="dead letters retry" by=mary`, "admin change refused"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, log.String())
		}
	}
}

// A letter is dropped by who has been asked whether that is meant, and by no GET.
func TestDrop(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	s, f := newSite(t, status.Loopback, &log)
	if res, _ := s.get("/dead-letters/drop?output=siem&id=a-1"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("without a login: %s", res.Status)
	}
	s.login(userName, password)
	for query, want := range map[string]string{"?output=siem&id=%3Cb%3E": "The event <code>&lt;b&gt;</code>, which siem refused", "?output=siem": "Every event that siem has refused so far"} {
		if res, body := s.get("/dead-letters/drop" + query); res.StatusCode != http.StatusOK || !strings.Contains(body, want) || !strings.Contains(body, "cannot be had back") {
			t.Errorf("%s: %s\n%s", query, res.Status, body)
		}
	}
	if len(f.dropped) > 0 {
		t.Fatal("to be asked drops it")
	}
	if res, _ := s.form("/dead-letters/drop", url.Values{"csrf": {"x"}, "output": {"siem"}, "id": {"a-1"}}); res.StatusCode != http.StatusForbidden || len(f.dropped) > 0 {
		t.Errorf("without the token: %s", res.Status)
	}
	token := s.csrf("/dead-letters/drop?output=siem&id=a-1")
	if res, body := s.form("/dead-letters/drop", url.Values{"csrf": {token}, "output": {"siem"}, "id": {"a-1"}}); res.StatusCode != http.StatusOK || !strings.Contains(body, "Dropped: 3.") {
		t.Errorf("drop of one: %s\n%s", res.Status, body)
	}
	if res, _ := s.form("/dead-letters/drop", url.Values{"csrf": {token}}); res.StatusCode != http.StatusBadRequest {
		t.Errorf("drop of nothing: %s", res.Status)
	}
	if len(f.dropped) != 1 || f.dropped[0].All || f.dropped[0].IDs[0] != "a-1" || f.dropped[0].Output != "siem" {
		t.Errorf("dropped: %+v", f.dropped)
	}
	if !strings.Contains(log.String(), `action="dead letters drop" by=mary`) {
		t.Errorf("the log does not say who dropped it:\n%s", log.String())
	}
}

// deadlined notes the time limit that a handler gives its answer.
type deadlined struct {
	*httptest.ResponseRecorder
	until time.Time
}

func (d *deadlined) SetWriteDeadline(t time.Time) error { d.until = t; return nil }

// What was done may have taken longer than net/http waits for an answer at an address. At the socket nothing lifts a limit again: a later request of the
// same connection would run into it.
func TestTimeLimitAfterALongAction(t *testing.T) {
	t.Parallel()
	for _, door := range []status.Door{status.Loopback, status.Remote, status.Socket} {
		s, _ := newSite(t, door, io.Discard)
		w := &deadlined{ResponseRecorder: httptest.NewRecorder()}
		s.p.showDone(w, httptest.NewRequest(http.MethodPost, lettersPath, nil), lettersPage{}, doneBy{visitor: visitor{door: door}})
		if limited := !w.until.IsZero(); limited == (door == status.Socket) {
			t.Errorf("door %v: until %s", door, w.until)
		}
	}
}
