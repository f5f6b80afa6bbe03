package relaytest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"logrelay/relay"
)

// post is the smallest destination there is: it shows that the contract can be kept.
type post struct {
	url    string
	client *http.Client
}

func (p *post) Send(ctx context.Context, events []relay.Event) error {
	var body bytes.Buffer
	for _, e := range events {
		fmt.Fprintf(&body, "%s\n", e.Record.Raw)
	}
	req, err := http.NewRequestWithContext(ctx, "POST", p.url, &body)
	if err != nil {
		return err
	}
	resp, err := p.client.Do(req)
	if err != nil {
		if strings.Contains(err.Error(), "certificate") {
			return &relay.HoldError{Hint: "trust the CA", Err: err}
		}
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	err = fmt.Errorf("status %s", resp.Status)
	switch resp.StatusCode {
	case 200:
		return nil
	case 401, 403:
		return &relay.HoldError{Err: err}
	case 400, 413:
		return &relay.RejectError{Err: err}
	}
	if d, e := time.ParseDuration(resp.Header.Get("Retry-After") + "s"); e == nil {
		return &relay.RetryError{After: d, Err: err}
	}
	return err
}

func (p *post) Close() error { p.client.CloseIdleConnections(); return nil }

func TestContractCanBeKept(t *testing.T) {
	t.Parallel()
	TestDestination(t, DestinationContract{
		Listen: func(s *SIEM) (string, error) { return s.HTTP("127.0.0.1:0") },
		New: func(_ *testing.T, addr string, ca *CA) relay.Destination {
			tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.Pool()}}
			return &post{"https://" + addr + "/in", &http.Client{Transport: tr}}
		},
		HTTP: true,
	})
}

