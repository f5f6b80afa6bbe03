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
		for s != "" {
			var one string
			one, s, _ = strings.Cut(s, string(rune(delimiter)))
			key, value, ok := strings.Cut(one, "=")
			key = strings.TrimSpace(key)
			switch {
			case strings.TrimSpace(one) == "":
			case !ok || !isKey(key) || len(p.pairs) == maxPairs:
				lost = joined(lost, one)
			default:
				p.pairs = append(p.pairs, pair{key, value})
			}
		}
		return lost
	}
	key, start := "", 0
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
			continue
		}
		if s[i] != '=' {
			continue
		}
		word := strings.LastIndexByte(s[start:i], ' ') + 1 + start
		if key == "" && word > start && len(p.pairs) == 0 {
			lost = strings.TrimSpace(s[start:word])
		}
		if word == start && key != "" || !isKey(s[word:i]) {
			continue // it belongs to the value
		}
		if key != "" {
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

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}

func isKey(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c|0x20-'a' > 25 && c-'0' > 9 && c != '_' && c != '.' && c != '-' && c != '[' && c != ']' {
			return false
		}
	}
	return true
}

// unescape resolves the escapes of a value of the extension, or of a field of the header.
func (p *Parser) unescape(es *relay.Events, s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 || p.leef {
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
