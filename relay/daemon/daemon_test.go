package daemon

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/buffer"
	"logrelay/relay/config"
	"logrelay/relay/relaytest"
	"logrelay/relay/status"
)

const patience = 4 * time.Minute

// site is a daemon between senders and a SIEM, on real sockets and a real disk.
type site struct {
	*Daemon
	cfg  *config.Config
	siem *relaytest.SIEM
	addr string // of the SIEM
	log  journal

	mu   sync.Mutex
	next *config.Config // what a reload reads

	stop, kill context.CancelFunc
	done       chan error
}

// journal is a log in memory.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// newSite has one syslog input "in" and one output "siem". change, if any, changes the configuration before the start.
func newSite(t *testing.T, change func(s *site)) *site {
	t.Helper()
	s := &site{siem: relaytest.NewSIEM(relaytest.Options{})}
	t.Cleanup(s.siem.Close)
	var err error
	if s.addr, err = s.siem.HTTP("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	c := config.Default()
	c.StateDir = config.Path(filepath.Join(dir, "state", "logrelay"))
	c.Buffer.Dir = c.StateDir + "/buffer"
	c.Buffer.Reserve = 0
	c.Admin = config.Admin{}
	c.Inputs["in"] = s.syslogInput("127.0.0.1:0")
	c.Outputs["siem"] = s.output()
	s.cfg, s.next = c, c
	if change != nil {
		change(s)
	}
	s.start(t)
	return s
}

func (s *site) syslogInput(listen string) *config.SyslogInput {
	in := config.NewInput("syslog").(*config.SyslogInput)
	in.Transport, in.Listen = "tcp", listen
	in.Networks = []config.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}}
	return in
}

func (s *site) output() *config.HTTPSOutput {
	out := config.NewOutput("https").(*config.HTTPSOutput)
	out.URL, out.Schema, out.Format = []string{"http://" + s.addr}, "raw", "lines"
	return out
}

