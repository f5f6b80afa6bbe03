package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"logrelay/relay/ingest/s3"
	"logrelay/relay/relaytest"
)

// patience bounds what a test waits for; it is never waited for when all is well.
const patience = 4 * time.Minute

const (
	shown = 11 * time.Second // until what was received, and is hidden for a second less, is visible: no request takes as long
	none  = 2 * time.Second  // what is visible comes sooner
)

// queueWorld is an implementation of SQS to run testQueue against.
type queueWorld struct {
	endpoint string
	keys     Keys
	// make makes a queue and returns its URL. Names are used once.
	make func(t *testing.T, name string, q relaytest.SQSQueue) string
	send func(t *testing.T, url, group string, bodies ...string)
	// pass lets time pass.
	pass func(d time.Duration)
	// lax lists the tests that are not for this implementation: it gets them wrong, or takes too long.
	lax []string
}

func static(k Keys) KeySource { return func() (Keys, error) { return k, nil } }

func newAccess(t *testing.T, o Options) *Access {
	t.Helper()
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	a, err := NewAccess(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

func (w queueWorld) queue(t *testing.T, url string) *Queue {
	t.Helper()
	q, err := newAccess(t, Options{Keys: static(w.keys), SQSEndpoint: w.endpoint}).Queue(url)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

type queueTest struct {
	queueWorld
	ctx  context.Context
	name string
}

// testQueue checks what s3.Queue promises, with a real implementation or a stand-in behind it.
func testQueue(t *testing.T, world func(t *testing.T) queueWorld) {
	tests := map[string]func(*queueTest, *testing.T){
		"receive":        (*queueTest).receive,
		"shown again":    (*queueTest).shownAgain,
		"kept hidden":    (*queueTest).keptHidden,
		"long poll":      (*queueTest).longPoll,
		"cancel":         (*queueTest).cancelled,
		"delete batch":   (*queueTest).deleteBatch,
		"old handle":     (*queueTest).oldHandle,
		"hide too long":  (*queueTest).hideTooLong,
		"redrive":        (*queueTest).redrive,
		"no such queue":  (*queueTest).missing,
		"fifo":           (*queueTest).fifo,
		"bodies as sent": (*queueTest).bodies,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			if slices.Contains(w.lax, name) {
				t.Skip("not for this implementation")
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			t.Cleanup(cancel)
			test(&queueTest{w, ctx, strings.ReplaceAll(name, " ", "-")}, t)
		})
	}
}

// gather receives until there are n messages.
func (c *queueTest) gather(t *testing.T, q *Queue, n int, visibility time.Duration) []s3.Message {
	t.Helper()
	var all []s3.Message
	for len(all) < n {
		got, err := q.Receive(c.ctx, min(10, n-len(all)), visibility)
		if err != nil {
			t.Fatalf("Receive after %d of %d: %v", len(all), n, err)
		}
		if len(got) > n-len(all) {
			t.Fatalf("got %d messages, asked for %d", len(got), n-len(all))
		}
		all = append(all, got...)
	}
	return all
}

// wantNone checks that nothing is visible, without waiting for a whole long poll.
func (c *queueTest) wantNone(t *testing.T, q *Queue) {
	t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, none)
	defer cancel()
	got, err := q.Receive(ctx, 10, time.Minute)
	if len(got) > 0 {
		t.Errorf("%d messages are visible: %q", len(got), got[0].Body)
	} else if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Receive: %v", err)
	}
}

func handles(messages []s3.Message) []string {
	var all []string
	for _, m := range messages {
		all = append(all, m.Handle)
	}
	return all
}

func (c *queueTest) receive(t *testing.T) {
	url := c.make(t, c.name, relaytest.SQSQueue{})
	begun := time.Now()
	c.send(t, url, "", "a", "b", "c")
	q := c.queue(t, url)
	got := c.gather(t, q, 3, time.Minute)
	var bodies []string
	for _, m := range got {
		bodies = append(bodies, m.Body)
		if m.Receives != 1 || m.ID == "" || m.Handle == "" {
			t.Errorf("message %+v", m)
		}
		if m.Sent.Before(begun.Add(-time.Minute)) || m.Sent.After(time.Now().Add(time.Minute)) {
			t.Errorf("sent at %s, it is %s", m.Sent, time.Now())
		}
	}
	slices.Sort(bodies)
	if !slices.Equal(bodies, []string{"a", "b", "c"}) {
		t.Errorf("got %q", bodies)
	}
	c.wantNone(t, q)
}

