package encode

import (
	"logrelay/relay"
)

// ecsEvent is what the class of an event says for the field set event.
type ecsEvent struct {
	time       int64 // "@timestamp"
	start, end int64
	category   [2]string // of ECS's allowed values; "" for none
	types      [3]string // likewise
	action     string
	lower      bool // action is written in lower case
	provider   string
	severity   relay.Number
	url        string
	reason     string
	alert      bool
	risk       relay.Number
}

// head begins an event: time, schema, and the field set event.
func (o ecs) head(dst []byte, e *relay.Event, c *relay.Common, ev *ecsEvent) []byte {
	dst = append(dst, `{"@timestamp":"`...)
	at := len(dst)
	dst = ecsTime(dst, ev.time)
	end := len(dst)
	switch {
	case e.Fault.Reason != relay.FaultNone:
		dst = append(dst, `","ecs":{"version":"`+ecsVersion+`"},"event":{"kind":"pipeline_error"`...)
	case ev.alert:
		dst = append(dst, `","ecs":{"version":"`+ecsVersion+`"},"event":{"kind":"alert"`...)
	default:
		dst = append(dst, `","ecs":{"version":"`+ecsVersion+`"},"event":{"kind":"event"`...)
	}
	dst = ecsWords(dst, `,"category":[`, ev.category[:])
	dst = ecsWords(dst, `,"type":[`, ev.types[:])
	switch c.Status {
	case relay.StatusSuccess:
		dst = append(dst, `,"outcome":"success"`...)
	case relay.StatusFailure:
		dst = append(dst, `,"outcome":"failure"`...)
	}
	if ev.lower {
		dst = memberLower(dst, `,"action":"`, ev.action)
	} else {
		dst = member(dst, `,"action":"`, ev.action)
	}
	id := c.EventID
	if id == "" && hasAttrs(e.Record) {
		id = attr(e.Record, relay.AttrID)
	}
	dst = member(dst, `,"id":"`, id)
	if e.Kind != relay.KindCloudTrail { // whose event types are no codes: aws.cloudtrail.event_type
		dst = member(dst, `,"code":"`, c.EventCode)
	}
	switch {
	case ev.severity.Set:
		dst = memberNumber(dst, `,"severity":`, ev.severity)
	case c.Severity != relay.SeverityUnset:
		dst = appendInt(append(dst, `,"severity":`...), int64(c.Severity))
	}
	dst = ecsMemberTime(dst, `,"start":"`, ev.start)
	switch {
	case ev.end == ev.time && ev.end != 0:
		dst = append(append(dst, `,"end":"`...), dst[at:end]...)
		dst = append(dst, '"')
	default:
		dst = ecsMemberTime(dst, `,"end":"`, ev.end)
	}
	if ev.start != 0 && ev.end >= ev.start {
		dst = appendInt(append(dst, `,"duration":`...), ev.end-ev.start)
	}
	dst = ecsTime(append(dst, `,"created":"`...), e.Record.Received)
	dst = append(append(dst, '"'), ecsKindOf(e.Kind).event...)
	dst = member(dst, `,"provider":"`, ev.provider)
	dst = member(dst, `,"reason":"`, ev.reason)
	dst = member(dst, `,"url":"`, ev.url)
	dst = memberNumber(dst, `,"risk_score":`, ev.risk)
	if o.Raw || e.Fault.Reason != relay.FaultNone {
		dst = member(dst, `,"original":"`, relay.View(e.Record.Raw))
	}
	return append(dst, '}')
}

// ecsTime appends a time with at least milliseconds.
func ecsTime(dst []byte, ns int64) []byte {
	dst = appendTime(dst, ns)
	if ns%1e9 == 0 {
		dst = append(dst[:len(dst)-1], ".000Z"...)
	}
	return dst
}

// ecsMemberTime is member for times.
func ecsMemberTime(dst []byte, key string, ns int64) []byte {
	if ns == 0 {
		return dst
	}
	return append(ecsTime(append(dst, key...), ns), '"')
}

// ecsWords appends an array of words of ours, key being `,"name":[`.
func ecsWords(dst []byte, key string, words []string) []byte {
	at := len(dst)
	dst = append(dst, key...)
	n := len(dst)
	for _, w := range words {
		if w != "" {
			dst = append(append(append(dst, '"'), w...), '"', ',')
		}
	}
	if len(dst) == n {
		return dst[:at]
	}
	dst[len(dst)-1] = ']'
	return dst
}

// memberLower is member with the value in lower case, as far as it is ASCII.
func memberLower(dst []byte, key, v string) []byte {
	at := len(dst) + len(key)
	dst = member(dst, key, v)
	for i := at; i < len(dst); i++ {
		if isUpper(dst[i]) {
			dst[i] |= 0x20
		}
	}
	return dst
}

// judged returns the words that event.type has for a verdict; "" where no control had a say, or none of the two.
func judged(v *relay.Verdict) string {
	switch {
	case !v.Present:
	case v.Action == relay.ActionAllowed:
		return "allowed"
	case v.Action == relay.ActionDenied:
		return "denied"
	}
	return ""
}
