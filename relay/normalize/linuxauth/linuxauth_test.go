package linuxauth

import (
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/relaytest"
)

func read(app, text string) (*relay.Event, bool) {
	var p Parser
	var es relay.Events
	m := es.Message()
	m.App, m.Text = app, text
	e := es.Add(&relay.Record{Raw: []byte(text), Origin: &relay.Origin{}}, relay.KindSyslog)
	e.Class = m
	ok := p.Content(&es, e, m)
	return e, ok
}

// TestForgedNames: what somebody types as a name does not become the address that it comes from, nor an outcome.
func TestForgedNames(t *testing.T) {
	t.Parallel()
	for text, user := range map[string]string{
		"Failed password for invalid user x from 192.0.2.1 port 22 ssh2 from 198.51.100.7 port 4 ssh2": "x from 192.0.2.1 port 22 ssh2",
		"Invalid user root from 192.0.2.1 port 22 from 198.51.100.7 port 4":                            "root from 192.0.2.1 port 22",
		"Disconnected from invalid user a 192.0.2.1 port 9 [preauth] 198.51.100.7 port 4 [preauth]":    "a 192.0.2.1 port 9 [preauth]",
		"Failed none for invalid user  from 198.51.100.7 port 4 ssh2":                                  "",
	} {
		e, ok := read("sshd", text)
		a, login := e.Class.(*relay.Authentication)
		if !login {
			continue // not understood: nothing is claimed
		}
		if !ok || a.User.Name != user || a.Src.IP != "198.51.100.7" || a.Src.Port.Value != 4 || a.Status != relay.StatusFailure {
			t.Errorf("%s: %+v", text, a)
		}
	}
	e, _ := read("sudo", "mary : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/echo ; USER=joe ; TTY=x")
	if a := e.Class.(*relay.Authentication); a.User.Name != "root" || a.Session.Terminal != "pts/0" || a.Actor.ProcessCmd != "/bin/echo ; USER=joe ; TTY=x" {
		t.Errorf("%+v", a)
	}
}

func TestOthers(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"sshd", ""}, {"sshd", "Server listening on 0.0.0.0 port 22."}, {"sshd", "Accepted password for mary from 192.0.2.1 port 99999 ssh2"}, {"sshd", "Failed password for"},
		{"sudo", "unable to resolve host x"}, {"sudo", "x : y"}, {"su", "something else entirely"}, {"nginx", "Accepted password for mary from 192.0.2.1 port 1 ssh2"},
		{"x", "pam_unix"}, {"x", "pam_unix(sshd:auth): check pass; user unknown"}, {"systemd-logind", "Removed session 12."},
	} {
		if e, ok := read(c[0], c[1]); ok || e.Kind != relay.KindSyslog {
			t.Errorf("%s: %q was taken", c[0], c[1])
		}
	}
}

// TestSamples: what the samples say of logins is understood.
func TestSamples(t *testing.T) {
	t.Parallel()
	want := map[string]int{"sshd-success-logs.log": 4, "sshd-invalid-bf.log": 6, "sshd-impossible-travel.log": 2, "sshd-logs-fp.log": 6}
	for name, n := range want {
		for _, line := range relaytest.Lines(t, "samples", "syslog", "crowdsec", name) {
			_, text, _ := strings.Cut(line, "]: ")
			if e, ok := read("sshd", text); ok && e.Class.(*relay.Authentication).Src.IP != "" {
				n--
			}
		}
		if n != 0 {
			t.Errorf("%s: %d are not understood", name, n)
		}
	}
}

// FuzzContent: nothing panics, and the text is kept.
func FuzzContent(f *testing.F) {
	for _, s := range []string{"Accepted publickey for mary from 198.51.100.5 port 50022 ssh2: RSA x", "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=x  user=root",
		"mary : TTY=pts/0 ; USER=root ; COMMAND=x", "Connection closed by invalid user  198.51.100.5 port 1 [preauth]", "(to root) mary on pts/0", "New session 1 of user x.", "BAD SU a to b on c"} {
		f.Add("sshd", s)
		f.Add("sudo", s)
		f.Add("su", s)
	}
	f.Fuzz(func(t *testing.T, app, text string) {
		if e, ok := read(app, text); ok != (e.Kind == relay.KindLinuxAuth) || ok && e.Class.Head().Message != text {
			t.Fatalf("%+v", e)
		}
	})
}

func BenchmarkContent(b *testing.B) {
	for _, c := range [][2]string{{"sshd", "Accepted publickey for mary from 198.51.100.5 port 50022 ssh2: ED25519 SHA256:abcDEF"}, {"sudo", "mary : TTY=pts/0 ; PWD=/home/mary ; USER=root ; COMMAND=/usr/bin/id"}} {
		b.Run(c[0], func(b *testing.B) {
			var p Parser
			relaytest.BenchmarkReader(b, []byte(c[1]), relaytest.ContentReader(c[0], p.Content))
		})
	}
}
