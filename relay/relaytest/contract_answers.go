package relaytest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"logrelay/relay"
)

func (d *destinationTest) certificate(t *testing.T) {
	if d.Plain {
		t.Skip("no TLS")
	}
	for name, cert := range map[string]tls.Certificate{
		"wrong host": d.ca.WrongHost(), "expired": d.ca.Expired(), "unknown CA": NewCA().Server(),
	} {
		d.siem.Set(Fault{Certificate: &cert})
		err := d.dest.Send(d.ctx, Events(0, 1))
		hold, ok := errors.AsType[*relay.HoldError](err)
		if !ok {
			t.Errorf("%s: got %v, want a HoldError", name, err)
		} else if hold.Hint == "" && relay.HintOf(err) == "" {
			t.Errorf("%s: no hint with %q", name, err)
		}
	}
	d.siem.Heal()
	d.send(t, Events(0, 1))
	d.finish(t)
	d.wantNumbers(t, 0, 1)
}

func (d *destinationTest) blocks(t *testing.T) {
	if d.stream != nil {
		t.Skip("the protocol has no answer")
	}
	d.siem.Set(Fault{Hang: true})
	var wg sync.WaitGroup
	done := make(chan error, 1)
	wg.Go(func() { done <- d.dest.Send(d.ctx, Events(0, 1)) })
	defer wg.Wait()
	select {
	case err := <-done:
		t.Errorf("Send returned %v before the far end answered", err)
	case <-time.After(50 * time.Millisecond):
	}
	d.siem.Heal()
	if err := <-done; err != nil {
		t.Errorf("Send: %v", err)
	}
}

func (d *destinationTest) statuses(t *testing.T) {
	if !d.HTTP {
		t.Skip("no HTTP")
	}
	for _, c := range []struct {
		status int
		after  string
		want   string
	}{
		{500, "", "retry"}, {502, "", "retry"}, {503, "7", "retry after 7s"}, {429, "7", "retry after 7s"}, {408, "", "retry"},
		{401, "", "hold"}, {403, "", "hold"}, {400, "", "reject []"}, {413, "", "reject []"},
	} {
		d.siem.Set(Fault{Status: c.status, RetryAfter: c.after})
		err := d.dest.Send(d.ctx, Events(0, 2))
		if got := Verdict(err); got != c.want {
			t.Errorf("%d: %s (%v), want %s", c.status, got, err, c.want)
		}
	}
	d.siem.Heal()
	d.send(t, Events(0, 2))
}

// Verdict says in words what the pump would do about an error of Send: "delivered", "retry", "retry after 7s", "hold", "reject [2]", "[0 1] reject [2]".
func Verdict(err error) string {
	if err == nil {
		return "delivered"
	}
	if p, ok := errors.AsType[*relay.PartialError](err); ok {
		return fmt.Sprint(p.Delivered, " ", Verdict(p.Err))
	}
	if r, ok := errors.AsType[*relay.RejectError](err); ok {
		return fmt.Sprint("reject ", r.Events)
	}
	if _, ok := errors.AsType[*relay.HoldError](err); ok {
		return "hold"
	}
	if r, ok := errors.AsType[*relay.RetryError](err); ok && r.After > 0 {
		return "retry after " + r.After.String()
	}
	return "retry"
}

func (d *destinationTest) rejected(t *testing.T) {
	if !d.HTTP {
		t.Skip("no HTTP")
	}
	d.siem.Set(Fault{Reject: func(b []byte) bool { seq, _ := Sequence(b); return seq == 3 }})
	err := d.dest.Send(d.ctx, Events(0, 6))
	reject, ok := errors.AsType[*relay.RejectError](err)
	if !ok {
		t.Fatalf("got %v, want a RejectError", err)
	}
	if len(reject.Events) > 0 && (len(reject.Events) != 1 || reject.Events[0] != 3) {
		t.Errorf("events %v are said to be guilty, event 3 is", reject.Events)
	}
	if p, ok := errors.AsType[*relay.PartialError](err); ok {
		if uint64(len(p.Delivered)) != d.siem.Stats().Records {
			t.Errorf("%v said to be delivered, %d arrived", p.Delivered, d.siem.Stats().Records)
		}
	} else if n := d.siem.Stats().Records; n > 0 {
		t.Errorf("%d events arrived and the error does not say so", n)
	}
	if err := d.dest.Send(d.ctx, Events(3, 1)); !strings.HasPrefix(Verdict(err), "reject") {
		t.Errorf("the guilty event alone: %v", err)
	}
	d.send(t, Events(4, 2))
}

func (d *destinationTest) lost(t *testing.T) {
	if !d.HTTP {
		t.Skip("no HTTP")
	}
	d.siem.Set(Fault{Lose: true, Times: 1})
	if d.until(t, Events(0, 10)) == 0 {
		t.Error("Send returned nil without an answer")
	}
	d.wantNumbers(t, 0, 10)
}

func (d *destinationTest) concurrent(t *testing.T) {
	if d.stream != nil {
		t.Skip("a stream is for one goroutine")
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range 5 {
				if err := d.dest.Send(d.ctx, Events(i*100+j*10, 10)); err != nil {
					t.Errorf("Send: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if n := d.siem.Stats().Records; n != 200 {
		t.Errorf("%d of 200 events arrived", n)
	}
}
