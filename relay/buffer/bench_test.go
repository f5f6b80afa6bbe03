package buffer

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"logrelay/relay"
)

func benchBatch(records, size int) *relay.Batch {
	b := new(relay.Batch)
	b.Use(origin("in"), 0)
	raw := bytes.Repeat([]byte("x"), size)
	for i := range records {
		b.Append(raw, int64(i), 0)
	}
	return b
}

// BenchmarkPut: one record a batch.
func BenchmarkPut(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			l := testLog(b, tempDir(b), Options{})
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			var left atomic.Int64
			left.Store(int64(b.N))
			for range callers {
				wg.Go(func() {
					batch := benchBatch(1, 300)
					for left.Add(-1) >= 0 {
						if err := l.Put(context.Background(), batch); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
		})
	}
}

// BenchmarkThrough: 4 callers with 800 records of 300 bytes a batch, through Put, Next and Ack. One op is one record.
func BenchmarkThrough(b *testing.B) {
	l := testLog(b, tempDir(b), Options{Limits: Limits{Quota: 4 << 30}})
	c := testCursor(b, l, "siem", FromNow)
	b.ReportAllocs()
	b.SetBytes(300)
	b.ResetTimer()
	var wg sync.WaitGroup
	var left atomic.Int64
	batches := int64(b.N+799) / 800
	left.Store(batches)
	for range 4 {
		wg.Go(func() {
			batch := benchBatch(800, 300)
			for left.Add(-1) >= 0 {
				if err := l.Put(context.Background(), batch); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for n := int64(0); n < batches*800; {
		ls, err := c.Next(context.Background(), relay.Limit{})
		if err != nil {
			b.Fatal(err)
		}
		n += int64(len(ls.Records()))
		ls.Ack(delivered(ls))
	}
	wg.Wait()
}

// BenchmarkNext: reading what waits, in leases of 800 records of 300 bytes. One op is one record.
func BenchmarkNext(b *testing.B) {
	l := testLog(b, tempDir(b), Options{})
	testCursor(b, l, "keeps", FromNow)
	for range 200 {
		if err := l.Put(b.Context(), benchBatch(800, 300)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	b.SetBytes(300)
	var c *Cursor
	left := uint64(0)
	for n := 0; n < b.N; {
		if left == 0 {
			b.StopTimer()
			if c != nil {
				if err := l.Forget(c.Name()); err != nil {
					b.Fatal(err)
				}
			}
			c = testCursor(b, l, "reads", FromOldest)
			left = c.Stats().Waiting
			b.StartTimer()
		}
		ls, err := c.Next(b.Context(), relay.Limit{Records: 800})
		if err != nil {
			b.Fatal(err)
		}
		n += len(ls.Records())
		left -= uint64(len(ls.Records()))
		ls.Ack(delivered(ls))
	}
}
