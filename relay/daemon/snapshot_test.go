package daemon

import (
	"bytes"
	"testing"

	"logrelay/relay/relaytest"
)

// An event that was refused, and is no dead letter before another one goes through, is seen: without that its record waits for no reason.
func TestSetAsideIsSeen(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.siem.Set(relaytest.Fault{Reject: func(record []byte) bool { return bytes.Contains(record, []byte("poison")) }})
	c := s.dial(t, "in")
	say(t, c, "poison")
	until(t, "it is set aside", func() bool { o := s.find(t, "siem"); return o.SetAside == 1 && o.Sum.Waiting == 1 })
	say(t, c, "a good one")
	until(t, "it is a dead letter", func() bool {
		o := s.find(t, "siem")
		return o.SetAside == 0 && o.Sum.DeadLettered == 1 && o.Sum.Waiting == 0
	})
}
