package syslog

import (
	"strconv"

	"logrelay/relay"
)

// keepBack is what shed leaves of a frame, so that its end can still be told from its content.
const keepBack = 32

// maxPartMeta is more than the attributes of a part take, in bytes.
const maxPartMeta = 64

// last appends the end of a frame: all of it, as a rule. Carry is empty afterwards.
func (f *framer) last(raw []byte, flags relay.Flag) error {
	for len(raw) > f.max {
		if err := f.appendPart(raw[:f.max], flags|relay.FlagMore); err != nil {
			return err
		}
		raw = raw[f.max:]
	}
	f.carry = f.carry[:0]
	switch {
	case f.part > 0:
		err := f.appendPart(raw, flags)
		f.part = 0
		return err
	case len(raw) == 0:
		return nil
	}
	return f.append(raw, nil, flags)
}

// cut appends the next max bytes of an over-long frame, from carry and p[i:], as a part.
func (f *framer) cut(p []byte, i int, flags relay.Flag) (int, error) {
	n := f.max - len(f.carry)
	if n <= 0 { // carry holds a little more than max
		err := f.appendPart(f.carry[:f.max], flags|relay.FlagMore)
		f.carry = f.carry[:copy(f.carry, f.carry[f.max:])]
		return i, err
	}
	part := p[i : i+n]
	if len(f.carry) > 0 {
		f.carry = append(f.carry, part...)
		part = f.carry
	}
	err := f.appendPart(part, flags|relay.FlagMore)
	f.carry = f.carry[:0]
	return i + n, err
}

// appendPart appends a part of an over-long message; FlagMore says that it is not the last.
func (f *framer) appendPart(raw []byte, flags relay.Flag) error {
	if f.part++; f.part == 1 {
		f.group++
	} else {
		flags |= relay.FlagContinued
	}
	f.parts++
	f.meta = relay.AppendMeta(f.meta[:0], relay.AttrPart,
		strconv.FormatUint(f.group, 10)+":"+strconv.FormatUint(f.part, 10))
	return f.append(raw, f.meta, flags)
}

// append appends a record, making room for it when the batch is full.
func (f *framer) append(raw, meta []byte, flags relay.Flag) error {
	f.records++
	for !f.out.AppendMeta(raw, meta, f.now, flags) {
		if err := f.full(); err != nil {
			return err
		}
	}
	return nil
}

// pending reports whether a frame has begun and not ended.
func (f *framer) pending() bool { return f.mode != modeStart || len(f.carry) > 0 }

// end appends what is there of a frame that will not be completed. The framer is between two frames afterwards.
func (f *framer) end() error {
	if !f.pending() {
		return nil
	}
	flags := relay.FlagTruncated
	if f.mode == modeGarbage {
		flags |= relay.FlagResync
	}
	f.mode, f.counted = modeStart, false
	f.truncated++
	return f.last(f.carry, flags)
}

// resumable reports whether bytes that come after end can be understood: the rest of a line can, the rest of a counted frame cannot.
func (f *framer) resumable() bool { return f.mode == modeLine || f.mode == modeStart }

// shed appends most of an incomplete frame as a part, so that it need not be kept in memory.
func (f *framer) shed() error {
	n := len(f.carry) - keepBack
	if n <= 0 || f.mode == modeStart {
		return nil
	}
	var flags relay.Flag
	if f.mode == modeGarbage {
		flags = relay.FlagResync
		f.blind = max(f.blind-n, 0)
	}
	for at := 0; at < n; {
		size := min(n-at, f.max)
		if err := f.appendPart(f.carry[at:at+size], flags|relay.FlagMore); err != nil {
			return err
		}
		at += size
	}
	f.need -= n
	f.carry = append([]byte(nil), f.carry[n:]...)
	return nil
}
