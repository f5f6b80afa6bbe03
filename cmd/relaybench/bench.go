package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// startLimit bounds how long a program under test may take to listen.
const startLimit = 30 * time.Second

// result is what one run of a scenario measured.
type result struct {
	System     string  `json:"system"`
	Scenario   string  `json:"scenario"`
	Sent       uint64  `json:"sent"` // HTTP: answered with 200
	Received   uint64  `json:"received"`
	Lost       uint64  `json:"lost"`
	Duplicates uint64  `json:"duplicates"`
	Reordered  uint64  `json:"reordered"`
	Foreign    uint64  `json:"foreign"`
	Seconds    float64 `json:"seconds"` // from the first message sent to the last one received
	PerSecond  float64 `json:"events_per_second"`
	CPU        float64 `json:"cpu_seconds_per_million"`
	PeakMiB    float64 `json:"peak_anonymous_mib"`
	P50        float64 `json:"p50_ms"`
	P99        float64 `json:"p99_ms"`
	Connect    float64 `json:"connect_seconds"` // until all connections were open
	CatchUp    float64 `json:"catch_up_seconds,omitempty"`
	Start      float64 `json:"start_seconds,omitempty"`
	Objects    float64 `json:"objects_per_second,omitempty"`
	Text       float64 `json:"decoded_mb_per_cpu_second,omitempty"` // of the relay's processor time
	Kills      int     `json:"kills,omitempty"`
	SendError  string  `json:"send_error,omitempty"`
}

// bench is one run: a program under test between a generator and a sink.
type bench struct {
	system system
	opts   options
	load   load
	route  route
	files  *files
	bucket *bucket // s3
	sink   *sink
	gen    *generator
	proc   *proc
	used   time.Duration // CPU of processes that are gone
	peak   int64
	begin  time.Time

	watching sync.WaitGroup
	unwatch  context.CancelFunc
}

// newBench makes a directory with certificates, a sink and a generator, and starts nothing yet. close removes it all.
func newBench(ctx context.Context, sys system, o options, l load) (*bench, error) {
	dir, err := os.MkdirTemp(o.dir, "relaybench-")
	if err != nil {
		return nil, err
	}
	b := &bench{system: sys, opts: o, load: l, unwatch: func() {}}
	b.route = route{protocol: l.protocol, dir: dir, quota: o.quota}
	if err := b.prepare(ctx); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bench) prepare(ctx context.Context) error {
	var err error
	if b.files, err = writeFiles(b.route.dir); err != nil {
		return err
	}
	isHTTP := b.load.format() != formatSyslog
	var server, client *tls.Config
	if isHTTP || b.load.protocol == "tls" {
		server = &tls.Config{Certificates: []tls.Certificate{b.files.server}}
		client = &tls.Config{RootCAs: b.files.ca.Pool(), ServerName: "localhost"}
	}
	mark := ownMark()
	if b.load.protocol == "s3" {
		mark = contentMark(b.load.pull.content)
	}
	if b.sink, err = newSink(mark, isHTTP, server); err != nil {
		return err
	}
	if b.route.in, err = freePort(); err != nil {
		return err
	}
	b.route.out = b.sink.addr
	b.load.addr, b.load.tls, b.load.token = b.route.in, client, token
	b.gen = &generator{load: b.load}
	if b.load.protocol == "s3" {
		return b.fillBucket(ctx)
	}
	return nil
}

// fillBucket makes a bucket full of what the program under test is to pull.
func (b *bench) fillBucket(ctx context.Context) error {
	begin := time.Now()
	var err error
	if b.bucket, err = newBucket(b.opts.minio, b.route.dir, b.load.pull); err != nil {
		return err
	}
	if err := b.bucket.fill(ctx, b.load.count); err != nil {
		return fmt.Errorf("filling the bucket: %w", err)
	}
	n := float64(len(b.bucket.sent))
	fmt.Fprintf(b.opts.talk, "%.0f objects of %.0f bytes, %.0f decoded, on average; made in %.1f s\n",
		n, float64(b.bucket.zipped.Load())/n, float64(b.bucket.text.Load())/n, time.Since(begin).Seconds())
	b.gen.bucket, b.route.bucket, b.route.workers = b.bucket, b.bucket, b.load.conns
	return nil
}

