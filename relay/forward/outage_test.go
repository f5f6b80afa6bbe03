package forward_test

import (
	"context"
	"crypto/tls"
	"sync"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/forward"
	"logrelay/relay/forward/syslog"
	"logrelay/relay/relaytest"
)

// TestNothingIsLostWhenTheSIEMComesAndGoes runs the pump against a SIEM that resets, closes and goes away under load, with a real
// connection whose buffers hold bytes that the SIEM never sees.
func TestNothingIsLostWhenTheSIEMComesAndGoes(t *testing.T) {
	t.Parallel()
	for _, transport := range []syslog.Transport{syslog.TCP, syslog.TLS} {
		t.Run(string(transport), func(t *testing.T) {
			t.Parallel()
			const total = 20000
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			ca := relaytest.NewCA()
			siem := relaytest.NewSIEM(relaytest.Options{TLS: &tls.Config{Certificates: []tls.Certificate{ca.Server()}}, Keep: 1 << 20})
			t.Cleanup(siem.Close)
			listen := siem.SyslogTCP
			if transport == syslog.TLS {
				listen = siem.SyslogTLS
			}
			addr, err := listen("127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			config, err := forward.TLSConfig(forward.TLSOptions{CAFile: ca.PEM()})
			if err != nil {
				t.Fatal(err)
			}
			d, err := syslog.New(syslog.Options{Transport: transport, Addresses: []string{addr}, Encode: raw, Wrap: raw, TLS: config})
			if err != nil {
				t.Fatal(err)
			}
			var cursor relaytest.Cursor
			p := forward.NewPump(forward.Options{Name: "siem", Cursor: &cursor, Destination: d, BatchRecords: 100, Idle: 50 * time.Millisecond})
			var wg sync.WaitGroup
			wg.Go(func() {
				if err := p.Run(ctx); err != nil {
					t.Errorf("Run: %v", err)
				}
			})
			// Each fault comes while records flow and buffers hold what the SIEM has not seen.
			at := time.Now()
			next := 0
			add := func(n int) {
				for range n {
					cursor.Add(relay.Record{Raw: relaytest.RFC5424(nil, uint64(next), at)})
					next++
				}
			}
			for _, f := range []relaytest.Fault{{}, {ResetAfter: 10000, Times: 1}, {Close: true, Times: 1}, {Refuse: true}} {
				before := siem.Stats().Records
				add(total / 8)
				siem.Set(f)
				add(total / 8)
				if f.Refuse {
					siem.Heal()
				}
				if err := siem.Wait(ctx, before+total/8); err != nil {
					t.Fatal(err)
				}
			}
			p.Drain()
			wg.Wait()
			if err := d.Close(); err != nil {
				t.Error(err)
			}
			got, _ := cursor.Outcome()
			if want := (relay.Outcome{Delivered: total}); got != want {
				t.Errorf("outcome %+v", got)
			}
			seen := make([]bool, total)
			missing := total
			for _, r := range siem.Records() {
				if seq, ok := relaytest.Sequence(r.Data); ok && seq < total && !seen[seq] {
					seen[seq] = true
					missing--
				}
			}
			if missing > 0 {
				t.Errorf("%d of %d records never arrived", missing, total)
			}
			if len(siem.Records()) == total {
				t.Log("no record came twice: the faults came when nothing was under way")
			}
		})
	}
}
