package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// sendResult is what "logrelay send --json" prints.
type sendResult struct {
	Records      int64   `json:"records"` // that were sent; for https: that the relay answered for
	Bytes        int64   `json:"bytes"`   // of the records
	Batches      int64   `json:"batches"`
	Seconds      float64 `json:"seconds"`
	PerSecond    float64 `json:"records_per_second"`
	Acknowledged bool    `json:"acknowledged"` // the relay answered for every record
	Error        string  `json:"error,omitempty"`
}

// send sends the input and prints what became of it, also when it failed half way.
func send(ctx context.Context, o sendOptions) error {
	total, inBytes := o.total()
	bar := newProgress(o.stderr, "sending", total, inBytes)
	o.busy = func(wait time.Duration, why string) {
		bar.clear()
		say(o.stderr, "waiting", fmt.Sprintf("the relay is busy, next try in %s (%s)", wait.Round(time.Millisecond), why))
	}
	t, err := o.target(ctx)
	if err != nil {
		return err
	}
	reader := &sendReader{files: o.files, stdin: o.stdin, json: bodyForms[o.format].values, repeat: o.count > 0}
	start := time.Now()
	res := sendResult{Acknowledged: t.acknowledged()}
	err = o.copy(ctx, reader, t, func(b *sendBatch) {
		res.Records += int64(len(b.records))
		res.Bytes += int64(b.bytes)
		res.Batches++
		if inBytes {
			bar.set(res.Bytes + res.Records) // with a line end each
		} else {
			bar.set(res.Records)
		}
	})
	if closeErr := t.close(ctx); err == nil {
		err = closeErr
	}
	bar.clear()
	res.Seconds = time.Since(start).Seconds()
	res.PerSecond = float64(res.Records) / res.Seconds
	if errors.Is(err, context.Canceled) {
		err = errInterrupted
	}
	if err != nil {
		res.Error = err.Error()
	}
	if printErr := printSent(o, res, err); err == nil {
		err = printErr
	}
	return err
}

// copy moves batches from r to t at the rate that was asked for, and tells sent about each.
func (o sendOptions) copy(ctx context.Context, r *sendReader, t sendTarget, sent func(*sendBatch)) error {
	var b sendBatch
	var n int64
	for start := time.Now(); o.count == 0 || n < o.count; {
		limit := sendBatchRecords
		if o.count > 0 {
			limit = int(min(int64(limit), o.count-n))
		}
		if o.rate > 0 {
			limit = min(limit, max(1, int(o.rate/10))) // ten batches a second
			if err := sleep(ctx, time.Until(start.Add(time.Duration(float64(n)/o.rate*float64(time.Second))))); err != nil {
				return err
			}
		}
		err := r.next(&b, limit)
		if err == io.EOF {
			if o.count > 0 {
				return errors.New("the input holds no records, there is nothing to repeat")
			}
			return nil
		}
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if len(b.records) == 0 {
			continue
		}
		if err := t.send(ctx, &b); err != nil {
			return err
		}
		n += int64(len(b.records))
		sent(&b)
	}
	return nil
}

// total returns the size of the job: records when they are counted, bytes of the files, or -1.
func (o sendOptions) total() (n int64, inBytes bool) {
	if o.count > 0 {
		return o.count, false
	}
	for _, name := range o.files {
		info, err := os.Stat(name)
		if name == "-" || err != nil || !info.Mode().IsRegular() {
			return -1, false
		}
		n += info.Size()
	}
	return n, true
}

var errInterrupted = errors.New("interrupted")

// printSent prints the result; cause is what ended the sending early, or nil.
func printSent(o sendOptions, res sendResult, cause error) error {
	if o.json {
		return writeJSON(o.stdout, res)
	}
	if res.Records == 0 && cause != nil {
		return nil
	}
	meaning := "handed over (syslog has no answer)"
	if res.Acknowledged {
		meaning = "on the relay's disk"
	} else if cause != nil && cause != errInterrupted {
		meaning = "written, not all of it taken"
	}
	_, err := fmt.Fprintf(o.stdout, "%s (%s) in %.1f s, %.0f a second: %s\n", count(int(res.Records), "record"), size(uint64(res.Bytes)), res.Seconds, res.PerSecond, meaning)
	return err
}

// sleep waits, or returns ctx's error when that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
