package main

import (
	"math/rand/v2"
	"testing"
	"time"

	"logrelay/relay/relaytest"
	"logrelay/relay/status"
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

// TestKillWhileWaiting ends the relay with a backlog while the SIEM is away: all of it arrives after the restart.
func TestKillWhileWaiting(t *testing.T) {
	t.Parallel()
	records := 4000
	if thorough {
		records = 40_000
	}
	s := newSite(t)
	s.siem.Set(relaytest.Fault{Refuse: true})
	s.configure(webInput+tlsInput, s.hecOutput("")+s.sysOutput(""))
	s.start()
	n := newNumbers()
	h, c := s.httpSender(n), s.dialTLS("tls", s.trust())
	for range records / 1000 {
		h.must(500)
		s.sendSyslog(c, n, 500)
	}
	s.await("everything is in custody", func(st status.Snapshot) bool { return output(st, "hec").Sum.Waiting == uint64(records) })
	s.kill()
	s.start()
	for _, o := range s.status().Outputs {
		if o.Sum.Waiting != uint64(records) || o.Sum.Accepted != uint64(records) {
			t.Errorf("output %s after the kill: %+v", o.Name, o.Sum)
		}
	}
	s.siem.Heal()
	s.settled(records)
	for _, protocol := range []string{"hec", "syslog-tls"} {
		if ids, _ := s.tally.complete(t, protocol, n); ids != records {
			t.Errorf("%s: %d of %d", protocol, ids, records)
		}
	}
}
