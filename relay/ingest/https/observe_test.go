package https

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/relaytest"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

var errStore = errors.New("no room, or something like it")

// logs is a buffer for a logger.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestMetricsAndLogs(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	log := &logs{}
	pulse := &relay.Pulse{}
	r := start(t, Options{Registerer: reg, Logger: slog.New(slog.NewTextHandler(log, nil)), Pulse: pulse, Limits: Limits{Record: 10}})
	begun := time.Now()
	for range 50 {
		r.post(t, "/", []byte("x"), header{"Authorization": "Bearer hunter2"})
	}
	r.post(t, "/", []byte(`{"password":"hunter3"} broken`), nil)
	r.post(t, "/", []byte("a\nb\n0123456789abcdef"), nil)
	want := `
# HELP logrelay_input_bytes_total Bytes of the records taken into custody.
# TYPE logrelay_input_bytes_total counter
logrelay_input_bytes_total{input="web"} 18
# HELP logrelay_input_parts_total Records that are parts of over-long lines.
# TYPE logrelay_input_parts_total counter
logrelay_input_parts_total{input="web"} 2
# HELP logrelay_input_records_total Records taken into custody.
# TYPE logrelay_input_records_total counter
logrelay_input_records_total{input="web"} 4
# HELP logrelay_input_rejected_total Requests, connections and frames refused: no_credentials, bad_token, expired_token, certificate, network, tls, proxy, connections, full, too_large, too_long, bomb, syntax, encoding, slow, idle and others.
# TYPE logrelay_input_rejected_total counter
logrelay_input_rejected_total{input="web",reason="bad_token"} 50
logrelay_input_rejected_total{input="web",reason="too_long"} 1
# HELP logrelay_input_requests_total HTTP requests answered.
# TYPE logrelay_input_requests_total counter
logrelay_input_requests_total{code="200",input="web"} 1
logrelay_input_requests_total{code="401",input="web"} 50
logrelay_input_requests_total{code="413",input="web"} 1
`
	names := []string{"logrelay_input_bytes_total", "logrelay_input_parts_total", "logrelay_input_records_total", "logrelay_input_rejected_total", "logrelay_input_requests_total"}
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
	if s := r.Stats(); s.Rejected != 51 || s.LastReject != "too_long" || s.Records != 4 || s.LastSeen.IsZero() {
		t.Errorf("stats %+v", s)
	}
	text := log.String()
	if n := strings.Count(text, "reason=bad_token"); n < 1 || n > 1+int(time.Since(begun)/logEvery) {
		t.Errorf("%d lines of log for 50 refusals", n)
	}
	if strings.Contains(text, "hunter") {
		t.Errorf("a secret is in the log: %s", text)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) { // the last answer may be there before the listener accepts again
		state, at := pulse.Last()
		if state == relay.StateIdle && time.Since(at) < patience {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("pulse %v %v", state, at)
		}
	}
	r.stop()
	if state, _ := pulse.Last(); state != relay.StateDone {
		t.Errorf("pulse %v after the end", state)
	}
}

func TestThrottle(t *testing.T) {
	t.Parallel()
	var th throttle
	now := time.Now()
	var said []string
	for i := range 25 {
		for _, reason := range []string{"a", "b"} {
			if skipped, ok := th.allow(reason, now.Add(time.Duration(i)*time.Second)); ok {
				said = append(said, fmt.Sprintf("%d%s%d", i, reason, skipped))
			}
		}
	}
	if s := strings.Join(said, " "); s != "0a0 0b0 10a9 10b9 20a9 20b9" {
		t.Error(s)
	}
}

// A panic in a decoder, which a sender may have provoked, is one answer 500.
func TestPanicsAreContained(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	r.sink.setFail(func(int) error { panic("a decoder that fell over") })
	wantAnswer(t, r.post(t, "/", []byte("x"), nil), 500, `{"error":"the request could not be worked on"}`)
	r.sink.setFail(nil)
	wantAnswer(t, r.post(t, "/", []byte("x"), nil), 200, "")
}

func TestThirdPartyClients(t *testing.T) {
	t.Parallel()
	ca := relaytest.NewCA()
	r := start(t, Options{TLS: &tls.Config{Certificates: []tls.Certificate{ca.Server()}}})
	dir := t.TempDir()
	pem := filepath.Join(dir, "ca.pem")
	file := filepath.Join(dir, "lines")
	zipped := filepath.Join(dir, "lines.gz")
	for path, b := range map[string][]byte{pem: ca.PEM(), file: []byte("one\ntwo\n"), zipped: gzipped(t, []byte("one\ntwo\n"))} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	python := `
import json, ssl, sys, urllib.request
ctx = ssl.create_default_context(cafile=sys.argv[1])
body = "\n".join(json.dumps({"line": n}) for n in ("one", "two")).encode()
req = urllib.request.Request(sys.argv[2], data=body, headers={"Authorization": "Bearer " + sys.argv[3], "Content-Type": "application/x-ndjson"})
sys.stdout.write(urllib.request.urlopen(req, context=ctx).read().decode())
`
	curl := []string{"curl", "-sS", "--cacert", pem, "-H", "Authorization: Bearer " + secret}
	for _, c := range []struct {
		name string
		args []string
		out  string
		want []string
	}{
		{"curl, form", append(curl[:len(curl):len(curl)], "--data-binary", "@"+file, r.url), `{"records":2}`, []string{"one", "two"}},
		{"curl, PUT", append(curl[:len(curl):len(curl)], "-T", file, r.url+"/ingest"), `{"records":2}`, []string{"one", "two"}},
		{"curl, HTTP/1.1 and gzip", append(curl[:len(curl):len(curl)], "--http1.1", "-H", "Content-Encoding: gzip", "--data-binary", "@"+zipped, r.url), `{"records":2}`, []string{"one", "two"}},
		{"curl, chunked and Expect", append(curl[:len(curl):len(curl)], "--http1.1", "-H", "Expect: 100-continue", "-H", "Transfer-Encoding: chunked", "--data-binary", "@"+file, r.url), `{"records":2}`, []string{"one", "two"}},
		{"curl, HEC", []string{"curl", "-sS", "--cacert", pem, "-u", "x:" + secret, "-d", `{"event":"one"}{"event":"two"}`, r.url + "/services/collector"}, `{"text":"Success","code":0}`, []string{"one", "two"}},
		{"Python", []string{"python3", "-c", python, pem, r.url, secret}, `{"records":2}`, []string{`{"line": "one"}`, `{"line": "two"}`}},
	} {
		if _, err := exec.LookPath(c.args[0]); err != nil {
			t.Logf("%s: not tried, %s is not installed", c.name, c.args[0])
			continue
		}
		out, err := exec.CommandContext(t.Context(), c.args[0], c.args[1:]...).CombinedOutput()
		if err != nil || string(out) != c.out {
			t.Errorf("%s: %s, %v", c.name, out, err)
		}
		wantRecords(t, r.sink.take(), c.want...)
	}
}