// start runs a daemon on the site's configuration.
func (s *site) start(t *testing.T) {
	t.Helper()
	d, err := New(t.Context(), Options{Config: s.next, Load: s.load, Logger: slog.New(slog.NewTextHandler(&s.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	stop, endStop := context.WithCancel(context.Background())
	kill, endKill := context.WithCancel(context.Background())
	s.Daemon, s.stop, s.kill, s.done = d, endStop, endKill, make(chan error, 1)
	done := s.done
	go func() { done <- d.Run(stop, kill) }()
	t.Cleanup(func() {
		endStop()
		endKill()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(patience):
			t.Error("Run does not end")
		}
	})
}

// end waits for Run. The daemon can be started again.
func (s *site) end(t *testing.T) {
	t.Helper()
	select {
	case err := <-s.done:
		s.done <- nil // for the cleanup
		if err != nil {
			t.Fatalf("Run: %v", err)
		}
	case <-time.After(patience):
		t.Fatal("Run does not end")
	}
}

func (s *site) load() (*config.Config, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next, nil
}

// edit makes a copy of the configuration, changed, the one that the next reload reads.
func (s *site) edit(change func(c *config.Config)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := *s.next
	c.Inputs, c.Outputs = map[string]config.Input{}, map[string]config.Output{}
	for name, in := range s.next.Inputs {
		c.Inputs[name] = in
	}
	for name, out := range s.next.Outputs {
		c.Outputs[name] = out
	}
	change(&c)
	s.next = &c
}

func (s *site) reload(t *testing.T) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return s.Reload(ctx)
}

func (s *site) address(t *testing.T, input string) string {
	t.Helper()
	for _, in := range s.Snapshot().Inputs {
		if in.Name == input {
			return in.Address
		}
	}
	t.Fatalf("no input %s", input)
	return ""
}

func (s *site) find(t *testing.T, output string) status.Output {
	t.Helper()
	for _, o := range s.Snapshot().Outputs {
		if o.Name == output {
			if !o.Sum.AddsUp {
				t.Errorf("the sum does not add up: %+v", o.Sum)
			}
			return o
		}
	}
	t.Fatalf("no output %s", output)
	return status.Output{}
}

// dial connects to an input.
func (s *site) dial(t *testing.T, input string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.address(t, input))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func say(t *testing.T, c net.Conn, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if _, err := fmt.Fprintf(c, "<13>1 - h a - - - %s\n", text); err != nil {
			t.Fatal(err)
		}
	}
}

// until waits for a condition.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}

func (s *site) arrived(t *testing.T, n uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := s.siem.Wait(ctx, n); err != nil {
		t.Fatal(err)
	}
}

func (s *site) accepted(t *testing.T, output string, n uint64) {
	t.Helper()
	until(t, fmt.Sprintf("%d records accepted", n), func() bool { return s.find(t, output).Sum.Accepted == n })
}

func TestSumsSurviveRestarts(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.siem.Set(relaytest.Fault{Reject: func(b []byte) bool { return bytes.Contains(b, []byte("bad")) }})
	c := s.dial(t, "in")
	say(t, c, "one", "two", "bad", "three")
	s.arrived(t, 3)
	var before status.Sum
	until(t, "a dead letter", func() bool { before = s.find(t, "siem").Sum; return before.Waiting == 0 && before.Accepted == 4 })
	if before.Delivered != 3 || before.DeadLettered != 1 {
		t.Errorf("got %+v", before)
	}
	s.stop()
	s.end(t)
	s.start(t)
	if after := s.find(t, "siem").Sum; after != before {
		t.Errorf("after a restart %+v, before %+v", after, before)
	}
	// Refused again, then taken: the record moves to another term.
	for _, want := range []uint64{3, 4} {
		res, err := actions{s.Daemon}.RetryDeadLetters(t.Context(), status.LetterQuery{All: true})
		if err != nil || res.Done != int(want-3) {
			t.Fatalf("%+v %v", res, err)
		}
		if sum := s.find(t, "siem").Sum; sum.Delivered != want || sum.DeadLettered != 4-want {
			t.Errorf("got %+v", sum)
		}
		s.siem.Heal()
	}
}

// TestRetryOfOneOutputDoesNotWaitForAnother: the letters of an output that is gone stay, those of others go.
func TestRetryOfOneOutputDoesNotWaitForAnother(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	r := &relay.Record{Origin: &relay.Origin{Input: "in"}, Raw: []byte("x"), Base: relay.ID{1}}
	for _, output := range []string{"gone", "siem"} {
		if err := s.letters.Put(t.Context(), relay.DeadLetter{Output: output, Record: r, Answer: "no"}); err != nil {
			t.Fatal(err)
		}
	}
	res, err := actions{s.Daemon}.RetryDeadLetters(t.Context(), status.LetterQuery{All: true})
	if err != nil || res.Done != 1 || res.Left != 1 || !strings.Contains(res.Errors[0], "gone") {
		t.Errorf("%+v %v", res, err)
	}
	s.arrived(t, 1)
}

func TestReloadKeepsConnections(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *site) { s.cfg.Inputs["still"] = s.syslogInput("127.0.0.1:0") })
	changed, still := s.dial(t, "in"), s.dial(t, "still")
	say(t, changed, "a")
	say(t, still, "b")
	s.arrived(t, 2)
	port, other := s.address(t, "in"), s.address(t, "still")
	s.edit(func(c *config.Config) {
		in := *c.Inputs["in"].(*config.SyslogInput)
		in.MaxMessage = 1000 // another source, the same listener
		c.Inputs["in"] = &in
	})
	if err := s.reload(t); err != nil {
		t.Fatal(err)
	}
	if a, b := s.address(t, "in"), s.address(t, "still"); a != port || b != other {
		t.Errorf("listening on %s and %s, before on %s and %s", a, b, port, other)
	}
	say(t, changed, "c")
	say(t, still, "d")
	say(t, s.dial(t, "in"), "e")
	s.arrived(t, 5)

	// Another address: the new one is open, the old one closed, its connection goes on.
	s.edit(func(c *config.Config) {
		in := *c.Inputs["in"].(*config.SyslogInput)
		in.Listen = "127.0.0.2:0"
		c.Inputs["in"] = &in
	})
	if err := s.reload(t); err != nil {
		t.Fatal(err)
	}
	say(t, s.dial(t, "in"), "f")
	say(t, changed, "g")
	s.arrived(t, 7)
	until(t, "the old port closed", func() bool {
		c, err := net.Dial("tcp", port)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
}

func TestFailedReloadChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	port := s.address(t, "in")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	noCA := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(noCA, []byte("none"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := s.next
	for name, change := range map[string]func(c *config.Config){
		"port taken": func(c *config.Config) { c.Inputs["zz"] = s.syslogInput(taken.Addr().String()) },
		"second output is wrong": func(c *config.Config) {
			c.Inputs["in"] = s.syslogInput("127.0.0.2:0")
			c.Outputs["aa"] = s.output()
			bad := s.output()
			bad.TLS.CAFile = config.File(noCA)
			c.Outputs["zz"] = bad
		},
		"no certificate": func(c *config.Config) {
			c.Outputs["aa"] = s.output()
			c.TLS.CertFile, c.TLS.KeyFile = "/nowhere/cert.pem", "/nowhere/key.pem"
		},
		"needs a restart": func(c *config.Config) { c.StateDir = "/elsewhere" },
	} {
		s.next = good
		s.edit(change)
		if err := s.reload(t); err == nil {
			t.Errorf("%s: the reload succeeds", name)
		}
		if cursors := s.buffer.Stats().Cursors; len(cursors) != 1 {
			t.Errorf("%s: cursors %+v", name, cursors)
		}
		if files, _ := filepath.Glob(filepath.Join(s.bufferDir(), "*.cursor")); len(files) != 1 {
			t.Errorf("%s: files %v", name, files)
		}
	}
	if a := s.address(t, "in"); a != port {
		t.Errorf("listening on %s, before on %s", a, port)
	}
	say(t, s.dial(t, "in"), "a")
	s.arrived(t, 1)
}

func TestGeneratedToken(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *site) {
		in := config.NewInput("https").(*config.HTTPSInput)
		in.Listen, in.Auth = "127.0.0.1:0", config.AuthGenerated
		s.cfg.Inputs["web"] = in
	})
	file := s.cfg.GeneratedTokenFile("web")
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if m := info.Mode().Perm(); m != 0o640 && m != 0o600 {
		t.Errorf("the token has mode %o", m)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimSpace(string(b))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	post := func(bearer string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+s.address(t, "web")+"/", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+bearer)
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := post(token); got != http.StatusOK {
		t.Errorf("with the token: %d", got)
	}
	if got := post("guess"); got != http.StatusUnauthorized {
		t.Errorf("with another one: %d", got)
	}
	s.stop()
	s.end(t)
	s.start(t)
	if again, err := os.ReadFile(file); err != nil || !bytes.Equal(again, b) {
		t.Errorf("after a restart the token is another one: %v", err)
	}
	if log := s.log.String(); !strings.Contains(log, file) || strings.Contains(log, token) {
		t.Error("the log has to name the file, and not the token")
	}
}

// goroutines returns the stacks of goroutines that run code of ours, the caller's and its parents' left out.
func goroutines() string {
	var b bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&b, 2)
	var ours []string
	for _, g := range strings.Split(b.String(), "\n\n") {
		if strings.Contains(g, "logrelay/") && !strings.Contains(g, "testing.tRunner") && !strings.Contains(g, "relaytest.") {
			ours = append(ours, g)
		}
	}
	return strings.Join(ours, "\n\n")
}

