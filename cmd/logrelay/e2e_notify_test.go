package main

import (
	"net"
	"strings"
)

// serviceManager is the other end of sd_notify(3).
type serviceManager struct {
	s    *site
	said chan string // what the relay says, as it comes
}

// newServiceManager listens for the relay that s starts next and asks for a sign of life every 0.6 s.
func newServiceManager(s *site) *serviceManager {
	s.t.Helper()
	path := s.path("notify.sock")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		s.t.Fatal(err)
	}
	m := &serviceManager{s, make(chan string, 1<<16)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for b := make([]byte, 4096); ; {
			n, err := c.Read(b)
			if err != nil {
				return
			}
			select {
			case m.said <- string(b[:n]):
			case <-s.ctx.Done(): // nobody listens any more
				return
			}
		}
	}()
	s.t.Cleanup(func() { c.Close(); <-done })
	s.env = append(s.env, "NOTIFY_SOCKET="+path, "WATCHDOG_USEC=600000")
	return m
}

// latest forgets what the relay has said so far, and then expects.
func (m *serviceManager) latest(word string) string {
	m.s.t.Helper()
	for len(m.said) > 0 {
		<-m.said
	}
	return m.expect(word)
}

// expect waits until the relay says what is wanted, and returns the whole message.
func (m *serviceManager) expect(word string) string {
	m.s.t.Helper()
	for {
		select {
		case text := <-m.said:
			if strings.Contains("\n"+text+"\n", "\n"+word+"\n") {
				return text
			}
		case <-m.s.ctx.Done():
			m.s.t.Fatalf("the service manager was not told %s", word)
		}
	}
}
