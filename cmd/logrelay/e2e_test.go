package main

import (
	"math/rand/v2"
	"testing"
	"time"
)

// The end-to-end tests start the real program between real senders and a stand-in SIEM (package relaytest), make something break, and
// check that every acknowledged record arrives and that the sums of the status add up. They need the whole machine for a moment
// each and are skipped by -short; with -tags integration some go through more rounds.

// TestKillUnderLoad ends the relay at random moments. HTTPS answers 200 for custody, so whatever had a 200 has to arrive.
func TestKillUnderLoad(t *testing.T) {
	t.Parallel()
	kills := 5
	if thorough {
		kills = 50
	}
	const (
		batchRecords = 100
		resendBytes  = 32 << 10
		recordBytes  = 300 // of a message over syslog, at least
	)
	s := newSite(t)
	s.configure(webInput, s.httpsOutput(", ordered: true, batch_records: 100")+s.sysOutput(", batch_records: 100, resend_bytes: 32KiB"))
	s.start()
	n := newNumbers()
	end := s.load(n, 3, 20, time.Millisecond)
	for range kills {
		if err := n.wait(s.ctx, n.count()+20*(1+rand.IntN(20))); err != nil {
			t.Fatal(err)
		}
		if err := sleep(s.ctx, time.Duration(rand.IntN(int(10*time.Millisecond)))); err != nil { // not only right after an answer
			t.Fatal(err)
		}
		s.kill()
		s.start()
	}
	end()
	st := s.settled(n.count())
	for protocol, window := range map[string]int{"https": batchRecords, "syslog-tls": resendBytes/recordBytes + 2*batchRecords} {
		ids, repeated := s.tally.complete(t, protocol, n)
		if uint64(ids) != st.Outputs[0].Sum.Accepted {
			t.Errorf("%s: %d records were accepted and %d different ones arrived", protocol, st.Outputs[0].Sum.Accepted, ids)
		}
		if repeated > kills*window {
			t.Errorf("%s: %d repetitions after %d kills with a window of %d", protocol, repeated, kills, window)
		}
		t.Logf("%s: %d acknowledged, %d different records arrived, %d repetitions after %d kills", protocol, n.count(), ids, repeated, kills)
	}
}
