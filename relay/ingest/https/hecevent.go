package https

import (
	"bytes"
	"io"
	"math"
	"strconv"

	"logrelay/relay"
	"logrelay/relay/ingest"
)

// hecEvents cuts HEC event envelopes: JSON objects back to back. A record is the event: the text of a string, any other value as it
// stands. It ends before the first bad envelope.
type hecEvents struct {
	body  []byte
	pos   int
	limit int
	fixed HECFields

	count int      // good envelopes so far
	bad   *refusal // why it ended before the end of the body
	text  []byte   // of the event: in body or in spare
	spare []byte
	meta  []byte
}

// Verify refuses nothing: what comes before a bad event is stored (Splunk, "Format events for HTTP Event Collector").
func (e *hecEvents) Verify() error { return nil }

// tooLong looks for an event over the record limit, for which nothing is stored.
func (e *hecEvents) tooLong() error {
	if len(e.body) <= e.limit {
		return nil
	}
	ahead := hecEvents{body: e.body, limit: e.limit, fixed: e.fixed}
	var p ingest.Piece
	for {
		if err := ahead.Next(&p); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// Next implements cutter.
func (e *hecEvents) Next(p *ingest.Piece) error {
	for e.pos < len(e.body) && bytes.IndexByte([]byte(" \t\r\n"), e.body[e.pos]) >= 0 {
		e.pos++
	}
	if e.bad != nil || e.pos == len(e.body) {
		return io.EOF
	}
	var v envelope
	m := ingest.ReadObject(e.body, e.pos)
	for name, value, ok := m.Next(); ok; name, value, ok = m.Next() {
		v.set(name, value)
	}
	if m.Err() != nil {
		return e.refuse(hecInvalidFormat, "no event envelope: "+m.Err().Error())
	}
	code := e.read(&v)
	if code != hecSuccess {
		return e.refuse(code, hecTexts[code])
	}
	if len(e.text) > e.limit {
		return &ingest.TooLongError{Offset: e.pos, Limit: e.limit}
	}
	e.pos = m.End()
	e.count++
	*p = ingest.Piece{Raw: e.text, Meta: e.meta}
	return nil
}

func (e *hecEvents) refuse(code int, text string) error {
	e.bad = &refusal{status: 400, reason: "event", text: text, hec: code, event: e.count, hasEvent: true}
	return io.EOF
}

// envelope holds the members of an event envelope, as they stand; nil for those that are missing.
type envelope struct{ time, host, source, sourcetype, index, event, fields []byte }

func (v *envelope) set(name, value []byte) {
	if string(value) == "null" {
		value = nil
	}
	switch string(name) {
	case "time":
		v.time = value
	case "host":
		v.host = value
	case "source":
		v.source = value
	case "sourcetype":
		v.sourcetype = value
	case "index":
		v.index = value
	case "event":
		v.event = value
	case "fields":
		v.fields = value
	}
}

// read sets text and meta, and returns HEC's code.
func (e *hecEvents) read(v *envelope) int {
	if v.event == nil {
		return hecEventRequired
	}
	if e.text = v.event; v.event[0] == '"' {
		if n := min(len(v.event), e.limit); cap(e.spare) < n && bytes.IndexByte(v.event, '\\') >= 0 {
			e.spare = make([]byte, 0, min(2*n, e.limit))
		}
		if text, fits := ingest.UnquoteMax(e.spare, v.event, e.limit); fits { // else the caller sees that it is too long
			e.text = text
		}
		if len(bytes.TrimSpace(e.text)) == 0 {
			return hecEventBlank
		}
	}
	e.meta = e.meta[:0]
	if v.time != nil {
		text := v.time
		fits := true
		if text[0] == '"' {
			text, fits = ingest.UnquoteMax(nil, text, maxTimeText)
			text = bytes.TrimSpace(text)
		}
		at, ok := parseTime(text)
		if !ok || !fits {
			return hecInvalidFormat
		}
		var digits [24]byte
		e.meta = relay.AppendMeta(e.meta, relay.AttrTime, relay.View(strconv.AppendInt(digits[:0], at, 10)))
	}
	ok := e.name(relay.AttrHost, v.host, e.fixed.Host) && e.name(relay.AttrSource, v.source, e.fixed.Source) &&
		e.name(relay.AttrSourcetype, v.sourcetype, e.fixed.Sourcetype) && e.name(relay.AttrIndex, v.index, e.fixed.Index)
	if !ok || len(e.meta) > relay.MaxMeta {
		return hecInvalidFormat
	}
	if len(v.fields) > 0 {
		if len(e.meta)+len(v.fields)+16 > relay.MaxMeta || !flat(v.fields) {
			return hecBadFields
		}
		e.meta = relay.AppendMeta(e.meta, relay.AttrFields, relay.View(v.fields))
	}
	return hecSuccess
}

// name adds a name that the sender chose, unless the token fixes it.
func (e *hecEvents) name(key string, value []byte, fixed string) bool {
	switch {
	case value == nil, fixed != "":
		return true
	case value[0] == '"':
		text, fits := ingest.UnquoteMax(nil, value, relay.MaxMeta)
		if !fits {
			return false
		}
		value = text
	case value[0] == '{' || value[0] == '[':
		return false
	}
	if len(e.meta)+len(value) > relay.MaxMeta {
		return false
	}
	if len(value) > 0 {
		e.meta = relay.AppendMeta(e.meta, key, relay.View(value))
	}
	return true
}

// flat reports whether fields is an object of scalars and of arrays of scalars.
func flat(fields []byte) bool {
	if fields[0] != '{' {
		return false
	}
	m := ingest.ReadObject(fields, 0)
	for _, value, ok := m.Next(); ok; _, value, ok = m.Next() {
		switch value[0] {
		case '{':
			return false
		case '[':
			s := ingest.NewSplitter(value, ingest.SplitOptions{Format: ingest.FormatJSON})
			var p ingest.Piece
			for s.Next(&p) == nil {
				if p.Raw[0] == '{' || p.Raw[0] == '[' {
					return false
				}
			}
		}
	}
	return true
}

// parseTime reads epoch seconds, exactly: digits, perhaps a point and digits, or a number with an exponent. Numbers too large for seconds are milliseconds.
func parseTime(s []byte) (nanos int64, ok bool) {
	if len(s) == 0 || len(s) > maxTimeText {
		return 0, false
	}
	whole, frac, _ := bytes.Cut(s, []byte("."))
	n, err := strconv.ParseInt(relay.View(whole), 10, 64)
	if err != nil || !digits(frac) {
		f, err := strconv.ParseFloat(relay.View(s), 64)
		if err != nil || math.IsNaN(f) || math.Abs(f) >= maxSeconds {
			return 0, false
		}
		return int64(f * 1e9), true
	}
	unit := int64(1e9)
	if n >= 1e11 {
		unit = 1e6
	}
	if n >= math.MaxInt64/unit || n <= -maxSeconds {
		return 0, false
	}
	nanos = n * unit
	for _, c := range frac {
		if unit /= 10; whole[0] == '-' {
			nanos -= int64(c-'0') * unit
		} else {
			nanos += int64(c-'0') * unit
		}
	}
	return nanos, true
}

// maxTimeText bounds the text of a time, in bytes.
const maxTimeText = 64

// maxSeconds bounds times in seconds so that they fit into nanoseconds.
const maxSeconds = 9.2e9

func digits(s []byte) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
