package checkpoint

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// pair is a field of a log.
type pair struct{ name, value string }

// product is the number of Check Point at IANA, which ends the names of its elements.
const product = "@2620"

// split finds the fields of a log, in whichever form. False: it is none.
func (p *Parser) split(es *relay.Events, m *relay.Message) bool {
	p.pairs = p.pairs[:0]
	s := m.Text
	switch {
	case len(m.Params) > 0 && (m.App == "CheckPoint" || strings.HasSuffix(m.Params[0].Element, product)):
		for i := range m.Params {
			q := &m.Params[i]
			if q.Element == m.Params[0].Element && q.Name != "" {
				p.pairs = append(p.pairs, pair{q.Name, q.Value})
			}
		}
		return p.is()
	case strings.HasPrefix(s, "["):
		return p.colons(es, strings.TrimSuffix(strings.TrimRight(s[1:], " "), "]")) && p.is()
	case strings.HasPrefix(s, "time=") && strings.IndexByte(s, '|') > 0:
		return p.bars(es, s) && p.is()
	}
	return false
}

// is reports whether the fields are those of a log: it names where it comes from, and the product or the log's own id.
func (p *Parser) is() bool {
	origin, product, id := false, false, false
	for i := range p.pairs {
		switch p.pairs[i].name {
		case "origin", "originsicname":
			origin = true
		case "loguid":
			id = true
		case "product":
			product = true
		}
	}
	return origin && (product || id) || product && id
}

// colons reads NAME:"VALUE"; NAME:"VALUE"; with backslashes before quotes. NAME may be followed by two colons, or by an "=", too.
func (p *Parser) colons(es *relay.Events, s string) bool {
	element := strings.IndexByte(s, ' ') // an element's name, where the header put one
	if i := strings.IndexByte(s, '"'); element > 0 && i > element && !strings.ContainsAny(s[:element], ":=") {
		s = s[element+1:]
	}
	for {
		s = strings.TrimLeft(s, " ;")
		if s == "" {
			return len(p.pairs) > 0
		}
		i := strings.IndexAny(s, ":=")
		if i <= 0 || len(p.pairs) == field.MaxFields {
			return false
		}
		name, value := s[:i], strings.TrimPrefix(s[i+1:], ":")
		if value == "" || value[0] != '"' {
			return false
		}
		s = value[1:]
		end := 0
		for end < len(s) && s[end] != '"' {
			if s[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(s) {
			return false
		}
		p.pairs = append(p.pairs, pair{name, field.Unescape(es, s[:end])})
		s = s[end+1:]
	}
}

// bars reads NAME=VALUE|NAME=VALUE|. A part without a name belongs to the value before it; "=" within a value has a backslash before it.
func (p *Parser) bars(es *relay.Events, s string) bool {
	for s != "" {
		name, rest, ok := strings.Cut(s, "=")
		if !ok || strings.IndexByte(name, '|') >= 0 || len(p.pairs) == field.MaxFields {
			return false
		}
		end := 0
		for {
			i := strings.IndexByte(rest[end:], '|')
			if i < 0 {
				end = len(rest)
				break
			}
			if end += i; named(rest[end+1:]) {
				break
			}
			end++
		}
		p.pairs = append(p.pairs, pair{name, unescape(es, strings.TrimRight(rest[:end], "|"))})
		s = strings.TrimLeft(rest[end:], "|")
	}
	return len(p.pairs) > 0
}

// named reports whether a pair begins here, or nothing is left.
func named(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case '=':
			return i > 0
		case '\\', '|', ' ':
			return false
		}
	}
	return s == ""
}

// unescape resolves \= and \|.
func unescape(es *relay.Events, s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, 512)
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '=' || s[i+1] == '|' || s[i+1] == '\\') {
			i++
		}
		b = append(b, s[i])
	}
	return es.Text(b)
}
