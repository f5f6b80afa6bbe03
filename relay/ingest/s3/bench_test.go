package s3

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/buffer"
	"logrelay/relay/ingest"
)

// BenchmarkObjects takes gzip VPC flow logs from a store in memory into the log on disk: an object an operation.
func BenchmarkObjects(b *testing.B) {
	const line = "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK\n"
	for _, c := range []struct {
		name    string
		records int
		workers int
	}{{"small", 15, 16}, {"large", 40_000, 16}, {"large, one at a time", 40_000, 1}} {
		b.Run(c.name, func(b *testing.B) {
			log, err := buffer.Open(b.TempDir(), buffer.Options{Limits: buffer.Limits{Quota: 8 << 30}})
			if err != nil {
				b.Fatal(err)
			}
			defer log.Close()
			r := newRig(b)
			r.opt.Ledger, r.out, r.opt.Workers = log, log, c.workers
			text := "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n" + strings.Repeat(line, c.records)
			data := zipped(text)
			for i := range b.N {
				r.queue.send(r.store.put("logs", fmt.Sprint("AWSLogs/1/vpcflowlogs/eu-west-1/", i, ".log.gz"), data))
			}
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			b.ResetTimer()
			r.start()
			for r.src.Pull().Taken < int64(b.N) {
				time.Sleep(time.Millisecond)
			}
			b.StopTimer()
			b.ReportMetric(float64(b.N*c.records)/b.Elapsed().Seconds(), "records/s")
			_ = r.end()
		})
	}
}

// BenchmarkFeed copies records into batches that a sink in memory takes.
func BenchmarkFeed(b *testing.B) {
	r := newRig(b)
	src, err := New(r.opt)
	if err != nil {
		b.Fatal(err)
	}
	j := &job{s: src, r: &run{ctx: context.Background(), out: nowhere{}}}
	f := src.newFeeder(b.Context(), j, &delivery{})
	f.begin("", "", nil)
	p := ingest.Piece{Raw: []byte(strings.Repeat("x", 110))}
	b.SetBytes(110)
	b.ReportAllocs()
	for b.Loop() {
		if err := f.add(&p); err != nil {
			b.Fatal(err)
		}
	}
	f.close()
}

// nowhere takes everything and keeps nothing.
type nowhere struct{}

func (nowhere) Put(context.Context, *relay.Batch) error { return nil }
