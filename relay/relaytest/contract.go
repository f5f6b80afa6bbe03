package relaytest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"testing"
	"time"

	"logrelay/relay"
)

// patience bounds what a contract waits for; it is never waited for when all is well.
const patience = 4 * time.Minute

// DestinationContract describes a destination to TestDestination.
type DestinationContract struct {
	// Listen opens the SIEM's port of the protocol.
	Listen func(s *SIEM) (addr string, err error)
	// New makes the destination for that address; it trusts ca and speaks TLS unless Plain.
	New   func(t *testing.T, addr string, ca *CA) relay.Destination
	Plain bool // no TLS: certificates are not tested
	HTTP  bool // the far end answers with HTTP statuses
}

// TestDestination checks what relay.Destination and relay.Stream promise, against a SIEM on loopback. Events
// have a Record with the raw bytes and no Class, so the destination's encoder should pass these on.
func TestDestination(t *testing.T, c DestinationContract) {
	tests := map[string]func(*destinationTest, *testing.T){
		"delivers in order":        (*destinationTest).delivers,
		"huge event":               (*destinationTest).huge,
		"slow peer":                (*destinationTest).slow,
		"closed and reset peer":    (*destinationTest).broken,
		"refused, then back":       (*destinationTest).refused,
		"cancel":                   (*destinationTest).cancelled,
		"wrong certificate holds":  (*destinationTest).certificate,
		"blocks until answered":    (*destinationTest).blocks,
		"classes of HTTP statuses": (*destinationTest).statuses,
		"rejected event is poison": (*destinationTest).rejected,
		"lost answer is retried":   (*destinationTest).lost,
		"several at once":          (*destinationTest).concurrent,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &destinationTest{DestinationContract: c, ca: NewCA()}
			o := Options{}
			if !c.Plain {
				o.TLS = &tls.Config{Certificates: []tls.Certificate{d.ca.Server()}}
			}
			d.siem = NewSIEM(o)
			t.Cleanup(d.siem.Close)
			addr, err := c.Listen(d.siem)
			if err != nil {
				t.Fatal(err)
			}
			d.dest = c.New(t, addr, d.ca)
			d.stream, _ = d.dest.(relay.Stream)
			t.Cleanup(func() {
				if err := d.dest.Close(); err != nil {
					t.Logf("Close: %v", err)
				}
			})
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			t.Cleanup(cancel)
			d.ctx = ctx
			test(d, t)
		})
	}
}

type destinationTest struct {
	DestinationContract
	ctx    context.Context
	ca     *CA
	siem   *SIEM
	dest   relay.Destination
	stream relay.Stream // nil unless it is one
}

// Events makes n events with raw syslog messages numbered from first on.
func Events(first, n int) []relay.Event {
	o := &relay.Origin{Input: "test", Kind: relay.KindSyslog, Peer: "192.0.2.7:514"}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	events := make([]relay.Event, n)
	for i := range events {
		r := &relay.Record{
			Raw: RFC5424(nil, uint64(first+i), at), Origin: o, Received: at.UnixNano(),
			Number: uint64(first + i), Base: relay.ID{1}, Ordinal: uint64(first + i),
		}
		events[i] = relay.Event{Record: r, Kind: relay.KindSyslog, Time: at.UnixNano(), Of: 1}
	}
	return events
}

// EventsOf makes events of raw bytes.
func EventsOf(texts ...string) []relay.Event {
	events := Events(0, len(texts))
	for i, text := range texts {
		events[i].Record.Raw = []byte(text)
	}
	return events
}

// wantNumbers waits for the numbers [first, first+n), each at least once and their first arrivals in order.
func (d *destinationTest) wantNumbers(t *testing.T, first, n int) {
	t.Helper()
	for next := 0; ; {
		recs := d.siem.Records()
		next = 0
		for _, r := range recs {
			if seq, ok := Sequence(r.Data); ok && seq == uint64(first+next) {
				next++
			}
		}
		if next >= n {
			return
		}
		if err := d.siem.Wait(d.ctx, uint64(len(recs))+1); err != nil {
			t.Fatalf("%d of %d events arrived in order: %v", next, n, err)
		}
	}
}

// finish makes sure that what a stream was given has arrived.
func (d *destinationTest) finish(t *testing.T) {
	t.Helper()
	if d.stream != nil {
		if err := d.stream.Flush(d.ctx); err != nil {
			t.Fatalf("Flush: %v", err)
		}
	}
}

