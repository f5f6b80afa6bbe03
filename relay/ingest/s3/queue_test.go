package s3

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// memQueue is an SQS queue in memory: receipt handles, visibility, receive counts, redrive, groups of FIFO queues, failures of single entries, and the
// limit of 12 hours, as SQS documents them.
type memQueue struct {
	fifo    bool
	redrive int // receipts after which a message goes to the dead-letter queue; 0: there is none

	// Faults; nil means none.
	onReceive func() error
	onDelete  func(id string) error // of an entry
	onHide    func(id string) error
	onPolicy  func() error

	mu       sync.Mutex
	messages []*queued
	changed  chan struct{}
	n        int
	tallies
}

// tallies is what a queue saw so far.
type tallies struct {
	dead                    []string // bodies in the dead-letter queue
	receipts, lapsed, shown int      // lapsed: visibility ended by itself; shown: at once, on purpose
	delays                  []time.Duration
	asked                   []int // limits of Receive
}

func (q *memQueue) seen() tallies {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.tallies
	s.dead, s.delays, s.asked = slices.Clone(s.dead), slices.Clone(s.delays), slices.Clone(s.asked)
	return s
}

type queued struct {
	id, body, group string
	sent            time.Time
	visible         time.Time // from when on
	receives        int
	received        time.Time
	handle          string
	given           bool // shown again on purpose
}

func (q *memQueue) send(bodies ...string) {
	for _, b := range bodies {
		q.sendGroup("", b)
	}
}

func (q *memQueue) sendGroup(group, body string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.n++
	q.messages = append(q.messages, &queued{id: fmt.Sprint("m", q.n), body: body, group: group, sent: time.Now(), visible: time.Now()})
	q.notify()
}

// notify is called with q.mu held.
func (q *memQueue) notify() {
	if q.changed != nil {
		close(q.changed)
	}
	q.changed = make(chan struct{})
}

// left returns how many messages are on the queue, in flight or not.
func (q *memQueue) left() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.messages)
}

func (q *memQueue) Receive(ctx context.Context, limit int, visibility time.Duration) ([]Message, error) {
	if limit < 1 || limit > 10 {
		panic(fmt.Sprint("Receive of ", limit))
	}
	poll := time.NewTimer(20 * time.Second)
	defer poll.Stop()
	q.mu.Lock()
	q.asked = append(q.asked, limit)
	q.mu.Unlock()
	for {
		if q.onReceive != nil {
			if err := q.onReceive(); err != nil {
				return nil, err
			}
		}
		q.mu.Lock()
		got, next := q.take(limit, visibility)
		if q.changed == nil {
			q.notify()
		}
		changed := q.changed
		q.mu.Unlock()
		if len(got) > 0 {
			return got, nil
		}
		again := time.NewTimer(next)
		select {
		case <-ctx.Done():
			again.Stop()
			return nil, ctx.Err()
		case <-poll.C:
			again.Stop()
			return nil, nil
		case <-changed:
		case <-again.C:
		}
		again.Stop()
	}
}

// take takes visible messages, and says when the next becomes visible.
func (q *memQueue) take(limit int, visibility time.Duration) (got []Message, next time.Duration) {
	now := time.Now()
	next = time.Hour
	busy := map[string]bool{}
	for i := 0; i < len(q.messages); i++ {
		m := q.messages[i]
		if m.visible.After(now) {
			next = min(next, m.visible.Sub(now))
			busy[m.group] = q.fifo
			continue
		}
		if busy[m.group] || len(got) == limit {
			continue
		}
		if m.receives > 0 && !m.given {
			q.lapsed++
		}
		if q.redrive > 0 && m.receives >= q.redrive {
			q.dead = append(q.dead, m.body)
			q.messages = append(q.messages[:i], q.messages[i+1:]...)
			i--
			continue
		}
		m.receives++
		q.receipts++
		m.given, m.received, m.visible = false, now, now.Add(visibility)
		m.handle = fmt.Sprint(m.id, "#", m.receives)
		got = append(got, Message{ID: m.id, Handle: m.handle, Body: m.body, Receives: m.receives, Sent: m.sent})
	}
	return got, next
}

func (q *memQueue) find(handle string) (int, *queued) {
	for i, m := range q.messages {
		if m.handle == handle {
			return i, m
		}
	}
	return -1, nil
}

func gone(action string) error {
	return &Error{Class: Gone, Action: action, Err: errors.New("the receipt handle is no longer good")}
}

func (q *memQueue) Delete(ctx context.Context, handles []string) ([]error, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(handles) < 1 || len(handles) > 10 {
		panic(fmt.Sprint("Delete of ", len(handles)))
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	each := make([]error, len(handles))
	for i, h := range handles {
		at, m := q.find(h)
		switch {
		case m == nil: // an old handle: FIFO queues say so, standard ones do nothing
			if q.fifo {
				each[i] = gone("sqs:DeleteMessage")
			}
		case q.fifo && !m.visible.After(time.Now()):
			each[i] = gone("sqs:DeleteMessage")
		case q.onDelete != nil && q.onDelete(m.id) != nil:
			each[i] = q.onDelete(m.id)
		default:
			q.messages = append(q.messages[:at], q.messages[at+1:]...)
		}
	}
	q.notify()
	return each, nil
}

func (q *memQueue) Hide(ctx context.Context, changes []Hiding) ([]error, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(changes) < 1 || len(changes) > 10 {
		panic(fmt.Sprint("Hide of ", len(changes)))
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	each := make([]error, len(changes))
	now := time.Now()
	for i, c := range changes {
		_, m := q.find(c.Handle)
		switch {
		case m == nil || !m.visible.After(now):
			each[i] = gone("sqs:ChangeMessageVisibility")
		case q.onHide != nil && q.onHide(m.id) != nil:
			each[i] = q.onHide(m.id)
		case c.For < 0 || now.Add(c.For).Sub(m.received) > 12*time.Hour:
			each[i] = &Error{Action: "sqs:ChangeMessageVisibility", Err: fmt.Errorf("%s from now is more than 12 hours after the receipt", c.For)}
		default:
			if m.visible = now.Add(c.For); c.For == 0 {
				q.shown++
			}
			// Not the timeout that extending asks for: given back.
			if m.given = c.For != testVisibility; m.given {
				q.delays = append(q.delays, c.For)
			}
		}
	}
	q.notify()
	return each, nil
}

func (q *memQueue) Redrives(context.Context) (bool, error) {
	if q.onPolicy != nil {
		if err := q.onPolicy(); err != nil {
			return false, err
		}
	}
	return q.redrive > 0, nil
}
