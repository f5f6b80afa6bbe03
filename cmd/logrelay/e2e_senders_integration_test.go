//go:build integration

package main

import (
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
)

// TestThirdPartySenders has programs that others wrote send to the relay, each by the words that its users would type.
func TestThirdPartySenders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure(webInput+tlsInput+
		"  tcp: {type: syslog, transport: tcp, listen: '127.0.0.1:0', networks: [127.0.0.0/8]}\n"+
		"  udp: {type: syslog, transport: udp, listen: '127.0.0.1:0', networks: [127.0.0.0/8]}\n", s.hecOutput(""))
	s.start()
	port := func(input string) string {
		_, p, err := net.SplitHostPort(s.at(input))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	const ca = "state/tls/logrelay.pem"
	n := newNumbers()
	for _, c := range []struct {
		name string
		argv []string // SEQ stands for a sequence number
	}{
		{"curl", []string{"curl", "--fail", "--silent", "--show-error", "--cacert", ca, "-H", "Authorization: Bearer " + s.token(), "--data-binary", `{"seq":SEQ}`, "https://" + s.at("web") + "/"}},
		{"curl to HEC", []string{"curl", "--fail", "--silent", "--show-error", "--cacert", ca, "-u", "x:" + s.token(), "-d", `{"event":"seq=SEQ"}`, "https://" + s.at("web") + "/services/collector/event"}},
		{"curl over HTTP/1.1, compressed", []string{"sh", "-c", `printf 'seq=SEQ\n' | gzip | curl --http1.1 --fail --silent --show-error --cacert ` + ca +
			` -H "Authorization: Bearer $(cat state/tokens/web)" -H 'Content-Encoding: gzip' --data-binary @- https://` + s.at("web") + `/`}},
		{"python3", []string{"python3", "-c", `
import ssl, sys, urllib.request
r = urllib.request.Request(sys.argv[1], data=b'{"seq":SEQ}\n', headers={"Authorization": "Bearer " + open("state/tokens/web").read().strip()})
urllib.request.urlopen(r, context=ssl.create_default_context(cafile="` + ca + `")).read()
`, "https://" + s.at("web") + "/"}},
		{"logger over TCP", []string{"logger", "--server", "127.0.0.1", "--port", port("tcp"), "--tcp", "--octet-count", "seq=SEQ"}},
		{"logger over UDP", []string{"logger", "--server", "127.0.0.1", "--port", port("udp"), "--udp", "--rfc3164", "seq=SEQ"}},
		{"openssl", []string{"sh", "-c", `printf '<13>1 - - app - - - seq=SEQ\n' | openssl s_client -quiet -no_ign_eof -verify_quiet -verify_return_error -connect ` + s.at("tls") + ` -CAfile ` + ca}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tool := strings.Fields(c.name)[0]
			if _, err := exec.LookPath(tool); err != nil {
				t.Skipf("%s is not installed", tool)
			}
			seqs := n.take(1)
			n.attempt(seqs)
			argv := make([]string, len(c.argv))
			for i, a := range c.argv {
				argv[i] = strings.ReplaceAll(a, "SEQ", fmt.Sprint(seqs[0]))
			}
			cmd := exec.CommandContext(s.ctx, argv[0], argv[1:]...)
			cmd.Dir = s.dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			n.ack(seqs)
			if err := s.tally.wait(s.ctx, "hec", n.count()); err != nil {
				t.Fatal(err)
			}
		})
	}
	s.settled(n.count())
	s.tally.complete(t, "hec", n)
}