func TestHEC(t *testing.T) {
	t.Parallel()
	s := NewSIEM(Options{Token: "secret"})
	defer s.Close()
	addr, err := s.HTTP("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	do := func(path, auth, body string) (int, string) {
		t.Helper()
		req, _ := http.NewRequest("POST", "http://"+addr+path, strings.NewReader(body))
		if auth != "" {
			req.Header.Set("Authorization", auth)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(b)
	}
	const path = "/services/collector/event"
	if code, _ := do("/services/collector/health", "", ""); code != 200 {
		t.Errorf("health: %d", code)
	}
	if code, body := do(path, "", `{"event":1}`); code != 401 {
		t.Errorf("no token: %d %s", code, body)
	}
	if code, body := do(path, "Splunk wrong", `{"event":1}`); code != 403 {
		t.Errorf("wrong token: %d %s", code, body)
	}
	if code, body := do(path, "Splunk secret", `{"event":"a"}{"event":{"b":1}}`+"\n"+`{"host":"h","event":"c"}`); code != 200 {
		t.Errorf("%d %s", code, body)
	}
	if code, body := do(path, "Splunk secret", `{"event":"d"}{"event":""}{"event":"e"}`); code != 400 || !strings.Contains(body, `"invalid-event-number":1`) {
		t.Errorf("%d %s", code, body)
	}
	s.Set(Fault{Reject: func(b []byte) bool { return string(b) == "g" }})
	if code, body := do(path, "Splunk secret", `{"event":"f"}{"event":"g"}`); code != 400 || !strings.Contains(body, `"invalid-event-number":1`) {
		t.Errorf("%d %s", code, body)
	}
	if code, _ := do("/services/collector/raw?host=h", "Splunk secret", "x\ny\n"); code != 200 {
		t.Errorf("raw: %d", code)
	}
	var got []string
	for _, r := range s.Records() {
		got = append(got, string(r.Data))
	}
	if want := `a {"b":1} c d f x y`; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSyslogFrames(t *testing.T) {
	t.Parallel()
	r := bufio.NewReaderSize(strings.NewReader("5 a\nb\ncline\r\n7\n123 \n"+strings.Repeat("x", 70000)+"\n3 ab"), 64<<10)
	want := []string{"a\nb\nc", "line", "7"}
	for _, w := range want {
		if b, err := readFrame(r); err != nil || string(b) != w {
			t.Fatalf("got %q, %v; want %q", b, err, w)
		}
	}
	if b, err := readFrame(r); err != nil || len(b) != 123 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	if b, err := readFrame(r); err != nil || len(b) < 60000 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	if b, err := readFrame(r); err == nil {
		t.Fatalf("a frame cut short is %q", b)
	}
}

func TestOutageUDPAndKeep(t *testing.T) {
	t.Parallel()
	s := NewSIEM(Options{Keep: 2})
	defer s.Close()
	addr, err := s.SyslogUDP("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for i := range 3 {
		fmt.Fprintf(c, "<13>%d", i)
		if err := s.Wait(ctx, uint64(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	if r := s.Records(); len(r) != 2 || string(r[0].Data) != "<13>1" || string(r[1].Data) != "<13>2" {
		t.Errorf("%q", r)
	}
	tcp, err := s.SyslogTCP("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Set(Fault{Refuse: true})
	if c, err := net.Dial("tcp", tcp); err == nil {
		c.Close()
		t.Error("a port that is shut was connected to")
	}
	s.Heal()
	if c, err := net.Dial("tcp", tcp); err != nil {
		t.Error(err)
	} else {
		c.Close()
	}
}

func TestSamples(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	for name, f := range map[string]func([]byte, uint64, time.Time) []byte{
		"VPCFlow": VPCFlow, "VPCFlowWide": VPCFlowWide, "JSON": JSON, "RFC5424": RFC5424, "RFC3164": RFC3164,
	} {
		for _, seq := range []uint64{0, 9, 123456789012} {
			line := f(nil, seq, at)
			if got, ok := Sequence(line); !ok || got != seq || bytes.ContainsAny(line, "\r\n") {
				t.Errorf("%s %d: %d, %v in %q", name, seq, got, ok, line)
			}
		}
	}
	if a, b := len(strings.Fields(VPCFlowHeader)), len(strings.Fields(string(VPCFlowWide(nil, 1, at)))); a != 26 || a != b {
		t.Errorf("%d names, %d values", a, b)
	}
	if !json.Valid(JSON(nil, 1, at)) {
		t.Error("JSON is none")
	}
}

func TestCursor(t *testing.T) {
	t.Parallel()
	c := &Cursor{}
	c.AddRaw(relay.KindText, "a", "b", "c", "d")
	next := func() (relay.Lease, string) {
		t.Helper()
		l, err := c.Next(t.Context(), relay.Limit{Records: 2})
		if err != nil {
			t.Fatal(err)
		}
		s := ""
		for _, r := range l.Records() {
			s += string(r.Raw)
		}
		return l, s
	}
	l1, s1 := next()
	l2, s2 := next()
	l2.Unload()
	if string(l2.Records()[0].Raw) != "c" {
		t.Error("records after Unload differ")
	}
	l1.Release()
	l3, s3 := next()
	l2.Ack(relay.Outcome{Delivered: 2})
	l3.Ack(relay.Outcome{Dropped: 1, DeadLettered: 1})
	if s1 != "ab" || s2 != "cd" || s3 != "ab" {
		t.Errorf("%q %q %q", s1, s2, s3)
	}
	if o, open := c.Outcome(); open != 0 || o != (relay.Outcome{Delivered: 2, Dropped: 1, DeadLettered: 1}) {
		t.Errorf("%+v, %d open", o, open)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Next(ctx, relay.Limit{}); err != context.Canceled {
		t.Errorf("Next of nothing: %v", err)
	}
}

func TestFreeAddrIsNobodyElses(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 300 {
		addr := FreeAddr(t)
		if seen[addr] {
			t.Fatalf("%s twice", addr)
		}
		seen[addr] = true
	}
}
