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

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/forward"
	"logrelay/relay/forward/web"
	"logrelay/relay/normalize"
	"logrelay/relay/relaytest"
)

// What VictoriaLogs took by its Elasticsearch API is there when it is asked in its own language.
func TestVictoriaLogs(t *testing.T) {
	t.Parallel()
	base := relaytest.VictoriaLogs(t)
	open := func(schema, password string) *Destination {
		enc, err := encode.New(schema, encode.Options{})
		if err != nil {
			t.Fatal(err)
		}
		d, err := New(Options{
			Web: web.Options{
				URLs: []string{base + "/insert/elasticsearch?_msg_field=message&_time_field=@timestamp&_stream_fields=input"}, Insecure: true, Compress: web.Gzip,
				Credentials: func() ([]web.Credential, error) {
					return []web.Credential{web.Basic(relaytest.VictoriaLogsUser, password)}, nil
				},
			},
			Encode: enc, Index: "logs-test-default", DataStream: true, Timestamp: schema != "ecs", BatchBytes: 64 << 10,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		return d
	}

	if got := relaytest.Verdict(open("json", "wrong").Send(t.Context(), relaytest.Events(0, 1))); got != "hold" {
		t.Errorf("a wrong password: %s", got)
	}
	const n = 3000
	var events relay.Events
	normalized := normalize.New().Append
	for _, e := range relaytest.Events(0, n) {
		normalized(&events, e.Record)
	}
	for schema, one := range map[string]string{
		"json": `input:="test" AND _msg:"seq=17" AND _time:2026-01-02T03:04:05Z`,
		"ecs":  `ecs.version:* AND _msg:"seq=17" AND _time:2026-01-02T03:04:05Z`,
	} {
		d := open(schema, relaytest.VictoriaLogsPassword)
		if err := d.Probe(t.Context()); !errors.Is(err, forward.ErrNotTested) {
			t.Errorf("Probe: %v", err) // it knows no privileges
		}
		for first := 0; first < n; first += n / 3 {
			if err := d.Send(t.Context(), events.List[first:first+n/3]); err != nil {
				t.Fatal(err)
			}
		}
		wantCount(t, base, one, 1)
	}
	wantCount(t, base, "*", 2*n)

	// It keeps no ids: what is sent again is there again, under the same id.
	if err := open("json", relaytest.VictoriaLogsPassword).Send(t.Context(), events.List[:1]); err != nil {
		t.Fatal(err)
	}
	wantCount(t, base, `id:="01000000000000000000000000000000-0"`, 2)
}

// wantCount waits until the query finds n records.
func wantCount(t *testing.T, base, query string, n int) {
	t.Helper()
	got := ""
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(100 * time.Millisecond) {
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