// start starts the program and waits until it listens. It returns how long that took.
func (b *bench) start(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	begin := time.Now()
	var err error
	if b.proc, err = b.system.start(b.route); err != nil {
		return 0, err
	}
	if err := ready(ctx, b.proc, b.route); err != nil {
		return 0, err
	}
	took := time.Since(begin)
	watch, unwatch := context.WithCancel(context.Background())
	b.unwatch = unwatch
	p := b.proc
	b.watching.Go(func() { p.watch(watch) })
	return took, nil
}

// kill ends the program as kill -9 does.
func (b *bench) kill() {
	b.used += b.proc.cpu()
	b.proc.kill()
	b.end()
}

// end collects what the process that has just ended used.
func (b *bench) end() {
	b.unwatch()
	b.watching.Wait()
	b.peak = max(b.peak, b.proc.peakMemory())
	b.proc = nil
}

// send runs the generator beside during, which may be nil. It returns when both are done.
func (b *bench) send(ctx context.Context, during func(context.Context) error) error {
	if b.proc != nil {
		b.used -= b.proc.cpu()
	}
	b.begin = time.Now()
	var wg sync.WaitGroup
	var sendErr, err error
	wg.Go(func() { sendErr = b.gen.run(ctx) })
	if during != nil {
		err = during(ctx)
	}
	wg.Wait()
	return errors.Join(sendErr, err)
}

// drain waits until everything that was sent has come, or nothing has for a while and no queue holds any of it. Only when ctx ends before is that an error.
func (b *bench) drain(ctx context.Context) error {
	quiet := time.NewTimer(b.opts.settle)
	defer quiet.Stop()
	check := time.NewTicker(10 * time.Millisecond)
	defer check.Stop()
	for {
		if got, _ := b.sink.v.result(); got.Unique >= sum(b.gen.sent) && b.sink.v.missing(b.gen.sent) == 0 {
			return nil
		}
		select {
		case <-b.sink.v.more:
			quiet.Reset(b.opts.settle)
		case <-quiet.C:
			if b.bucket == nil || b.bucket.queue.Len(bucketName) == 0 {
				return nil
			}
			quiet.Reset(b.opts.settle) // what the queue still has is hidden, and comes again
		case <-ctx.Done():
			return errors.New("there was no time to wait for what is still under way: it is counted as lost")
		}
		<-check.C
	}
}

// finish ends the program and returns what was measured.
func (b *bench) finish(sendErr error) result {
	got, latency := b.sink.v.result()
	if b.proc != nil {
		b.used += b.proc.cpu()
		if err := b.proc.stop(); err != nil {
			sendErr = errors.Join(sendErr, err)
		}
		b.end()
		got, _ = b.sink.v.result()
	}
	r := result{
		System: b.system.name, Sent: sum(b.gen.sent), Received: got.Unique,
		Lost: b.sink.v.missing(b.gen.sent), Duplicates: got.Duplicates, Reordered: got.Reordered, Foreign: got.Foreign,
		PeakMiB: float64(b.peak) / (1 << 20), Connect: b.gen.connect.Seconds(),
		P50: latency.quantile(0.5).Seconds() * 1000, P99: latency.quantile(0.99).Seconds() * 1000,
	}
	if got.Unique > 0 {
		r.Seconds = got.Last.Sub(b.begin).Seconds()
		r.PerSecond = float64(got.Unique) / r.Seconds
		r.CPU = b.used.Seconds() * 1e6 / float64(got.Unique)
		if b.bucket != nil {
			r.Objects = float64(len(b.bucket.sent)) / r.Seconds
			r.Text = float64(b.bucket.text.Load()) / 1e6 / b.used.Seconds()
		}
	}
	if sendErr != nil {
		r.SendError = sendErr.Error()
	}
	return r
}

// close ends what is left and removes the directory, unless it is to be kept.
func (b *bench) close() {
	if b.proc != nil {
		b.proc.kill()
		b.end()
	}
	if b.sink != nil {
		b.sink.away()
	}
	if b.bucket != nil {
		b.bucket.close()
	}
	if b.opts.keep {
		fmt.Fprintf(os.Stderr, "relaybench: kept %s\n", b.route.dir)
		return
	}
	if err := os.RemoveAll(b.route.dir); err != nil {
		fmt.Fprintf(os.Stderr, "relaybench: %v\n", err)
	}
}

func sum(v []uint64) (n uint64) {
	for _, x := range v {
		n += x
	}
	return n
}
