package ciscoasa

import (
	"strings"
	"time"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// peer reads a side: INTERFACE:ADDRESS/PORT or INTERFACE/ADDRESS(PORT), then in parentheses the address after translation, where it is another one, and the user or the name of the host. A port that is a word is the service. False, and e is as it was: there is no
// address.
func peer(e *relay.Endpoint, s string) (user, service string, ok bool) {
	outer := "" // INTERFACE(ACCESS-LIST), of a translation by policy
	if i := strings.Index(s, "):"); i > 0 && strings.IndexByte(s[:i], ' ') < 0 {
		outer, s = s[:i+1], s[i+2:]
	}
	head, groups := s, ""
	if i := strings.IndexByte(s, '('); i >= 0 {
		head, groups = strings.TrimRight(s[:i], " "), s[i:]
	}
	got := *e
	if !address(&got, head) {
		name, rest, found := strings.Cut(head, ":")
		if !found || !address(&got, rest) {
			i := strings.IndexByte(head, '/')
			if i < 0 || !address(&got, head[i+1:]) {
				return "", "", false
			}
			name = head[:i]
		}
		got.Interface, got.Named = name, true
	}
	if outer != "" {
		got.Interface, got.Named = outer, true
	}
	if i := strings.LastIndexByte(head, '/'); i >= 0 && !got.Port.Set && !relay.IsAddr(head[i+1:]) {
		service = head[i+1:]
	}
	behind := strings.TrimSuffix(s, groups) // what stands before the group in hand
	for groups != "" && groups[0] == '(' {
		end := strings.IndexByte(groups, ')')
		if end < 0 {
			break
		}
		g := groups[1:end]
		attached := !strings.HasSuffix(behind, " ")
		behind, groups = groups[:end+1], groups[end+1:]
		if groups != "" && groups[0] == ' ' {
			behind, groups = " ", strings.TrimLeft(groups, " ")
		}
		var nat relay.Endpoint
		switch _, number := field.Number(g, 65535); {
		case number && !got.Port.Set:
			field.Port(&got.Port, g)
		case address(&nat, g):
			if nat.IP != got.IP || nat.Port != got.Port {
				got.NATIP, got.NATPort = nat.IP, nat.Port
			}
		case attached && strings.IndexByte(g, '.') > 0 && strings.IndexByte(g, '\\') < 0: // users have a domain there
			got.Hostname = g
		case field.Says(g):
			user, _, _ = strings.Cut(g, ", ") // a security group
		}
	}
	*e = got
	return user, service, true
}

// address reads ADDRESS or ADDRESS/PORT; the port may be a word, which is left alone.
func address(e *relay.Endpoint, s string) bool {
	addr, port := s, ""
	if i := strings.LastIndexByte(s, '/'); i >= 0 {
		addr, port = s[:i], s[i+1:]
	}
	if !relay.IsAddr(addr) {
		return false
	}
	e.IP = addr
	field.Port(&e.Port, port)
	return true
}

// start returns when what ended at end and lasted h:mm:ss began; 0 when d is none.
func start(end int64, d string) int64 {
	h, rest, _ := strings.Cut(d, ":")
	m, s, _ := strings.Cut(rest, ":")
	hours, ok1 := field.Number(h, 1e6)
	minutes, ok2 := field.Number(m, 59)
	seconds, ok3 := field.Number(s, 59)
	if !ok1 || !ok2 || !ok3 {
		return 0
	}
	return end - (hours.Value*3600+minutes.Value*60+seconds.Value)*int64(time.Second)
}
