package daemon

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"time"

	"logrelay/relay/config"
)

// TestSecondSignalCutsRequestsShort: a sender in the middle of a body does not hold up who has said twice that it shall end.
func TestSecondSignalCutsRequestsShort(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *site) {
		in := config.NewInput("https").(*config.HTTPSInput)
		in.Listen, in.Auth, in.ReadTimeout = "127.0.0.1:0", config.AuthNone, time.Hour
		s.cfg.Inputs["in"] = in
		s.cfg.DrainTimeout = time.Hour
	})
	c, err := tls.Dial("tcp", s.address(t, "in"), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "POST /ingest HTTP/1.1\r\nHost: relay\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
	c.SetReadDeadline(time.Now().Add(patience))
	if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || !strings.Contains(line, "100") { // the body is being read
		t.Fatalf("%q %v", line, err)
	}
	fmt.Fprint(c, "half a body")
	s.stop()
	select {
	case err := <-s.done:
		t.Fatalf("the first signal cuts the request short: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	s.kill()
	s.end(t)
}
