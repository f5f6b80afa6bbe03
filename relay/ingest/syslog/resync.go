package syslog

import (
	"bytes"

	"logrelay/relay"
)

const (
	// lookBack is the longest text by which an octet-counted frame is recognised inside of garbage: "1234567890 <191>".
	lookBack = maxLengthDigits + len(" <191>")
	// resyncStep is how many bytes of garbage are looked through at a time.
	resyncStep = 4096
)

// startGarbage takes what comes as garbage; its first blind bytes are known to start no frame.
func (f *framer) startGarbage(blind int) {
	f.mode, f.blind = modeGarbage, blind
	f.resyncs++
}

// garbage takes bytes from p[i] that are no frame, up to the next place where one may begin: after LF or NUL, or at
// a length that is followed by a blank and a priority.
func (f *framer) garbage(p []byte, i int) (int, error) {
	old := len(f.carry)
	f.carry = append(f.carry, p[i:min(i+resyncStep, len(p))]...)
	end, next := len(f.carry), len(f.carry) // of the garbage; of what can be thrown away
	found := false
	if k := bytes.IndexAny(f.carry[old:], "\n\x00"); k >= 0 {
		end, next, found = old+k, old+k+1, true
	}
	if k := findLength(f.carry[:end], f.blind, max(f.blind, old-len("<191")), f.longest()); k >= 0 {
		end, next, found = k, k, true
	}
	if !found {
		for len(f.carry) > f.max+lookBack {
			if err := f.shift(f.max); err != nil {
				return i, err
			}
		}
		return i + next - old, nil
	}
	var begun []byte // of the next frame's length, in bytes that came with an earlier chunk
	if next < old {
		begun = append(begun, f.carry[next:old]...)
	}
	f.framing += uint64(next - end)
	f.mode, f.counted = modeStart, next == end
	err := f.last(f.carry[:end], relay.FlagResync)
	f.carry = append(f.carry, begun...)
	return i + max(next-old, 0), err
}

// shift appends the first n bytes of carry as a part of garbage.
func (f *framer) shift(n int) error {
	err := f.appendPart(f.carry[:n], relay.FlagResync|relay.FlagMore)
	f.carry = f.carry[:copy(f.carry, f.carry[n:])]
	f.blind = max(f.blind-n, 0)
	return err
}

// findLength returns the place in b, not before floor, of the first text that looks like the start of an octet-counted frame: a length
// of at most longest, a blank, and a priority; or -1. The priority is looked for from the given place on.
func findLength(b []byte, floor, from, longest int) int {
	for at := from; ; at++ {
		k := bytes.IndexByte(b[at:], '<')
		if k < 0 {
			return -1
		}
		at += k
		size := priority(b[at:])
		if size == 0 || at-2 < floor || b[at-1] != ' ' {
			continue
		}
		first := at - 1
		for first > floor && at-1-first < maxLengthDigits && isDigit(b[first-1]) {
			first--
		}
		for first < at-1 && b[first] == '0' {
			first++
		}
		if n, _, v := parseLength(b[first:]); v == isLength && n >= size && n <= longest {
			return first
		}
	}
}

// priority returns the size of the "<PRI>" at the start of b in bytes, or 0.
func priority(b []byte) int {
	for k := 1; k < len(b) && k < 5; k++ {
		switch {
		case b[k] == '>' && k > 1:
			return k + 1
		case !isDigit(b[k]):
			return 0
		}
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
