package relaytest

import (
	"crypto/md5"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// receive waits for messages.
func (s *SQS) receive(r *http.Request, q *sqsQueue, in sqsInput) (object, *sqsError) {
	s.data.Lock()
	most, visibility, wait := 1, q.Visibility, time.Duration(0)
	s.data.Unlock()
	if in.MaxNumberOfMessages != nil {
		most = *in.MaxNumberOfMessages
	}
	if in.VisibilityTimeout != nil {
		visibility = time.Duration(*in.VisibilityTimeout) * time.Second
	}
	if in.WaitTimeSeconds != nil {
		wait = time.Duration(*in.WaitTimeSeconds) * time.Second
	}
	switch {
	case most < 1 || most > 10:
		return nil, sqsRefusal("InvalidParameterValue", "Value "+strconv.Itoa(most)+" for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.")
	case wait < 0 || wait > 20*time.Second:
		return nil, sqsRefusal("InvalidParameterValue", "Value for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.")
	case visibility < 0 || visibility > maxHidden:
		return nil, sqsRefusal("InvalidParameterValue", "Value for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200, if provided.")
	}
	if s.Wait > 0 {
		wait = min(wait, s.Wait)
	}
	deadline := time.NewTimer(wait)
	defer deadline.Stop()
	for {
		s.data.Lock()
		got, next := q.take(most, visibility, s.now(), s.queues[q.DeadLetters])
		changed := s.changed
		s.data.Unlock()
		if len(got) > 0 {
			return object{"Messages": shown(got, in)}, nil
		}
		again := time.NewTimer(next)
		select {
		case <-changed:
		case <-again.C:
		case <-deadline.C:
			again.Stop()
			return object{}, nil
		case <-r.Context().Done():
			again.Stop()
			return object{}, nil
		case <-s.ctx.Done():
			again.Stop()
			return object{}, nil
		}
		again.Stop()
	}
}

// shown are messages as an answer has them, with the attributes that were asked for.
func shown(messages []*sqsMessage, in sqsInput) []object {
	var all []object
	for _, m := range messages {
		attributes := object{}
		for name, value := range map[string]string{
			"ApproximateReceiveCount": strconv.Itoa(m.receives), "SentTimestamp": strconv.FormatInt(m.sent.UnixMilli(), 10),
		} {
			if slices.Contains(in.System, name) || slices.Contains(in.System, "All") || slices.Contains(in.AttributeNames, name) {
				attributes[name] = value
			}
		}
		all = append(all, object{"MessageId": m.id, "ReceiptHandle": m.handle(), "Body": m.body, "MD5OfBody": m.md5(), "Attributes": attributes})
	}
	return all
}

func (m *sqsMessage) md5() string {
	sum := md5.Sum([]byte(m.body))
	return hex.EncodeToString(sum[:])
}