func (c *queueTest) shownAgain(t *testing.T) {
	url := c.make(t, c.name, relaytest.SQSQueue{})
	c.send(t, url, "", "a")
	q := c.queue(t, url)
	first := c.gather(t, q, 1, time.Hour)[0]
	outcomes, err := q.Hide(c.ctx, []s3.Hiding{{Handle: first.Handle}})
	if err != nil || outcomes[0] != nil {
		t.Fatalf("Hide: %v, %v", outcomes, err)
	}
	second := c.gather(t, q, 1, time.Hour)[0]
	if second.ID != first.ID || second.Receives != 2 || second.Handle == first.Handle {
		t.Errorf("first %+v\nthen %+v", first, second)
	}
}

func (c *queueTest) keptHidden(t *testing.T) {
	url := c.make(t, c.name, relaytest.SQSQueue{})
	c.send(t, url, "", "a", "b")
	q := c.queue(t, url)
	got := c.gather(t, q, 2, shown-time.Second)
	if outcomes, err := q.Hide(c.ctx, []s3.Hiding{{Handle: got[0].Handle, For: time.Hour}}); err != nil || outcomes[0] != nil {
		t.Fatalf("Hide: %v, %v", outcomes, err)
	}
	c.pass(shown)
	again := c.gather(t, q, 1, time.Hour)[0]
	if again.ID != got[1].ID {
		t.Errorf("the message that was kept hidden is shown")
	}
	c.wantNone(t, q)
}

func (c *queueTest) longPoll(t *testing.T) {
	url := c.make(t, c.name, relaytest.SQSQueue{})
	q := c.queue(t, url)
	done := make(chan error, 1)
	go func() {
		for {
			got, err := q.Receive(c.ctx, 10, time.Minute)
			if err != nil || len(got) > 0 {
				done <- err
				return
			}
		}
	}()
	time.Sleep(100 * time.Millisecond) // the receive is likely under way
	c.send(t, url, "", "a")
	if err := <-done; err != nil {
		t.Errorf("Receive: %v", err)
	}
}

func (c *queueTest) cancelled(t *testing.T) {
	q := c.queue(t, c.make(t, c.name, relaytest.SQSQueue{}))
	ctx, cancel := context.WithTimeout(c.ctx, 20*time.Millisecond)
	defer cancel()
	var err error
	for err == nil {
		_, err = q.Receive(ctx, 1, time.Minute)
	}
	if err != context.DeadlineExceeded { //nolint:errorlint // as it is, not wrapped
		t.Errorf("got %v", err)
	}
}

func (c *queueTest) deleteBatch(t *testing.T) {
	url := c.make(t, c.name, relaytest.SQSQueue{})
	var bodies []string
	for i := range 9 {
		bodies = append(bodies, fmt.Sprint("message ", i))
	}
	c.send(t, url, "", bodies...)
	q := c.queue(t, url)
	good := handles(c.gather(t, q, 9, shown-time.Second))
	outcomes, err := q.Delete(c.ctx, append([]string{"not-a-handle"}, good...))
	if err != nil || len(outcomes) != 10 {
		t.Fatalf("Delete: %v, %v", outcomes, err)
	}
	for i, err := range outcomes {
		if (i == 0) != (err != nil) {
			t.Errorf("entry %d: %v", i, err)
		}
	}
	wantClass(t, outcomes[0], s3.Gone)
	c.pass(shown)
	c.wantNone(t, q)
}

func (c *queueTest) oldHandle(t *testing.T) {
	url := c.make(t, c.name, relaytest.SQSQueue{})
	c.send(t, url, "", "a")
	q := c.queue(t, url)
	h := handles(c.gather(t, q, 1, time.Minute))
	if outcomes, err := q.Delete(c.ctx, h); err != nil || outcomes[0] != nil {
		t.Fatalf("Delete: %v, %v", outcomes, err)
	}
	outcomes, err := q.Hide(c.ctx, []s3.Hiding{{Handle: h[0], For: time.Minute}})
	if err != nil {
		t.Fatalf("Hide: %v", err)
	}
	wantClass(t, outcomes[0], s3.Gone)
	if outcomes, err := q.Delete(c.ctx, h); err != nil || outcomes[0] != nil && classOf(outcomes[0]) != s3.Gone {
		t.Errorf("deleting what is deleted: %v, %v", outcomes, err)
	}
}