func (d *destinationTest) send(t *testing.T, events []relay.Event) {
	t.Helper()
	if err := d.dest.Send(d.ctx, events); err != nil {
		t.Fatalf("Send: %v", err)
	}
}

func (d *destinationTest) delivers(t *testing.T) {
	for i := range 5 {
		d.send(t, Events(i*100, 100))
	}
	if d.stream == nil && d.siem.Stats().Records != 500 {
		t.Errorf("Send returned nil and %d of 500 events had arrived", d.siem.Stats().Records)
	}
	d.finish(t)
	d.wantNumbers(t, 0, 500)
	for _, r := range d.siem.Records() {
		if seq, ok := Sequence(r.Data); !ok || !bytes.Contains(r.Data, []byte("Accepted publickey")) {
			t.Fatalf("event %d arrived as %q", seq, r.Data)
		}
	}
	d.send(t, Events(500, 1)) // after a Flush too
	d.finish(t)
	d.wantNumbers(t, 0, 501)
}

func (d *destinationTest) huge(t *testing.T) {
	events := Events(0, 1)
	events[0].Record.Raw = append(events[0].Record.Raw, bytes.Repeat([]byte(" x"), 2<<20)...)
	d.send(t, events)
	d.finish(t)
	d.wantNumbers(t, 0, 1)
	if got := len(d.siem.Records()[0].Data); got < 4<<20 {
		t.Errorf("%d bytes arrived", got)
	}
}

func (d *destinationTest) slow(t *testing.T) {
	d.siem.Set(Fault{Delay: 10 * time.Millisecond})
	d.send(t, Events(0, 10))
	d.finish(t)
	d.wantNumbers(t, 0, 10)
}

// until sends until it arrives, as the pump does: again after each error, and for a stream all that was not confirmed.
func (d *destinationTest) until(t *testing.T, batches ...[]relay.Event) (failures int) {
	t.Helper()
	for {
		var err error
		for _, b := range batches {
			if err = d.dest.Send(d.ctx, b); err != nil {
				break
			}
		}
		if err == nil && d.stream != nil {
			err = d.stream.Flush(d.ctx)
		}
		if err == nil {
			return failures
		}
		if d.ctx.Err() != nil {
			t.Fatalf("after %d failures: %v", failures, err)
		}
		wantRetry(t, err)
		if d.stream != nil {
			if n, _ := d.stream.Confirmed(); n > 0 && n <= len(batches) {
				batches = batches[n:]
			}
		}
		failures++
		time.Sleep(5 * time.Millisecond)
	}
}

func wantRetry(t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[*relay.HoldError](err); ok {
		t.Fatalf("holds on what passes: %v", err)
	}
	if _, ok := errors.AsType[*relay.RejectError](err); ok {
		t.Fatalf("rejects on what passes: %v", err)
	}
}

func (d *destinationTest) broken(t *testing.T) {
	for i, f := range []Fault{{Close: true, Times: 1}, {ResetAfter: 300, Times: 1}, {ResetAfter: 20000, Times: 1}} {
		d.siem.Set(f)
		d.until(t, Events(i*1000, 500), Events(i*1000+500, 500))
		d.wantNumbers(t, i*1000, 1000)
	}
}

func (d *destinationTest) refused(t *testing.T) {
	d.send(t, Events(0, 10))
	d.siem.Set(Fault{Refuse: true})
	var err error
	for err == nil { // a stream's first bytes may still fit into the kernel's buffer
		err = d.dest.Send(d.ctx, Events(10, 10))
		time.Sleep(5 * time.Millisecond)
	}
	if d.ctx.Err() != nil {
		t.Fatal("Send to a closed port returned nil")
	}
	wantRetry(t, err)
	d.siem.Heal()
	d.until(t, Events(0, 10), Events(10, 10))
	d.wantNumbers(t, 0, 20)
}

func (d *destinationTest) cancelled(t *testing.T) {
	d.siem.Set(Fault{Hang: true})
	ctx, cancel := context.WithTimeout(d.ctx, 50*time.Millisecond)
	defer cancel()
	var err error
	for err == nil { // until the kernel's buffers are full, where there is no answer to wait for
		err = d.dest.Send(ctx, Events(0, 4000))
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's error", err)
	}
	if d.ctx.Err() != nil {
		t.Errorf("Send did not end with its context")
	}
}
