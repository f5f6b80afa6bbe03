//go:build integration

package packaging

import (
	"fmt"
	"strings"
	"time"

	"logrelay/relay/relaytest"
)

// rebooted turns the host off and on again while the SIEM is away, and expects that the relay accepts, and delivers once the SIEM is back.
func (s *site) rebooted() {
	s.t.Helper()
	s.reboot()
	s.await("the relay runs after the boot", func() bool { return s.property("logrelay.service", "ActiveState") == "active" })
	s.mustPush(50) // the network of the box is a new one, and nobody listens in it
	if err := s.inside(func() error { _, err := s.siem.SyslogTLS(siemAddress); return err }); err != nil {
		s.t.Fatal(err)
	}
	s.complete()
}

// brokenReload changes the configuration to one with a mistake and expects that a reload is refused with the reason, and that the relay goes on.
func (s *site) brokenReload() {
	s.t.Helper()
	good := s.configuration
	s.configure(strings.Replace(good, "networks:", "netwroks:", 1))
	s.fails("systemctl", "reload", "logrelay")
	s.await("the reason is in the journal", func() bool {
		return strings.Contains(s.run("journalctl", "--no-pager", "-u", "logrelay"), `did you mean "networks"`)
	})
	urgent := s.run("journalctl", "--no-pager", "--priority=warning", "--unit=logrelay", "--identifier=logrelay")
	contains(s.t, urgent, "admin change refused", "the journal from warnings up")
	contains(s.t, s.run("journalctl", "--no-pager", "LOGRELAY_COMPONENT=daemon"), "msg=ready", "the journal, asked by a field")
	if strings.Contains(urgent, "msg=ready") {
		s.t.Errorf("the journal has no priorities:\n%s", urgent)
	}
	s.mustPush(10)
	s.configure(good)
	s.run("systemctl", "reload", "logrelay")
}

// secretsFromSystemd gives the relay a token that only root can read, as a credential.
func (s *site) secretsFromSystemd() {
	s.t.Helper()
	s.write("/etc/logrelay/secrets/pusher", []byte("a token of the site's own"))
	s.run("chown", "root:root", "/etc/logrelay/secrets/pusher")
	s.run("chmod", "0600", "/etc/logrelay/secrets/pusher")
	s.dropIn("LoadCredential=pusher:/etc/logrelay/secrets/pusher")
	s.configure(strings.Replace(s.configuration, "auth: generated\n", "auth: generated\n    tokens: [{name: pusher, token_file: credential:pusher}]\n", 1))
	s.run("systemctl", "restart", "logrelay")
	if status, err := s.post("a token of the site's own", relaytest.VPCFlow(nil, 1<<41, time.Now())); err != nil || status != 200 {
		s.t.Fatalf("a push with the token that systemd hands over: %d %v", status, err)
	}
	s.helped("a token of the site's own")
	s.configure(strings.Replace(s.configuration, "    tokens: [{name: pusher, token_file: credential:pusher}]\n", "", 1))
	s.noDropIn()
	s.run("systemctl", "restart", "logrelay")
}

// helped examines the host, and collects what somebody needs who is to help: the journal's lines are in it, and no secret is.
func (s *site) helped(secret string) {
	s.t.Helper()
	found, err := s.try("logrelay", "doctor")
	for _, want := range []string{"clock", "file system", "fsync", "the limit of the running relay (process ", "Connection established"} {
		contains(s.t, found, want, "doctor")
	}
	if err != nil {
		s.t.Errorf("doctor: %v\n%s", err, found)
	}
	said := s.run("logrelay", "support-bundle", "--output", "/root/bundle.tar.gz")
	if strings.Contains(said, "missing: ") {
		s.t.Errorf("the bundle is not whole:\n%s", said)
	}
	contains(s.t, s.run("tar", "-xzOf", "/root/bundle.tar.gz", "logrelay-support/journal.txt"), "msg=ready", "the journal in the bundle")
	all := s.run("tar", "-xzOf", "/root/bundle.tar.gz")
	contains(s.t, all, "name: pusher", "the configuration in the bundle")
	for _, word := range []string{secret, s.token, "PRIVATE KEY"} {
		if strings.Contains(all, word) {
			s.t.Errorf("the bundle holds %q", word)
		}
	}
	s.run("rm", "/root/bundle.tar.gz")
}

