//go:build integration

package elastic

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/forward"
	"logrelay/relay/forward/web"
	"logrelay/relay/relaytest"
)

// openSearch is the URL of a server that has README's index template.
type openSearch string

func newOpenSearch(t *testing.T) openSearch {
	t.Helper()
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	template := regexp.MustCompile("(?s)```json\n(\\{\"index_patterns\".*?)```").FindSubmatch(readme)
	if template == nil {
		t.Fatal("README has no index template")
	}
	s := openSearch(relaytest.OpenSearch(t))
	s.ask(t, http.MethodPut, "/_index_template/logs", string(template[1]))
	return s
}

// ask returns the answer to a request of the test's own.
func (s openSearch) ask(t *testing.T, method, path, body string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, string(s)+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s: %s", method, path, resp.Status, answer)
	}
	return answer
}

// count returns how many documents are in an index.
func (s openSearch) count(t *testing.T, index string) int {
	t.Helper()
	s.ask(t, http.MethodPost, "/"+index+"/_refresh", "")
	var r struct{ Count int }
	if err := json.Unmarshal(s.ask(t, http.MethodGet, "/"+index+"/_count", ""), &r); err != nil {
		t.Fatal(err)
	}
	return r.Count
}

func (s openSearch) open(t *testing.T, o Options) *Destination {
	t.Helper()
	o.Web = web.Options{URLs: []string{string(s)}, Compress: web.Gzip}
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestOpenSearch(t *testing.T) {
	t.Parallel()
	s := newOpenSearch(t)
	t.Run("all kinds", func(t *testing.T) { s.takesAllKinds(t) })
	t.Run("outcomes", func(t *testing.T) { s.outcomes(t) })
}

func (s openSearch) outcomes(t *testing.T) {
	enc, err := encode.New("json", encode.Options{Raw: true})
	if err != nil {
		t.Fatal(err)
	}
	const stream = "logs-test-default"
	d := s.open(t, Options{Encode: enc, Index: stream, DataStream: true, Timestamp: true, BatchBytes: 64 << 10})
	if err := d.Probe(t.Context()); !errors.Is(err, forward.ErrNotTested) || !strings.Contains(err.Error(), "not there yet") {
		t.Errorf("Probe, before there is anything: %v", err)
	}
	const n = 1000
	for range 2 { // the second time, each is there already
		if err := d.Send(t.Context(), relaytest.Events(0, n)); err != nil {
			t.Fatal(err)
		}
		if got := s.count(t, stream); got != n {
			t.Fatalf("%d documents of %d events", got, n)
		}
	}
	if err := d.Probe(t.Context()); !errors.Is(err, forward.ErrNotTested) || !strings.Contains(err.Error(), "may write") {
		t.Errorf("Probe: %v", err) // a server without security knows no privileges
	}

	err = s.open(t, Options{Encode: raw, Index: stream, DataStream: true, Timestamp: true}).Send(t.Context(), fresh(`{"seq":7}`, `{"seq":"seven"}`, `{"seq":8}`))
	if got := relaytest.Verdict(err); got != "[0 2] reject [1]" {
		t.Fatalf("a document that does not fit: %s: %v", got, err)
	}
	if reject, _ := errors.AsType[*relay.RejectError](err); !strings.Contains(reject.Answer, "mapper_parsing_exception") || !strings.Contains(reject.Answer, `For input string: "seven"`) {
		t.Errorf("answer %q", reject.Answer)
	}

	s.ask(t, http.MethodPut, "/closed", `{"settings":{"number_of_replicas":0}}`)
	s.ask(t, http.MethodPost, "/closed/_close", "")
	s.ask(t, http.MethodPut, "/locked", `{"settings":{"number_of_replicas":0,"index.blocks.write":true}}`)
	holds := func(index, hint string) {
		err := s.open(t, Options{Encode: raw, Index: index}).Send(t.Context(), fresh(`{"seq":7}`))
		if got := relaytest.Verdict(err); got != "hold" || !strings.Contains(relay.HintOf(err), hint) {
			t.Errorf("%s: %s: %v, hint %s", index, got, err, relay.HintOf(err))
		}
	}
	holds("closed", "open the index")
	holds("locked", "blocked")
	holds("Wrong", "name another one")
	s.ask(t, http.MethodPut, "/_cluster/settings", `{"persistent":{"action.auto_create_index":"false"}}`)
	holds("missing", "there is no missing")
}

func raw(dst []byte, e *relay.Event) []byte { return append(dst, e.Record.Raw...) }

// fresh makes events with ids that no others have.
func fresh(texts ...string) []relay.Event {
	events := relaytest.EventsOf(texts...)
	for i := range events {
		events[i].Record.Base = relay.ID{2}
	}
	return events
}
