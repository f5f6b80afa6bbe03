package main

import (
	"crypto/tls"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"logrelay/relay/status"
)

// TestCrowd lets many senders connect over TLS at the same instant. Each writes, ends its connection in order, and nothing is lost.
func TestCrowd(t *testing.T) {
	t.Parallel()
	senders := 200
	if thorough {
		senders = 1000
	}
	const (
		each          = 20
		handshakeTime = 10 * time.Second // the relay waits no less
	)
	s := newSite(t)
	s.configure(tlsInput, s.sysOutput(""))
	s.start()
	n := newNumbers()
	addr, config := s.at("tls"), &tls.Config{RootCAs: s.trust()}
	var ready, done sync.WaitGroup
	begin := make(chan struct{})
	var again atomic.Int32
	for range senders {
		seqs := n.take(each)
		n.attempt(seqs)
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-begin
			begun := time.Now()
			c, err := (&tls.Dialer{Config: config}).DialContext(s.ctx, "tcp", addr)
			for err != nil && time.Since(begun) > handshakeTime && s.ctx.Err() == nil { // the machine is slow, and the relay waits no longer
				again.Add(1)
				begun = time.Now()
				c, err = (&tls.Dialer{Config: config}).DialContext(s.ctx, "tcp", addr)
			}
			if err != nil {
				t.Errorf("connecting: %v", err)
				return
			}
			defer c.Close()
			frames := syslogFrames(seqs)
			for _, part := range [][]byte{frames[:100], frames[100:]} { // a message may come in pieces
				if _, err := c.Write(part); err != nil {
					t.Errorf("writing: %v", err)
					return
				}
				_ = sleep(s.ctx, time.Millisecond)
			}
			n.ack(seqs)
		})
	}
	ready.Wait()
	close(begin)
	done.Wait()
	s.settled(senders * each)
	if ids, repeated := s.tally.complete(t, "syslog-tls", n); ids != senders*each || repeated != 0 {
		t.Errorf("%d records of %d, %d of them twice", ids, senders*each, repeated)
	}
	st := s.await("no connection is left", func(st status.Snapshot) bool { return st.Inputs[0].Connections == 0 })
	if in := st.Inputs[0]; in.Rejected > uint64(again.Load()) {
		t.Errorf("the input after all have ended: %+v", in)
	}
}
