package syslogmsg

import (
	"net/netip"
	"strconv"
	"strings"

	"logrelay/relay"
)

// maxPrefixes bounds the words before a timestamp: sequence numbers, host, process.
const maxPrefixes = 3

// legacy reads a message that is not RFC 5424. versioned: "1 " came before s, so that a number there is Meraki's time with a host after it.
func (p *Parser) legacy(h *header, s string, versioned bool) {
	s = skipBlanks(s)
	rest, prefix, bare, ok := p.stamp(h, s)
	if !ok {
		p.content(h, s)
		return
	}
	h.Format = "rfc3164"
	if bare && !versioned {
		h.Text = skipBlanks(rest)
		return
	}
	if rest != "" && rest[0] == ':' { // Cisco: no host after the time
		h.Host = prefix
		p.content(h, skipBlanks(rest[1:]))
		return
	}
	host, rest := hostname(skipBlanks(rest))
	switch {
	case host == "":
		h.Host = prefix
	case prefix != "":
		p.keep("prefix", prefix)
		fallthrough
	default:
		h.Host = host
	}
	rest = skipBlanks(rest)
	if host != "" && p.relayed(h, rest) {
		return
	}
	if bare {
		h.Text = rest
		return
	}
	p.content(h, rest)
}

// stamp finds the timestamp at the head of s, after at most maxPrefixes words that end in a colon. A number among them is a sequence number,
// a word the name of the host, unless it has a slash (a node of IOS XR). bare: after such a time, senders write no host.
func (p *Parser) stamp(h *header, s string) (rest, prefix string, bare, ok bool) {
	kept := len(p.rest)
	s = skipBlanks(strings.TrimPrefix(s, ":"))
	for range maxPrefixes + 1 {
		if rest, bare, ok = h.stampAt(s); ok {
			return rest, prefix, bare, true
		}
		n := 0
		for n < len(s) && n < 64 && s[n] > ' ' && s[n] != ':' {
			n++
		}
		if n == 0 || n >= len(s) || s[n] != ':' {
			break
		}
		switch word := s[:n]; {
		case strings.Trim(word, "0123456789") == "":
			p.keep("sequence", word)
		case strings.IndexByte(word, '/') >= 0 || prefix != "":
			p.keep("node", strings.TrimPrefix(word, "*"))
		default:
			prefix = word
		}
		s = skipBlanks(s[n+1:])
	}
	p.rest = p.rest[:kept]
	return s, "", false, false
}

// stampAt reads a timestamp right at the head of s, after the mark of an unsynchronised clock.
func (h *header) stampAt(s string) (rest string, bare, ok bool) {
	if len(s) > 1 && (s[0] == '*' || s[0] == '.' || s[0] == '!') {
		s = s[1:]
	}
	if len(s) < 9 {
		return s, false, false
	}
	var t civil
	var text string
	switch c := s[0]; {
	case c-'0' <= 9 && s[4] == '-':
		t, text, rest, ok = isoTime(s)
		bare = ok && s[10] == ' '
	case c-'0' <= 9 && s[4] != ' ':
		t, text, rest, ok = epochTime(s)
		bare = true
	default:
		t, text, rest, ok = bsdTime(s)
	}
	if !ok || rest != "" && rest[0] != ' ' && rest[0] != ':' && rest[0] != '\t' {
		return s, false, false
	}
	ns, ok := t.unix(h.loc, h.received)
	if ok {
		h.TimeText, h.time, h.timed = text, ns, true
	}
	return rest, bare, ok
}

// relayed reads a second header that a relay has put its own before: with a priority, or a time and a colon, or a time, a host and a tag.
// The inner one is the message's; the relay's name is kept in Rest.
func (p *Parser) relayed(h *header, s string) bool {
	outer, outerPRI := h.Host, h.PRI
	n, inner, marked := priority(s)
	pri := relay.Number{Value: n, Set: marked}
	if !marked {
		inner = s
	} else if version, after := cutVersion(inner); version && p.rfc5424(h, after) {
		p.wrapped(h, outer, outerPRI, pri)
		return true
	}
	if !marked && three(inner, months) == 0 {
		return false
	}
	saved := *h
	message, kept := *h.Message, len(p.rest)
	rest, prefix, bare, ok := p.stamp(h, inner)
	if ok && !bare {
		var host, after string
		if rest != "" && rest[0] == ':' {
			after = rest[1:]
		} else {
			host, after = hostname(skipBlanks(rest))
		}
		if marked || host == "" || hasTag(skipBlanks(after)) {
			if host == "" {
				host = prefix
			}
			h.Host = host
			p.wrapped(h, outer, outerPRI, pri)
			p.content(h, skipBlanks(after))
			return true
		}
	}
	*h, *saved.Message, p.rest = saved, message, p.rest[:kept]
	return false
}

// wrapped keeps what the relay's own header said and h's header does not.
func (p *Parser) wrapped(h *header, host string, outer, inner relay.Number) {
	if h.Host == "" {
		h.Host = host
	} else if h.Host != host {
		p.keep("relay_hostname", host)
	}
	if !inner.Set {
		return
	}
	h.PRI = inner
	if outer.Set && outer != inner {
		p.keep("relay_pri", strconv.Itoa(int(outer.Value)))
	}
}

// hostname cuts the name of the host off s, or nothing where a tag or the text begins.
func hostname(s string) (host, rest string) {
	word, rest := cut(s)
	if word == "" || len(word) > 255 || strings.HasPrefix(s, "last message repeated ") {
		return "", s
	}
	switch word[0] {
	case '%', '[', '{', '"', '<', '(', ':', '-':
		return "", s
	}
	if strings.ContainsAny(word, `=|"[{`) || len(word) > 1 && word[1] == ',' { // PAN-OS without a host begins with "1,"
		return "", s
	}
	if word[len(word)-1] != ':' {
		return word, rest
	}
	name := word[:len(word)-1]
	after := skipBlanks(rest)
	if strings.HasPrefix(after, "CEF:") || strings.HasPrefix(after, "LEEF:") || strings.HasPrefix(after, "%") {
		return name, rest
	}
	if strings.IndexByte(name, '.') >= 0 && strings.IndexByte(name, '/') < 0 || isAddr(name) {
		return name, rest
	}
	return "", s
}

func isAddr(s string) bool {
	if strings.IndexByte(s, ':') < 0 {
		return false // an IPv4 address has dots, which is enough
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}
