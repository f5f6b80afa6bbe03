package syslog

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"logrelay/relay"
)

// countingSink takes everything at once and tells when n records are there. A pause stands for the disk.
type countingSink struct {
	n, want, puts atomic.Int64
	done          chan struct{}
	pause         time.Duration
}

func (s *countingSink) Put(_ context.Context, b *relay.Batch) error {
	if s.pause > 0 {
		time.Sleep(s.pause)
	}
	s.puts.Add(1)
	if n := s.n.Add(int64(b.Len())); s.done != nil && n >= s.want.Load() && n-int64(b.Len()) < s.want.Load() {
		close(s.done)
	}
	return nil
}

func cpu() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkLoopback sends 300-byte messages through real connections. The CPU time of the sending side is in it.
func BenchmarkLoopback(b *testing.B) {
	msg := "<165>1 2026-11-21T09:15:32.003Z fw1.example.com app 8710 ID47 - " + strings.Repeat("x", 236)
	frame := fmt.Sprintf("%d %s", len(msg), msg)
	for _, c := range []struct {
		name         string
		tls          bool
		conns, burst int
	}{
		{"tcp/4", false, 4, 200}, {"tcp/4/burst=16", false, 4, 16}, {"tcp/1000/burst=16", false, 1000, 16}, {"tcp/1000/burst=1", false, 1000, 1}, {"tcp/4/burst=1", false, 4, 1},
		{"tls/4", true, 4, 200}, {"tls/4/burst=16", true, 4, 16}, {"tls/1000/burst=16", true, 1000, 16},
	} {
		b.Run(c.name, func(b *testing.B) {
			out := &countingSink{done: make(chan struct{}), pause: time.Millisecond}
			out.want.Store(int64(b.N))
			var conns []net.Conn
			if c.tls {
				_, addr, stop := startTLS(b, Options{}, out)
				defer stop()
				for range c.conns {
					conns = append(conns, dialTLS(b, addr, nil))
				}
			} else {
				_, addr, stop := startTCP(b, Options{}, out)
				defer stop()
				for range c.conns {
					conns = append(conns, dial(b, addr))
				}
			}
			burst := []byte(strings.Repeat(frame, c.burst))
			b.ReportAllocs()
			b.SetBytes(int64(len(frame)))
			b.ResetTimer()
			before := cpu()
			var wg sync.WaitGroup
			var left atomic.Int64
			left.Store(int64(b.N))
			const workers = 4
			for w := range workers {
				wg.Go(func() {
					for i := w; ; i += workers {
						n := min(int64(c.burst), left.Add(-int64(c.burst))+int64(c.burst))
						if n <= 0 {
							return
						}
						conns[i%len(conns)].Write(burst[:int(n)*len(frame)])
					}
				})
			}
			wg.Wait()
			<-out.done
			b.StopTimer()
			b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-ns/op")
			b.ReportMetric(float64(b.N)/float64(out.puts.Load()), "records/put")
			for _, c := range conns {
				c.Close()
			}
		})
	}
}

// BenchmarkUDP sends 300-byte datagrams over loopback; the CPU time of the sending side is in it. Those that the kernel drops are reported.
func BenchmarkUDP(b *testing.B) {
	msg := []byte("<165>1 2026-11-21T09:15:32.003Z fw1.example.com app 8710 ID47 - " + strings.Repeat("x", 236))
	out := &countingSink{pause: time.Millisecond}
	_, c, stop := startUDP(b, Options{}, out)
	b.ReportAllocs()
	before := cpu()
	for range b.N {
		c.Write(msg)
	}
	b.StopTimer()
	stop()
	b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(b.N-int(out.n.Load()))/float64(b.N), "dropped/op")
}
