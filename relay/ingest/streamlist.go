package ingest

// list is the list inside an envelope that is longer than a record, or broken: its elements are cut before its end was seen.
type list struct {
	kind  envelopeKind
	array bool // the envelope stands in an array
}

// maxEnvelopeHead is what an envelope may have before its list at any rate, in bytes.
const maxEnvelopeHead = 16 << 10

// longEvent bounds one event of such a list, in bytes of JSON: room for a message of longMessage and what stands beside it.
const longEvent = longMessage + longMessage/4

// open opens the object at s.pos when it is an envelope. One that is no longer than a record, or maxEnvelopeHead, is looked at whole, like Splitter does.
func (t *Stream) open() (bool, error) {
	s := &t.s
	limit := max(s.opt.MaxRecord, maxEnvelopeHead)
	for t.end == nil && len(t.buf)-s.pos <= limit && skipSpace(t.buf, s.pos+1)+32 > len(t.buf) {
		if err := t.fill(limit + 1); err != nil {
			return false, err
		}
	}
	if !envelopeName(firstName(t.buf, s.pos)) {
		return false, nil
	}
	if err := t.fillTo(limit); err != nil {
		return false, err
	}
	start := s.pos
	s.body = t.buf[:min(len(t.buf), start+limit)]
	if opened, err := s.openEnvelope(start); err == nil {
		if opened {
			s.pos, s.comma = start, true
		}
		return opened, nil
	}
	at, kind, context := findList(s.body, start)
	if kind == envNone {
		return false, nil
	}
	t.list = list{kind, s.array}
	s.pos, s.context, s.array, s.comma = at+1, context, false, false
	return true, nil
}

// findList finds the list of the envelope at b[start], where all that it needs stands before it. The rest of b may be missing or broken.
func findList(b []byte, start int) (at int, kind envelopeKind, context *Context) {
	var head subscription
	for i := start; ; {
		name, v := memberAt(b, i+1)
		if v >= len(b) {
			return 0, envNone, nil
		}
		if b[v] == '[' {
			switch {
			case i == start && string(name) == "Records":
				return v, envRecords, nil
			case string(name) == "logEvents" && string(head.kind) == "DATA_MESSAGE" && head.complete():
				return v, envEvents, head.context()
			}
		}
		end, err := ScanValue(b, v)
		if err != nil {
			return 0, envNone, nil
		}
		head.take(name, b[v:end])
		if i = skipSpace(b, end); i >= len(b) || b[i] != ',' {
			return 0, envNone, nil
		}
	}
}

// memberAt returns the name of the object member at b[i], and where its value starts: len(b) when it does not.
func memberAt(b []byte, i int) (name []byte, value int) {
	if i = skipSpace(b, i); i >= len(b) || b[i] != '"' {
		return nil, len(b)
	}
	end := scanString(b, i+1)
	if end < 0 || end-i > maxName {
		return nil, len(b)
	}
	name = Unquote(nil, b[i:end])
	if i = skipSpace(b, end); i >= len(b) || b[i] != ':' {
		return nil, len(b)
	}
	return name, skipSpace(b, i+1)
}

// nextEvent cuts the event at s.pos. False: it had no text.
func (t *Stream) nextEvent(p *Piece) (bool, error) {
	s := &t.s
	value, err := t.scan(max(s.opt.MaxRecord, longEvent))
	if err != nil {
		return false, err
	}
	s.comma = true
	text, meta, ok, fits := s.logEvent(value)
	switch {
	case ok && fits:
		if len(text) == 0 {
			return false, nil
		}
		s.emitText(p, text, meta)
		return true, nil
	case !fits, len(value) > s.opt.MaxRecord:
		s.pos -= len(value)
		return false, &TooLongError{s.pos, s.maxMessage()}
	}
	*p = Piece{Raw: value, Context: s.context}
	return true, nil
}

// closeList passes over what follows the list up to the end of the envelope: nothing after Records, nothing that matters after logEvents.
func (t *Stream) closeList() error {
	s := &t.s
	for {
		c, err := t.peek(true)
		switch {
		case err != nil:
			return err
		case c == '}':
			s.pos++
			s.array, s.comma, s.context = t.list.array, true, nil
			t.list = list{}
			return nil
		case c != ',':
			return &SyntaxError{s.pos, "neither a comma nor the end of the object"}
		case t.list.kind == envRecords:
			return &SyntaxError{s.pos, "an envelope of Records has other members too"}
		}
		s.pos++
		if c, err = t.peek(true); err != nil {
			return err
		}
		if c != '"' {
			return &SyntaxError{s.pos, "no name of an object member"}
		}
		name, err := t.scan(maxName)
		if err != nil {
			return err
		}
		if n := Unquote(nil, name); string(n) != "subscriptionFilters" && envelopeName(n) {
			return &SyntaxError{s.pos - len(name), "an envelope says after its list what it is"}
		}
		if c, err = t.peek(true); err != nil {
			return err
		}
		if c != ':' {
			return &SyntaxError{s.pos, "no colon after the name of an object member"}
		}
		s.pos++
		if _, err = t.peek(true); err != nil {
			return err
		}
		if _, err := t.scan(s.opt.MaxRecord); err != nil {
			return err
		}
	}
}
