package relaytest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"logrelay/relay"
)

// SourceContract describes a push source to TestSource.
type SourceContract struct {
	// New makes the source and a sender for it.
	New func(t *testing.T) (relay.Source, SourceSender)
	// Answers: the sender learns whether its records are in custody. Otherwise Send returns when the bytes are written.
	Answers bool
	// Huge is the size of the largest record that arrives as one, in bytes; 0: 32 KiB.
	Huge int
}

// SourceSender is a client of a source. It is used by one goroutine.
type SourceSender interface {
	// Send sends the records, each on its own, and returns nil when the source said that it has them, or, in a protocol without
	// answers, when they are written.
	Send(ctx context.Context, records [][]byte) error
	// Cut sends part of a record and resets the connection.
	Cut(ctx context.Context, part []byte) error
	Close() error
}

// TestSource checks what relay.Source promises.
func TestSource(t *testing.T, c SourceContract) {
	if c.Huge == 0 {
		c.Huge = 32 << 10
	}
	tests := map[string]func(*sourceTest, *testing.T){
		"takes custody in order":       (*sourceTest).takes,
		"answers after Put alone":      (*sourceTest).blocks,
		"full, then room again":        (*sourceTest).full,
		"huge record":                  (*sourceTest).huge,
		"peer cuts a record off":       (*sourceTest).cut,
		"cancel with a Put under way":  (*sourceTest).cancelWaits,
		"cancel while a peer is quiet": (*sourceTest).cancelIdle,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			t.Cleanup(cancel)
			s := &sourceTest{SourceContract: c, ctx: ctx, sink: &Sink{}, ended: make(chan error, 1)}
			var source relay.Source
			source, s.sender = c.New(t)
			run, stop := context.WithCancel(ctx)
			s.stop = stop
			var wg sync.WaitGroup
			wg.Go(func() { s.ended <- source.Run(run, s.sink) })
			t.Cleanup(func() {
				stop()
				_ = s.sender.Close()
				wg.Wait()
			})
			test(s, t)
		})
	}
}

type sourceTest struct {
	SourceContract
	ctx    context.Context
	sink   *Sink
	sender SourceSender
	stop   context.CancelFunc
	ended  chan error
}

// Messages makes n records with syslog messages numbered from first on.
func Messages(first, n int) [][]byte {
	records := make([][]byte, n)
	for i, e := range Events(first, n) {
		records[i] = e.Record.Raw
	}
	return records
}

func (s *sourceTest) send(t *testing.T, records [][]byte) {
	t.Helper()
	if err := s.sender.Send(s.ctx, records); err != nil {
		t.Fatalf("sending: %v", err)
	}
}

// want waits until the messages [0, n) are in the sink, in order, each once.
func (s *sourceTest) want(t *testing.T, n int) {
	t.Helper()
	if err := s.sink.Wait(s.ctx, n); err != nil {
		t.Fatal(err)
	}
	want := Messages(0, n)
	for i, r := range s.sink.Records() {
		if i >= n || !bytes.Contains(r.Raw, want[i]) {
			t.Fatalf("record %d is %q", i, r.Raw)
		}
		if r.Origin == nil || r.Origin.Input == "" || r.Origin.Peer == "" || r.Received == 0 {
			t.Fatalf("record %d without origin or time: %+v", i, r)
		}
	}
}

func (s *sourceTest) takes(t *testing.T) {
	for i := range 5 {
		s.send(t, Messages(i*50, 50))
		if n := len(s.sink.Records()); s.Answers && n < (i+1)*50 {
			t.Fatalf("the sender was told that %d records are safe; %d are", (i+1)*50, n)
		}
	}
	s.want(t, 250)
}

func (s *sourceTest) blocks(t *testing.T) {
	release := s.sink.Hold()
	defer release()
	var wg sync.WaitGroup
	done := make(chan error, 1)
	wg.Go(func() { done <- s.sender.Send(s.ctx, Messages(0, 10)) })
	defer wg.Wait()
	if err := s.sink.WaitPut(s.ctx); err != nil {
		t.Fatal(err)
	}
	if s.Answers {
		select {
		case err := <-done:
			t.Errorf("the sender was answered (%v) before Put returned", err)
		case <-time.After(30 * time.Millisecond):
		}
	}
	release()
	if err := <-done; err != nil {
		t.Fatalf("sending: %v", err)
	}
	s.want(t, 10)
}

func (s *sourceTest) full(t *testing.T) {
	s.sink.Fail(relay.ErrFull)
	if s.Answers {
		if err := s.sender.Send(s.ctx, Messages(0, 5)); err == nil {
			t.Error("the sender was told that records are safe that the full buffer refused")
		}
		s.sink.Fail(nil)
		s.send(t, Messages(0, 5))
	} else {
		s.send(t, Messages(0, 5))
		s.sink.Fail(nil)
	}
	s.want(t, 5)
}

func (s *sourceTest) huge(t *testing.T) {
	record := Messages(0, 1)[0]
	record = append(record, bytes.Repeat([]byte("x"), s.Huge-len(record))...)
	s.send(t, [][]byte{record})
	if err := s.sink.Wait(s.ctx, 1); err != nil {
		t.Fatal(err)
	}
	if got := s.sink.Records()[0].Raw; !bytes.Contains(got, record) {
		t.Errorf("a record of %d bytes arrived with %d", len(record), len(got))
	}
}

func (s *sourceTest) cut(t *testing.T) {
	if err := s.sender.Cut(s.ctx, Messages(7, 1)[0]); err != nil {
		t.Fatal(err)
	}
	s.send(t, Messages(0, 3))
	for {
		whole := 0
		for _, r := range s.sink.Records() {
			if r.Flags&relay.FlagTruncated != 0 {
				continue // what came of the record, marked
			}
			if seq, ok := Sequence(r.Raw); !ok || seq != uint64(whole) {
				t.Fatalf("a record that was cut off arrived as whole: %q", r.Raw)
			}
			whole++
		}
		if whole == 3 {
			return
		}
		if err := s.sink.Wait(s.ctx, len(s.sink.Records())+1); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *sourceTest) cancelWaits(t *testing.T) {
	release := s.sink.Hold()
	defer release()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { _ = s.sender.Send(s.ctx, Messages(0, 5)) }) // may be answered, or cut by the end
	if err := s.sink.WaitPut(s.ctx); err != nil {
		t.Fatal(err)
	}
	s.stop()
	select {
	case err := <-s.ended:
		t.Errorf("Run returned %v while a Put was under way", err)
		s.ended <- err
	case <-time.After(30 * time.Millisecond):
	}
	release()
	s.wantEnd(t)
}

func (s *sourceTest) cancelIdle(t *testing.T) {
	s.send(t, Messages(0, 1))
	s.want(t, 1)
	s.stop()
	s.wantEnd(t)
}

func (s *sourceTest) wantEnd(t *testing.T) {
	t.Helper()
	select {
	case err := <-s.ended:
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
	case <-s.ctx.Done():
		t.Error("Run does not end")
	}
}
