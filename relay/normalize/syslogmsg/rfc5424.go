package syslogmsg

import (
	"strings"

	"logrelay/relay"
)

// rfc5424 reads what follows the version. It reports false, and has set nothing, when that is no header of RFC 5424.
func (p *Parser) rfc5424(h *header, s string) bool {
	stamp, s := cut(skipBlanks(s))
	var ns int64
	timed := false
	if stamp != "-" {
		t, text, rest, ok := isoTime(stamp)
		if !ok || rest != "" || text != stamp || !t.exists() {
			return false
		}
		ns, timed = t.unix(h.loc, h.received) // years that nanoseconds cannot express are a time all the same
	}
	var part [4]string // HOSTNAME APP-NAME PROCID MSGID
	for i := range part {
		part[i], s = cut(skipBlanks(s))
	}
	s = skipBlanks(s)
	text := ""
	switch {
	case s == "":
		if strings.IndexByte(part[1], '|') >= 0 {
			return false // CEF or LEEF straight after the host
		}
	case s[0] == '-' && (len(s) == 1 || s[1] == ' '):
		text = s[1:]
	case s[0] == '[':
		rest, ok := p.structuredData(h.es, s)
		if !ok {
			p.params = p.params[:0]
			rest = s
		}
		text = rest
	default:
		return false
	}
	h.Format = "rfc5424"
	if stamp != "-" {
		h.TimeText = stamp
	}
	if timed {
		h.time, h.timed = ns, true
	}
	h.Host, h.App, h.ProcID, h.MsgID = value(part[0]), value(part[1]), value(part[2]), value(part[3])
	h.Text = strings.TrimPrefix(text, " ")
	return true
}

// structuredData reads elements into p.params and returns what follows them. False: s breaks the grammar.
func (p *Parser) structuredData(es *relay.Events, s string) (rest string, ok bool) {
	for len(s) > 0 && s[0] == '[' {
		n := 1
		for n < len(s) && s[n] > ' ' && s[n] != ']' && s[n] != '=' && s[n] != '"' {
			n++
		}
		id := s[1:n]
		if id == "" || n == len(s) || s[n] == '=' || s[n] == '"' {
			return s, false
		}
		s = s[n:]
		first := len(p.params)
		for {
			s = skipBlanks(s)
			if s == "" {
				return s, false
			}
			if s[0] == ']' {
				s = s[1:]
				break
			}
			if len(p.params) > maxParams {
				return s, true // refused by the caller
			}
			var name, v string
			if name, v, s, ok = p.param(es, s); !ok {
				return s, false
			}
			p.params = append(p.params, relay.Param{Element: id, Name: name, Value: v})
		}
		if len(p.params) == first {
			p.params = append(p.params, relay.Param{Element: id})
		}
	}
	return s, true
}

// param reads NAME="VALUE".
func (p *Parser) param(es *relay.Events, s string) (name, v, rest string, ok bool) {
	n := 0
	for n < len(s) && s[n] > ' ' && s[n] != '=' && s[n] != ']' && s[n] != '"' {
		n++
	}
	if n == 0 || n+1 >= len(s) || s[n] != '=' || s[n+1] != '"' {
		return "", "", s, false
	}
	name, s = s[:n], s[n+2:]
	end := strings.IndexByte(s, '"')
	if end < 0 {
		return "", "", s, false
	}
	if strings.IndexByte(s[:end], '\\') < 0 {
		v, s = s[:end], s[end+1:]
	} else if v, s, ok = p.escaped(es, s); !ok {
		return "", "", s, false
	}
	if s == "" || s[0] != ' ' && s[0] != '\t' && s[0] != ']' {
		return "", "", s, false
	}
	return name, v, s, true
}

// escaped reads a value with backslashes up to its closing quote. A backslash before anything but ", \ and ] stands for itself.
func (p *Parser) escaped(es *relay.Events, s string) (v, rest string, ok bool) {
	out := p.scratch[:0]
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			p.scratch = out
			return es.Text(out), s[i+1:], true
		case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\' || s[i+1] == ']'):
			i++
			out = append(out, s[i])
		default:
			out = append(out, c)
		}
	}
	p.scratch = out
	return "", s, false
}