func (c *queueTest) hideTooLong(t *testing.T) {
	url := c.make(t, c.name, relaytest.SQSQueue{})
	c.send(t, url, "", "a")
	q := c.queue(t, url)
	got := c.gather(t, q, 1, time.Minute)
	c.pass(2 * time.Second)
	outcomes, err := q.Hide(c.ctx, []s3.Hiding{{Handle: got[0].Handle, For: 12 * time.Hour}})
	if err == nil && outcomes[0] == nil {
		t.Errorf("12 hours counted from later than the receipt: %v, %v", outcomes, err)
	}
}

func (c *queueTest) redrive(t *testing.T) {
	dead := c.make(t, c.name+"-dead", relaytest.SQSQueue{})
	url := c.make(t, c.name, relaytest.SQSQueue{DeadLetters: c.name + "-dead", MaxReceives: 2})
	c.send(t, url, "", "bad")
	q := c.queue(t, url)
	for range 2 {
		got := c.gather(t, q, 1, time.Hour)
		if _, err := q.Hide(c.ctx, []s3.Hiding{{Handle: got[0].Handle}}); err != nil {
			t.Fatal(err)
		}
	}
	c.wantNone(t, q)
	d := c.queue(t, dead)
	if got := c.gather(t, d, 1, time.Minute); got[0].Body != "bad" {
		t.Errorf("the dead-letter queue has %q", got[0].Body)
	}
	if redrives, err := q.Redrives(c.ctx); !redrives || err != nil {
		t.Errorf("Redrives: %t, %v", redrives, err)
	}
	if redrives, err := d.Redrives(c.ctx); redrives || err != nil {
		t.Errorf("Redrives of the dead-letter queue: %t, %v", redrives, err)
	}
}

func (c *queueTest) missing(t *testing.T) {
	url := c.make(t, c.name, relaytest.SQSQueue{})
	q := c.queue(t, url+"-not")
	_, err := q.Receive(c.ctx, 1, time.Minute)
	wantClass(t, err, s3.NoQueue)
	_, err = q.Delete(c.ctx, []string{"handle"})
	wantClass(t, err, s3.NoQueue)
	_, err = q.Redrives(c.ctx)
	wantClass(t, err, s3.NoQueue)
}

func (c *queueTest) fifo(t *testing.T) {
	url := c.make(t, c.name+".fifo", relaytest.SQSQueue{})
	c.send(t, url, "one", "1a")
	q := c.queue(t, url)
	first := c.gather(t, q, 1, time.Hour)
	c.send(t, url, "one", "1b")
	c.send(t, url, "two", "2a")
	if got := c.gather(t, q, 1, time.Hour); got[0].Body != "2a" {
		t.Errorf("got %q while its group has one in flight", got[0].Body)
	}
	if outcomes, err := q.Delete(c.ctx, handles(first)); err != nil || outcomes[0] != nil {
		t.Fatalf("Delete: %v, %v", outcomes, err)
	}
	if got := c.gather(t, q, 1, time.Hour); got[0].Body != "1b" {
		t.Errorf("got %q", got[0].Body)
	}
}

func (c *queueTest) bodies(t *testing.T) {
	url := c.make(t, c.name, relaytest.SQSQueue{})
	q := c.queue(t, url)
	for _, body := range []string{
		relaytest.SNS("Amazon S3 Notification", relaytest.S3Event(relaytest.S3Notice{Bucket: "b", Key: "a b+c/é", Size: 3})),
		strings.Repeat(`{"k":"<&> \" ü 𝄞"}`+"\n", 3000), "not json",
	} {
		c.send(t, url, "", body)
		got := c.gather(t, q, 1, time.Hour)
		if got[0].Body != body {
			t.Errorf("%d bytes became %d", len(body), len(got[0].Body))
		}
	}
}

func classOf(err error) s3.Class {
	if e, ok := errors.AsType[*s3.Error](err); ok {
		return e.Class
	}
	return 255
}

// wantClass checks the class of an error.
func wantClass(t *testing.T, err error, want s3.Class) {
	t.Helper()
	e, ok := errors.AsType[*s3.Error](err)
	if !ok {
		t.Errorf("got %v, want an *s3.Error", err)
	} else if e.Class != want {
		t.Errorf("class %s, want %s: %v", e.Class, want, err)
	}
}
