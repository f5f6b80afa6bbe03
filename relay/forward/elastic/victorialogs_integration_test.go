//go:build integration

package elastic

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"logrelay/relay/encode"
	"logrelay/relay/forward"
	"logrelay/relay/forward/web"
	"logrelay/relay/relaytest"
)

// What VictoriaLogs took by its Elasticsearch API is there when it is asked in its own language.
func TestVictoriaLogs(t *testing.T) {
	t.Parallel()
	base := relaytest.VictoriaLogs(t)
	enc, err := encode.New("json", encode.Options{Raw: true})
	if err != nil {
		t.Fatal(err)
	}
	open := func(password string) *Destination {
		d, err := New(Options{
			Web: web.Options{
				URLs: []string{base + "/insert/elasticsearch?_msg_field=raw&_time_field=@timestamp&_stream_fields=input"}, Insecure: true, Compress: web.Gzip,
				Credentials: func() ([]web.Credential, error) {
					return []web.Credential{web.Basic(relaytest.VictoriaLogsUser, password)}, nil
				},
			},
			Encode: enc, Index: "logs-test-default", DataStream: true, Timestamp: true, BatchBytes: 64 << 10,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		return d
	}

	if got := relaytest.Verdict(open("wrong").Send(t.Context(), relaytest.Events(0, 1))); got != "hold" {
		t.Errorf("a wrong password: %s", got)
	}
	d := open(relaytest.VictoriaLogsPassword)
	if err := d.Probe(t.Context()); !errors.Is(err, forward.ErrNotTested) {
		t.Errorf("Probe: %v", err) // it knows no privileges
	}
	const n = 3000
	for first := 0; first < n; first += n / 3 {
		if err := d.Send(t.Context(), relaytest.Events(first, n/3)); err != nil {
			t.Fatal(err)
		}
	}
	wantCount(t, base, "*", n)
	wantCount(t, base, `_msg:"seq=17" AND input:="test" AND _time:2026-01-02T03:04:05Z`, 1)

	// It keeps no ids: what is sent again is there again, under the same id.
	if err := d.Send(t.Context(), relaytest.Events(0, 1)); err != nil {
		t.Fatal(err)
	}
	wantCount(t, base, `id:="01000000000000000000000000000000-0"`, 2)
}

// wantCount waits until the query finds n records.
func wantCount(t *testing.T, base, query string, n int) {
	t.Helper()
	got := ""
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(100 * time.Millisecond) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/select/logsql/query",
			strings.NewReader(url.Values{"query": {query + " | stats count() n"}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth(relaytest.VictoriaLogsUser, relaytest.VictoriaLogsPassword)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		var found struct{ N string }
		_ = json.Unmarshal(body, &found)
		if got = string(body); found.N == fmt.Sprint(n) {
			return
		}
	}
	t.Fatalf("%s finds %s, want %d", query, got, n)
}
