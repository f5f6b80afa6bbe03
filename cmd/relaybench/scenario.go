package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// scenario is a way to put a program under load.
type scenario struct {
	name  string
	about string
	load  load // what the flags do not set
	run   func(ctx context.Context, b *bench) (result, error)
}

const (
	defaultCount    = 3_000_000
	defaultDuration = 8 * time.Second
	steadyRate      = 5000
	flowRecords     = 50_000 // in an object of 1 MB
)

// scenarios returns all there are.
func scenarios() []scenario {
	fast := func(protocol string) load {
		return load{protocol: protocol, size: 300, conns: 4, count: defaultCount, duration: defaultDuration}
	}
	s3 := func(workers int, count uint64, p pull) load {
		return load{protocol: "s3", conns: workers, count: count, pull: p}
	}
	with := func(l load, f func(l *load)) load { f(&l); return l }
	return []scenario{
		{"tls", "syslog over TLS in and out, as fast as it goes", fast("tls"), steady},
		{"tcp", "syslog over TCP in and out", fast("tcp"), steady},
		{"udp", "syslog over UDP in, TCP out, 20,000/s", with(fast("udp"), func(l *load) { l.rate = 20000 }), steady},
		{"https", "NDJSON over HTTPS in and out", fast("https"), steady},
		{"hec", "Splunk HEC in and out", fast("hec"), steady},
		{"latency", "5,000/s over TLS: the time from send to sink", with(fast("tls"), func(l *load) { l.rate = steadyRate }), steady},
		{"conns", "1,000 TLS connections opened at once", with(fast("tls"), func(l *load) { l.conns, l.together = 1000, true }), steady},
		{"large", "messages of 8 KiB over TLS", with(fast("tls"), func(l *load) { l.size, l.count = 8192, 300_000 }), steady},
		{"outage", "the SIEM is away for --outage at 5,000/s", with(fast("tls"), func(l *load) { l.rate, l.duration = steadyRate, 0 }), outage},
		{"faults", "the SIEM hangs, answers 503, delays, resets at 5,000/s", with(fast("https"), func(l *load) { l.rate = steadyRate }), faults},
		{"kill", "kill -9 of the program --kills times under load; HTTPS, so that what was acknowledged is known", with(fast("https"), func(l *load) { l.retry, l.duration, l.rate = true, 0, 50_000 }), kills},
		{"backlog", "--backlog bytes waiting, kill -9, start: time and memory; then delivery", with(fast("tls"), func(l *load) { l.duration = 0 }), backlog},
		{"s3-flow", "gzip VPC flow logs of 1 MB in S3, told of by SQS, out raw over HTTPS; --conns objects at a time", s3(16, 6_000_000, pull{contentFlow, flowRecords, "raw"}), steady},
		{"s3-flow-ocsf", "the same as OCSF in JSON", s3(16, 3_000_000, pull{contentFlow, flowRecords, "ocsf"}), steady},
		{"s3-small", "gzip VPC flow logs of 2 KB in S3", s3(64, 300_000, pull{contentFlow, 75, "raw"}), steady},
		{"s3-trail", "gzip CloudTrail logs of a few MB in S3", s3(16, 300_000, pull{contentTrail, 15_000, "raw"}), steady},
	}
}

func findScenario(name string) (scenario, error) {
	for _, s := range scenarios() {
		if s.name == name {
			return s, nil
		}
	}
	return scenario{}, fmt.Errorf("scenario %q: not known; \"relaybench list\" shows them", name)
}

// steady sends until count or duration is reached and waits until all has come.
func steady(ctx context.Context, b *bench) (result, error) {
	if _, err := b.start(ctx); err != nil {
		return result{}, err
	}
	err := b.send(ctx, nil)
	return b.finish(errors.Join(err, b.drain(ctx))), nil
}

// warm is how long a load runs before and after something is done to the far end.
const warm = 3 * time.Second

func outage(ctx context.Context, b *bench) (result, error) {
	if _, err := b.start(ctx); err != nil {
		return result{}, err
	}
	var catchUp time.Duration
	b.gen.count, b.gen.duration = defaultCount, 2*warm+b.opts.outage
	sendErr := b.send(ctx, func(ctx context.Context) error {
		if err := pause(ctx, warm); err != nil {
			return err
		}
		b.sink.away()
		if err := pause(ctx, b.opts.outage); err != nil {
			return err
		}
		if err := b.sink.open(); err != nil {
			return err
		}
		back := time.Now()
		for ctx.Err() == nil && time.Since(back) < time.Minute {
			got, _ := b.sink.v.result()
			if got.Unique+uint64(b.load.rate/20) >= b.gen.progress.Load() { // 50 ms behind at most
				catchUp = time.Since(back)
				return nil
			}
			time.Sleep(5 * time.Millisecond)
		}
		return fmt.Errorf("not caught up after %s", time.Since(back).Round(time.Second))
	})
	r := b.finish(errors.Join(sendErr, b.drain(ctx)))
	r.CatchUp = catchUp.Seconds()
	return r, nil
}

func faults(ctx context.Context, b *bench) (result, error) {
	if _, err := b.start(ctx); err != nil {
		return result{}, err
	}
	steps := []sinkFault{{hang: true}, {status: 503}, {delay: 200 * time.Millisecond}, {status: 429}}
	const each = 2 * time.Second
	b.gen.duration = time.Duration(2*len(steps)) * each
	sendErr := b.send(ctx, func(ctx context.Context) error {
		for _, f := range steps {
			b.sink.fault.Store(&f)
			if err := pause(ctx, each); err != nil {
				return err
			}
			b.sink.fault.Store(&sinkFault{})
			b.sink.away() // and what is under way is reset
			if err := b.sink.open(); err != nil {
				return err
			}
			if err := pause(ctx, each); err != nil {
				return err
			}
		}
		return nil
	})
	return b.finish(errors.Join(sendErr, b.drain(ctx))), nil
}

func kills(ctx context.Context, b *bench) (result, error) {
	if _, err := b.start(ctx); err != nil {
		return result{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	b.gen.duration = 0
	load, stop := context.WithCancel(ctx)
	sendErr := b.send(load, func(context.Context) error {
		defer stop()
		for range b.opts.kills {
			if err := pause(ctx, 200*time.Millisecond+rand.N(800*time.Millisecond)); err != nil {
				return err
			}
			b.kill()
			if _, err := b.start(ctx); err != nil {
				return err
			}
		}
		return pause(ctx, time.Second)
	})
	r := b.finish(errors.Join(sendErr, b.drain(ctx)))
	r.Kills = b.opts.kills
	return r, nil
}

func backlog(ctx context.Context, b *bench) (result, error) {
	b.sink.away()
	if _, err := b.start(ctx); err != nil {
		return result{}, err
	}
	b.gen.count = uint64(b.opts.backlog / int64(b.load.size))
	sendErr := b.send(ctx, nil)
	b.kill()
	before := b.peak
	b.peak = 0
	took, err := b.start(ctx)
	if err != nil {
		return result{}, err
	}
	if err := pause(ctx, 2*time.Second); err != nil {
		return result{}, err
	}
	fmt.Fprintf(b.opts.talk, "filling took %.0f MiB at most; 2 s after the start with all of it waiting: %.0f MiB\n",
		float64(before)/(1<<20), float64(b.proc.peakMemory())/(1<<20))
	if err := b.sink.open(); err != nil {
		return result{}, err
	}
	sendErr = errors.Join(sendErr, b.drain(ctx))
	b.peak = max(b.peak, before)
	r := b.finish(sendErr)
	r.Start = took.Seconds()
	return r, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