// TestTwoStages is not parallel: it counts goroutines.
func TestTwoStages(t *testing.T) {
	s := newSite(t, nil)
	c := s.dial(t, "in")
	s.siem.Set(relaytest.Fault{Hang: true})
	say(t, c, "a", "b", "c")
	s.accepted(t, "siem", 3)
	port := s.address(t, "in")
	s.stop()
	until(t, "intake stopped", func() bool {
		c, err := net.Dial("tcp", port)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	if err := s.ready(); err == nil {
		t.Error("ready while stopping")
	}
	s.siem.Heal()
	s.end(t) // long before drain_timeout, or the SIEM has nothing
	s.arrived(t, 3)
	until(t, "the end of every goroutine", func() bool { return goroutines() == "" })

	// The drain has a limit, and the second signal another one.
	for _, cut := range []func(){func() {}, func() { s.kill() }} {
		s.edit(func(c *config.Config) {
			if c.DrainTimeout = 50 * time.Millisecond; s.find(t, "siem").Sum.Waiting > 0 {
				c.DrainTimeout = time.Hour
			}
		})
		s.siem.Set(relaytest.Fault{Hang: true})
		s.start(t)
		before := s.find(t, "siem").Sum.Accepted
		say(t, s.dial(t, "in"), "d")
		s.accepted(t, "siem", before+1)
		s.stop()
		cut()
		s.end(t)
		if sum := s.find(t, "siem").Sum; sum.Waiting == 0 {
			t.Errorf("nothing waits: %+v", sum)
		}
		until(t, "the end of every goroutine", func() bool { return goroutines() == "" })
	}
	s.siem.Heal()
	s.start(t)
	s.arrived(t, 5)
}

func TestRemovedOutputKeepsItsCursor(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *site) { s.cfg.Outputs["old"] = s.output() })
	say(t, s.dial(t, "in"), "a")
	until(t, "both have delivered", func() bool { return s.find(t, "siem").Sum.Delivered == 1 && s.find(t, "old").Sum.Delivered == 1 })
	forget := func() error { return actions{s.Daemon}.Forget(t.Context(), "old") }
	told := func() bool {
		return slices.ContainsFunc(s.Snapshot().Problems, func(p status.Problem) bool {
			return p.Where == "output old" && strings.Contains(p.What, "1 records wait") && strings.Contains(p.Hint, "forget old")
		})
	}
	if err := forget(); err == nil || relay.HintOf(err) == "" {
		t.Errorf("an output in use is forgotten: %v", err)
	}
	s.edit(func(c *config.Config) { delete(c.Outputs, "old") })
	if err := s.reload(t); err != nil {
		t.Fatal(err)
	}
	say(t, s.dial(t, "in"), "b")
	s.arrived(t, 3)
	if !told() {
		t.Errorf("status does not say what keeps the buffer: %+v", s.Snapshot().Problems)
	}
	s.edit(func(c *config.Config) { c.Outputs["old"] = s.output() })
	if err := s.reload(t); err != nil {
		t.Fatal(err)
	}
	s.arrived(t, 4) // what came while it was away
	s.edit(func(c *config.Config) { delete(c.Outputs, "old") })
	if err := s.reload(t); err != nil {
		t.Fatal(err)
	}
	if n := len(s.buffer.Stats().Cursors); n != 2 {
		t.Errorf("%d cursors", n)
	}
	if err := forget(); err != nil {
		t.Fatal(err)
	}
	if n := len(s.buffer.Stats().Cursors); n != 1 || told() {
		t.Errorf("%d cursors after forget, problems %+v", n, s.Snapshot().Problems)
	}
}

func TestReplacedOutputLosesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	c := s.dial(t, "in")
	s.siem.Set(relaytest.Fault{Hang: true})
	say(t, c, "a", "b")
	s.accepted(t, "siem", 2)
	until(t, "something in flight", func() bool { return s.find(t, "siem").InFlight > 0 })
	s.edit(func(c *config.Config) {
		out := s.output()
		out.BatchRecords = 1
		c.Outputs["siem"] = out
	})
	if err := s.reload(t); err != nil {
		t.Fatal(err)
	}
	s.siem.Heal()
	until(t, "everything delivered", func() bool { sum := s.find(t, "siem").Sum; return sum.Delivered == 2 && sum.Waiting == 0 })
}

func TestSecondDaemonIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	_, err := New(t.Context(), Options{Config: s.next})
	if _, ok := errors.AsType[*buffer.LockedError](err); !ok || relay.HintOf(err) == "" {
		t.Errorf("got %v", err)
	}
	say(t, s.dial(t, "in"), "a")
	s.arrived(t, 1)
}

// TestEveryLoopBeats: the watchdog looks at each of them.
func TestEveryLoopBeats(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	if err := s.alive(); err != nil {
		t.Error(err)
	}
	say(t, s.dial(t, "in"), "a")
	s.arrived(t, 1)
	pulses := s.pulses()
	for _, name := range []string{"the buffer's committer", "the buffer's keeper", "input in", "output siem"} {
		until(t, "a beat of "+name, func() bool { p := pulses[name]; _, at := p.Last(); return p != nil && at.Unix() > 0 })
	}
	s.stop()
	s.end(t)
	for name, p := range pulses {
		if state, _ := p.Last(); state == relay.StateWorking {
			t.Errorf("%s is %s after the end", name, state)
		}
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		dead    uint64
		letters buffer.DeadRecords
		want    relay.Outcome
	}{
		{"none", 0, buffer.DeadRecords{}, relay.Outcome{Delivered: 10}},
		{"open", 3, buffer.DeadRecords{Open: 3}, relay.Outcome{Delivered: 10, DeadLettered: 3}},
		{"retried and dropped", 6, buffer.DeadRecords{Open: 3, Retried: 2, Dropped: 1}, relay.Outcome{Delivered: 12, DeadLettered: 3, Discarded: 1}},
		{"not yet passed by the cursor", 0, buffer.DeadRecords{Open: 2, Retried: 1}, relay.Outcome{Delivered: 10}},
		{"counters of a lost cursor", 2, buffer.DeadRecords{Open: 2, Retried: 9, Dropped: 9}, relay.Outcome{Delivered: 10, DeadLettered: 2}},
	} {
		got := settle(relay.Outcome{Delivered: 10, DeadLettered: c.dead}, c.letters)
		if got != c.want || got.Sum() != 10+c.dead {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// An output that wants some kinds gets them by what the content turns out to be, whatever is known of it before.
func TestKindsAreSelectedByContent(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *site) {
		for name, kind := range map[string]config.Kind{"siem": "ciscoasa", "plain": "syslog", "other": "vpcflow"} {
			out := s.output()
			out.Kinds = []config.Kind{kind}
			s.cfg.Outputs[name] = out
		}
	})
	say(t, s.dial(t, "in"), "one", "%ASA-6-302013: Built outbound TCP connection 1 for outside:192.0.2.1/443 (192.0.2.1/443) to inside:10.0.0.1/5000 (10.0.0.1/5000)")
	until(t, "all outputs are done", func() bool {
		for _, name := range []string{"siem", "plain", "other"} {
			if sum := s.find(t, name).Sum; sum.Accepted != 2 || sum.Waiting != 0 {
				return false
			}
		}
		return true
	})
	for name, want := range map[string]uint64{"siem": 1, "plain": 1, "other": 0} {
		if sum := s.find(t, name).Sum; sum.Delivered != want || sum.Dropped != 2-want {
			t.Errorf("output %s: %+v, want %d delivered", name, sum, want)
		}
	}
	wants := selection(&config.OutputCommon{Kinds: []config.Kind{"json"}})
	if !wants(&relay.Origin{}, relay.KindAuto) || wants(&relay.Origin{}, "text") || !wants(&relay.Origin{}, "json") {
		t.Error("a kind that is not known yet may be any")
	}
}
