package buffer

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"logrelay/relay"
)

// appendEntry encodes a dead letter as the raw bytes of a record of the store. Origin, received time and flags are those of
// the store's record.
func appendEntry(dst []byte, l *relay.DeadLetter) []byte {
	return appendLetter(append(dst, 'E'), l)
}

// appendRenewal encodes a dead letter that takes the place of entry number: it was refused again, with another answer.
func appendRenewal(dst []byte, number uint64, l *relay.DeadLetter) []byte {
	return appendLetter(binary.AppendUvarint(append(dst, 'A'), number), l)
}

func appendLetter(dst []byte, l *relay.DeadLetter) []byte {
	dst = appendString(dst, l.Output)
	dst = binary.AppendUvarint(dst, uint64(uint32(l.Event)))
	dst = appendString(dst, l.Answer)
	dst = binary.AppendUvarint(dst, uint64(l.Refused))
	dst = append(dst, l.Record.Base[:]...)
	dst = binary.AppendUvarint(dst, l.Record.Ordinal)
	dst = binary.AppendUvarint(dst, l.Record.Number)
	dst = binary.AppendUvarint(dst, uint64(len(l.Record.Meta)))
	dst = append(dst, l.Record.Meta...)
	return append(dst, l.Record.Raw...)
}

// parseEntry is the reverse of both. The entry's record points into r's bytes.
func parseEntry(r *relay.Record) (Entry, error) {
	e := Entry{Number: r.Number}
	p := parser{b: r.Raw}
	switch kind := p.bytes(1); string(kind) {
	case "E":
	case "A":
		e.renewal, e.renews = true, p.uvarint()
	default:
		p.bad = true
	}
	e.Output, e.Event, e.Answer, e.Refused = p.string(), int32(uint32(p.uvarint())), p.string(), int64(p.uvarint())
	e.Record = &relay.Record{
		Origin: r.Origin, Received: r.Received, Flags: r.Flags,
		Base: p.id(), Ordinal: p.uvarint(), Number: p.uvarint(), Meta: p.bytes(p.uvarint()), Raw: p.b,
	}
	if len(e.Record.Meta) == 0 {
		e.Record.Meta = nil
	}
	if p.bad {
		return Entry{}, fmt.Errorf("reading dead letter %d: %w", r.Number, errDamaged)
	}
	return e, nil
}

// fate is what became of an entry.
type fate byte

const (
	retried fate = 'r'
	dropped fate = 'd'
	renewed fate = 'a' // another entry took its place; never stored as a resolution
)

// appendResolution encodes what became of entry number: retried or dropped.
func appendResolution(dst []byte, number uint64, output string, f fate) []byte {
	dst = append(dst, 'R', byte(f))
	dst = binary.AppendUvarint(dst, number)
	return appendString(dst, output)
}

func parseResolution(b []byte) (number uint64, output string, f fate, err error) {
	p := parser{b: b}
	head := p.bytes(2)
	number, output = p.uvarint(), p.string()
	if p.bad || fate(head[1]) != retried && fate(head[1]) != dropped {
		return 0, "", 0, fmt.Errorf("reading what became of a dead letter: %w", errDamaged)
	}
	return number, output, fate(head[1]), nil
}

// writeTotals keeps the counters of what was resolved before record through, durable. The lines: "through N", then for each
// output its name as in a cursor's file name, and letters retried, dropped, records retried, dropped.
func (d *DeadLetters) writeTotals(through uint64) error {
	lines := []string{fmt.Sprint("through ", through)}
	for _, s := range d.outputs {
		lines = append(lines, fmt.Sprint(escapeName(s.Output), " ", s.Retried, " ", s.Dropped, " ", s.Records.Retried, " ", s.Records.Dropped))
	}
	return writeLines(d.log.fs, d.totalsPath(), lines)
}

// readTotals returns the number up to which resolutions are in the counters. Lost totals begin at zero again.
func (d *DeadLetters) readTotals() (through uint64, err error) {
	lines, err := readLines(d.log.fs, d.totalsPath())
	if err != nil {
		if d.log.endNumber() > 0 && d.cursor.Stats().Position > 0 {
			d.log.log.Error("the totals of the dead letters are lost and count from zero again", "error", err)
		}
		return 0, nil
	}
	for _, line := range lines {
		words := strings.Fields(line)
		if len(words) == 2 && words[0] == "through" {
			if through, err = strconv.ParseUint(words[1], 10, 64); err != nil {
				return 0, err
			}
		}
		if len(words) != 5 {
			continue
		}
		name, ok := unescapeName(words[0])
		var counts [4]uint64
		for i := range counts {
			n, err := strconv.ParseUint(words[1+i], 10, 64)
			counts[i], ok = n, ok && err == nil
		}
		if !ok {
			return 0, fmt.Errorf("BUG: the totals have a right checksum and the line %q", line)
		}
		s := d.output(name)
		s.Retried, s.Dropped, s.Records.Retried, s.Records.Dropped = counts[0], counts[1], counts[2], counts[3]
	}
	return through, nil
}
