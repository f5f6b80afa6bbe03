package ingest

import (
	"bytes"
	"strconv"

	"logrelay/relay"
)

// envelope is the list inside an envelope that was opened. Its bytes are checked.
type envelope struct {
	kind envelopeKind
	list []byte // the array, brackets included
	pos  int    // of the next element, or of what stands before it
	at   int    // offset of list in the body
	end  int    // offset in the body of what follows the envelope
}

type envelopeKind uint8

const (
	envNone    envelopeKind = iota
	envRecords              // CloudTrail: {"Records":[...]}
	envEvents               // CloudWatch Logs: {"messageType":...,"logEvents":[...]}
)

// maxEnvelopeName bounds owner, log group and log stream. AWS allows 512 characters.
const maxEnvelopeName = 2048

// openEnvelope opens the object at start when it is an envelope: it looks at the first name only, then at the whole.
func (s *Splitter) openEnvelope(start int) (bool, error) {
	name := firstName(s.body, start)
	if !envelopeName(name) {
		return false, nil
	}
	var e envelope
	var ctx *Context
	var err error
	if string(name) == "Records" {
		e, err = readRecords(s.body, start)
	} else {
		e, ctx, err = readSubscription(s.body, start)
	}
	if err != nil || e.kind == envNone {
		return false, err
	}
	s.env, s.context = e, ctx
	return true, nil
}

// envelopeName reports whether an object that has a member of that name may be an envelope.
func envelopeName(name []byte) bool {
	switch string(name) {
	case "Records", "messageType", "owner", "logGroup", "logStream", "subscriptionFilters", "logEvents":
		return true
	}
	return false
}

// firstName returns the first name of the object at b[i], as it stands.
func firstName(b []byte, i int) []byte {
	if i = skipSpace(b, i+1); i >= len(b) || b[i] != '"' {
		return nil
	}
	n := bytes.IndexByte(b[i+1:min(len(b), i+32)], '"')
	if n < 0 {
		return nil
	}
	return b[i+1 : i+1+n]
}

// readRecords reads an object that has Records, an array, and nothing else.
func readRecords(b []byte, start int) (envelope, error) {
	m := ReadObject(b, start)
	_, list, ok := m.Next()
	if !ok || list[0] != '[' {
		return envelope{}, m.Err()
	}
	at := m.valueAt
	if _, _, more := m.Next(); more || m.Err() != nil {
		return envelope{}, m.Err()
	}
	return envelope{kind: envRecords, list: list, pos: 1, at: at, end: m.End()}, nil
}

// readSubscription reads a CloudWatch Logs subscription message (CloudWatch Logs user guide, "Real-time processing of log
// data with subscriptions"). Control messages give an empty list.
func readSubscription(b []byte, start int) (envelope, *Context, error) {
	var head subscription
	e := envelope{}
	m := ReadObject(b, start)
	for name, value, ok := m.Next(); ok; name, value, ok = m.Next() {
		if head.take(name, value); string(name) == "logEvents" {
			e.list, e.at = value, m.valueAt
		}
	}
	if m.Err() != nil {
		return envelope{}, nil, m.Err()
	}
	e.end, e.pos = m.End(), 1
	if len(e.list) == 0 || e.list[0] != '[' || !head.complete() {
		return envelope{}, nil, nil
	}
	switch string(head.kind) {
	case "DATA_MESSAGE":
		e.kind = envEvents
	case "CONTROL_MESSAGE":
		e.kind, e.list = envEvents, []byte("[]")
	default:
		return envelope{}, nil, nil
	}
	return e, head.context(), nil
}

// subscription is what a subscription message says beside its events.
type subscription struct{ kind, owner, group, stream []byte }

func (h *subscription) take(name, value []byte) {
	switch string(name) {
	case "messageType":
		h.kind = shortString(value)
	case "owner":
		h.owner = shortString(value)
	case "logGroup":
		h.group = shortString(value)
	case "logStream":
		h.stream = shortString(value)
	}
}

func (h *subscription) complete() bool { return h.owner != nil && h.group != nil && h.stream != nil }

