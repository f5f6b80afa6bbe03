package cef

import (
	"strings"

	"logrelay/relay"
)

// pair is a key and its value as it stands.
type pair struct{ key, value string }

// maxPairs bounds the pairs of an event.
const maxPairs = 512

// pairs cuts the pairs of s into p.pairs. What comes before the first key, and what is beyond maxPairs, is returned.
func (p *Parser) cut(s string, delimiter byte) (lost string) {
	p.pairs = p.pairs[:0]
	if delimiter != ' ' {
		scratch := p.scratch[:0]
		for s != "" {
			if len(p.pairs) == maxPairs {
				scratch = appendWord(scratch, s)
				break
			}
			var one string
			one, s, _ = strings.Cut(s, string(rune(delimiter)))
			key, value, ok := strings.Cut(one, "=")
			key = strings.TrimSpace(key)
			switch {
			case strings.TrimSpace(one) == "":
			case !ok || !isKey(key):
				scratch = appendWord(scratch, one)
			default:
				p.pairs = append(p.pairs, pair{key, value})
			}
		}
		p.scratch = scratch
		return string(scratch)
	}
	key, start := "", 0
	for at := 0; ; {
		i := strings.IndexByte(s[at:], '=')
		if i < 0 {
			break
		}
		i += at
		at = i + 1
		if escaped(s, i) {
			continue
		}
		word := i
		for word > start && keyBytes[s[word-1]] {
			word--
		}
		first := word == start && key == "" // else a key has a blank before it
		if word == i || i-word > maxKey || !first && (word == start || s[word-1] != ' ') {
			continue // it belongs to the value
		}
		if key == "" {
			lost = strings.TrimSpace(s[:word])
		} else {
			if len(p.pairs) == maxPairs {
				return joined(lost, key+"="+s[start:])
			}
			p.pairs = append(p.pairs, pair{key, strings.TrimRight(s[start:word], " ")})
		}
		key, start = s[word:i], i+1
	}
	if key == "" {
		return strings.TrimSpace(s)
	}
	if len(p.pairs) == maxPairs {
		return joined(lost, key+"="+s[start:])
	}
	p.pairs = append(p.pairs, pair{key, strings.TrimRight(s[start:], " \r\n")})
	return lost
}

func appendWord(dst []byte, word string) []byte {
	if len(dst) > 0 {
		dst = append(dst, ' ')
	}
	return append(dst, word...)
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}

// escaped reports whether s[i] has a backslash before it that counts: an odd number of them.
func escaped(s string, i int) bool {
	n := 0
	for i > n && s[i-n-1] == '\\' {
		n++
	}
	return n&1 == 1
}

// maxKey bounds a key, in bytes.
const maxKey = 128

// keyBytes are the bytes that keys are made of: letters, digits and _.-[].
var keyBytes = func() (is [256]bool) {
	for c := range is {
		b := byte(c)
		is[c] = b|0x20-'a' <= 25 || b-'0' <= 9 || b == '_' || b == '.' || b == '-' || b == '[' || b == ']'
	}
	return is
}()

func isKey(s string) bool {
	if s == "" || len(s) > maxKey {
		return false
	}
	for i := range len(s) {
		if !keyBytes[s[i]] {
			return false
		}
	}
	return true
}

// said is unescape for a field of the header; "" for the dash that stands for nothing.
func (p *Parser) said(es *relay.Events, s string) string {
	if s == "-" {
		return ""
	}
	return p.unescape(es, s)
}

// unescape resolves the escapes of a value of the extension, or of a field of the header.
func (p *Parser) unescape(es *relay.Events, s string) string {
	if p.plain {
		return s
	}
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	out := append(p.scratch[:0], s[:i]...)
	for ; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out = append(out, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case '=', '\\', '|':
			out = append(out, s[i])
		default: // no escape: senders forget to escape backslashes of paths
			out = append(out, '\\', s[i])
		}
	}
	p.scratch = out
	return es.Text(out)
}