// dropIn changes the unit, as systemctl edit --runtime does.
func (s *site) dropIn(line string) {
	s.t.Helper()
	s.run("mkdir", "-p", "/run/systemd/system/logrelay.service.d")
	s.write("/run/systemd/system/logrelay.service.d/override.conf", []byte("[Service]\n"+line+"\n"))
	s.run("systemctl", "daemon-reload")
}

func (s *site) noDropIn() {
	s.t.Helper()
	s.run("rm", "-r", "/run/systemd/system/logrelay.service.d")
	s.run("systemctl", "daemon-reload")
}

// lowPorts adds inputs on ports that are root's: the relay opens them itself.
func (s *site) lowPorts() {
	s.t.Helper()
	s.configure(strings.Replace(s.configuration, "outputs:\n", `  syslog-tcp: {type: syslog, transport: tcp, networks: [127.0.0.0/8]}
  syslog-udp: {type: syslog, transport: udp, networks: [127.0.0.0/8]}
  https-443: {type: https, listen: ":443", auth: generated}
outputs:
`, 1))
	s.run("systemctl", "reload", "logrelay")
	s.plain("tcp")
	s.plain("udp")
	s.complete()
}

// sockets has systemd hold the ports of all inputs.
func (s *site) sockets() {
	s.t.Helper()
	units := []string{"logrelay-syslog.socket", "logrelay-syslog-tcp.socket", "logrelay-syslog-udp.socket", "logrelay-https-443.socket"}
	s.run(append([]string{"systemctl", "enable"}, units...)...)
	s.run("systemctl", "stop", "logrelay.service")
	s.run(append(append([]string{"systemctl", "start"}, units...), "logrelay.service")...)
	s.plain("tcp")
	s.plain("udp")
	s.syslog(10)
	s.complete()

	check := s.run("logrelay", "check")
	for _, unit := range append(units, "logrelay.socket") {
		contains(s.t, check, "systemd holds it open ("+unit+")", "check")
	}
	good := s.configuration
	s.configure(strings.Replace(good, "https-443:", "https-444:", 1))
	contains(s.t, s.fails("logrelay", "check"), "for an input \"https-443\", which there is not: the relay would not start", "check")
	s.configure(good)
}

// plain sends one message to port 514.
func (s *site) plain(network string) {
	s.t.Helper()
	c, err := s.dial(s.t.Context(), network, "127.0.0.1:514")
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	if _, err := fmt.Fprintf(c, "%s\n", relaytest.RFC5424(nil, s.sent, time.Now())); err != nil {
		s.t.Fatal(err)
	}
	s.sent++
}

// survives kills the relay, and stops it so that the watchdog has to.
func (s *site) survives() {
	s.t.Helper()
	up := func(n string) func() bool {
		return func() bool {
			return s.property("logrelay.service", "NRestarts") == n && s.property("logrelay.service", "ActiveState") == "active"
		}
	}
	s.run("systemctl", "reset-failed", "logrelay.service")
	s.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", "logrelay.service")
	s.mustPush(10) // waits at the socket
	s.await("it is started again after kill -9", up("1"))

	s.dropIn("WatchdogSec=3s")
	s.run("systemctl", "restart", "logrelay.service")
	s.run("systemctl", "kill", "--signal=STOP", "--kill-whom=main", "logrelay.service")
	s.mustPush(10)
	s.await("the watchdog has it started again", up("1"))
	contains(s.t, s.run("journalctl", "--no-pager", "-u", "logrelay.service"), "Watchdog timeout", "the journal")
	s.noDropIn()
}

// starts counts how often systemd has started the relay.
func (s *site) starts() int {
	s.t.Helper()
	started, err := s.try("journalctl", "--no-pager", "--quiet", "--output=cat", "--unit=logrelay.service", "MESSAGE_ID=39f53479d3a045ac8e11786248231fbf")
	if err != nil {
		s.t.Fatalf("%v\n%s", err, started)
	}
	return len(lines(started))
}