func (h *subscription) context() *Context {
	return &Context{Attrs: []relay.Attr{
		{Key: relay.AttrOwner, Value: string(h.owner)},
		{Key: relay.AttrLogGroup, Value: string(h.group)},
		{Key: relay.AttrLogStream, Value: string(h.stream)},
	}}
}

// shortString returns the text of a JSON string of bounded length, or nil.
func shortString(v []byte) []byte {
	if v[0] != '"' || len(v) > maxEnvelopeName {
		return nil
	}
	return Unquote(nil, v)
}

// nextInEnvelope cuts the next record of the open envelope. False: the envelope has ended, or an event had no text.
func (s *Splitter) nextInEnvelope(p *Piece) (bool, error) {
	e := &s.env
	e.pos = skipSpace(e.list, e.pos)
	if e.list[e.pos] == ',' {
		e.pos = skipSpace(e.list, e.pos+1)
	}
	if e.list[e.pos] == ']' {
		s.pos = e.end
		s.env, s.context = envelope{}, nil
		return false, nil
	}
	start := e.pos
	end, err := ScanValue(e.list, start)
	if err != nil {
		panic("BUG: an envelope that was checked is broken: " + err.Error())
	}
	value := e.list[start:end]
	if e.kind == envEvents {
		text, meta, ok, fits := s.logEvent(value)
		switch {
		case !fits:
			return false, &TooLongError{e.at + start, s.maxMessage()}
		case ok:
			e.pos = end
			if len(text) == 0 {
				return false, nil
			}
			s.emitText(p, text, meta)
			return true, nil
		}
	}
	if len(value) > s.opt.MaxRecord {
		return false, &TooLongError{e.at + start, s.opt.MaxRecord}
	}
	e.pos = end
	*p = Piece{Raw: value, Context: s.context}
	return true, nil
}

// longMessage is the longest message of a CloudWatch Logs event that is taken although it is longer than a record may be, in parts. AWS
// allows 1 MiB.
const longMessage = 4 << 20

func (s *Splitter) maxMessage() int { return max(s.opt.MaxRecord, longMessage) }

// logEvent returns the message of a CloudWatch Logs event, and its id, time and extracted fields as attributes. Not ok: it
// is no such event, and is a record as it stands. It does not fit: the message is longer than maxMessage.
func (s *Splitter) logEvent(value []byte) (text, meta []byte, ok, fits bool) {
	if value[0] != '{' {
		return nil, nil, false, true
	}
	var message, id, stamp, fields []byte
	m := ReadObject(value, 0)
	for name, v, more := m.Next(); more; name, v, more = m.Next() {
		switch string(name) {
		case "message":
			message = v
		case "id":
			id = v
		case "timestamp":
			stamp = v
		case "extractedFields":
			fields = v
		}
	}
	if len(message) == 0 || message[0] != '"' {
		return nil, nil, false, true
	}
	s.spare = ensure(s.spare, min(len(message), s.maxMessage()))
	if text, fits = UnquoteMax(s.spare, message, s.maxMessage()); !fits {
		return nil, nil, true, false
	}
	meta = s.meta[:0]
	if ms, err := strconv.ParseInt(relay.View(stamp), 10, 64); err == nil && ms > -maxMillis && ms < maxMillis {
		meta = relay.AppendMeta(meta, relay.AttrTime, relay.View(strconv.AppendInt(make([]byte, 0, 24), ms*1e6, 10)))
	}
	if len(id) > 2 && id[0] == '"' && len(id) <= maxEnvelopeName {
		meta = relay.AppendMeta(meta, relay.AttrID, relay.View(Unquote(nil, id)))
	}
	if len(fields) > 2 && fields[0] == '{' && len(fields) <= relay.MaxMeta-2*maxEnvelopeName {
		meta = relay.AppendMeta(meta, relay.AttrFields, relay.View(fields))
	}
	s.meta = meta
	return text, meta, true, true
}

// maxMillis bounds times in milliseconds so that they fit into nanoseconds.
const maxMillis = 9e12

// ensure returns memory for n bytes, reusing b.
func ensure(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, 0, n)
	}
	return b[:0]
}
