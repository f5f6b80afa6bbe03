package relaytest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sqsQueue is a queue with its messages, oldest first. SQS.data guards it.
type sqsQueue struct {
	SQSQueue
	name     string
	fifo     bool
	messages []*sqsMessage
	sent     int
}

type sqsMessage struct {
	id, body, group string
	sent            time.Time
	receives        int
	received        time.Time // the last time
	hidden          time.Time // visible from then on
}

// handle is the receipt handle of the last receipt.
func (m *sqsMessage) handle() string { return m.id + "#" + strconv.Itoa(m.receives) }

func (q *sqsQueue) send(body, group string, now time.Time) *sqsMessage {
	q.sent++
	m := &sqsMessage{id: fmt.Sprintf("%08x-0000-4000-8000-%s", q.sent, q.name), body: body, group: group, sent: now}
	q.messages = append(q.messages, m)
	return m
}

// take receives messages, and says after how long the next one becomes visible.
func (q *sqsQueue) take(most int, visibility time.Duration, now time.Time, dead *sqsQueue) ([]*sqsMessage, time.Duration) {
	var got []*sqsMessage
	next := time.Hour
	blocked := map[string]bool{} // groups of a FIFO queue with a message in flight
	keep := q.messages[:0:0]
	for _, m := range q.messages {
		wait := m.hidden.Sub(now)
		switch {
		case wait > 0:
			next = min(next, wait)
			blocked[m.group] = true
		case len(got) == most || q.fifo && blocked[m.group]:
		case dead != nil && m.receives >= q.MaxReceives:
			dead.messages = append(dead.messages, m)
			continue
		default:
			m.receives++
			m.received, m.hidden = now, now.Add(visibility)
			got = append(got, m)
		}
		keep = append(keep, m)
	}
	q.messages = keep
	return got, next
}

// find returns the message of a receipt handle and whether the handle is of its last receipt. A handle that never was one is refused.
func (q *sqsQueue) find(handle string) (m *sqsMessage, last bool, refusal *sqsError) {
	id, receipt, ok := strings.Cut(handle, "#")
	if !ok || !strings.HasSuffix(id, "-"+q.name) {
		return nil, false, sqsRefusal("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
	}
	i := slices.IndexFunc(q.messages, func(m *sqsMessage) bool { return m.id == id })
	if i < 0 {
		return nil, false, nil
	}
	m = q.messages[i]
	return m, receipt == strconv.Itoa(m.receives), nil
}

// delete with the handle of an earlier receipt does nothing and says nothing, as the API reference of DeleteMessage warns. In a FIFO
// queue a handle is good until its message is shown again.
func (q *sqsQueue) delete(handle string, now time.Time) *sqsError {
	m, last, refusal := q.find(handle)
	if refusal != nil || m == nil {
		return refusal
	}
	if q.fifo && (!last || !m.hidden.After(now)) {
		return sqsRefusal("InvalidParameterValue", "Value "+handle+" for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.")
	}
	if last {
		q.messages = slices.DeleteFunc(q.messages, func(o *sqsMessage) bool { return o == m })
	}
	return nil
}

func (q *sqsQueue) hide(handle string, d time.Duration, now time.Time) *sqsError {
	m, last, refusal := q.find(handle)
	switch {
	case refusal != nil:
		return refusal
	case m == nil || !last || !m.hidden.After(now):
		return sqsRefusal("InvalidParameterValue", "Value "+handle+" for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.")
	case d < 0 || d > maxHidden || now.Add(d).Sub(m.received) > maxHidden:
		return sqsRefusal("InvalidParameterValue", "Value for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].")
	}
	m.hidden = now.Add(d)
	return nil
}
