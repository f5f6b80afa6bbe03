package netfilter

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// Parser reads lines of netfilter. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	rest field.Rest
	in   string
	out  string
}

// Content reads the text of a syslog message. False: it is not a line of netfilter.
func (p *Parser) Content(es *relay.Events, e *relay.Event, m *relay.Message) bool {
	s := m.Text
	if m.App != "kernel" && m.App != "" && m.App != "ulogd" && m.App != "firewall" {
		return false
	}
	i := strings.Index(s, "IN=")
	if i < 0 || i > 0 && s[i-1] != ' ' && s[i-1] != ']' && s[i-1] != ':' || !strings.Contains(s[i:], " OUT=") || !strings.Contains(s[i:], "SRC=") {
		return false
	}
	prefix, packet, inner := s[:i], s[i:], ""
	if j := strings.Index(packet, " [SRC="); j > 0 {
		packet, inner = packet[:j], packet[j+1:]
	}
	p.rest.Reset(es)
	p.in, p.out = "", ""
	f := es.NetworkFlow()
	f.Product.Name = "netfilter"
	n := 0
	var names field.Names
	for rest := packet; ; {
		head := packet[:len(packet)-len(rest)]
		name, v, after, ok := field.Pair(rest)
		if !ok {
			break
		}
		if n++; n > field.MaxFields {
			return false
		}
		if rest = after; v == "-" {
			continue
		}
		if names.Again(head, name) || !p.set(f, name, v) {
			if v == "" && !strings.HasSuffix(packet[:len(packet)-len(after)], "=") {
				p.rest.Add(relay.Field{Name: name, Value: "true", Type: relay.FieldJSON})
			} else {
				p.rest.Keep(name, v)
			}
		}
	}
	p.rest.Keep("icmp_packet", inner)
	p.prefix(f, prefix)
	f.Src.Interface, f.Src.Named, f.Dst.Interface, f.Dst.Named = p.in, true, p.out, true
	switch {
	case p.in != "" && p.out == "":
		f.Direction = "ingress"
	case p.in == "" && p.out != "":
		f.Direction = "egress"
	}
	f.IPVersion = field.IPVersion(f.Src.IP, f.Dst.IP)
	p.rest.Header(e, m, &f.Common)
	e.Kind, e.Class, e.Rest = relay.KindNetfilter, f, p.rest.Fields()
	return true
}

// set takes one field of the packet.
func (p *Parser) set(f *relay.NetworkFlow, name, v string) bool {
	switch name {
	case "IN":
		p.in = v
	case "OUT":
		p.out = v
	case "SRC":
		return field.Addr(&f.Src.IP, v)
	case "DST":
		return field.Addr(&f.Dst.IP, v)
	case "SPT":
		return field.Port(&f.Src.Port, v)
	case "DPT":
		return field.Port(&f.Dst.Port, v)
	case "PROTO":
		return field.Protocol(&f.Connection, v)
	case "LEN":
		return field.SetNumber(&f.Bytes, v, field.Max) // the first is the packet's
	case "MAC":
		// destination, source, type of an Ethernet frame; some kernels show more than its header
		if len(v) < 41 || len(v) > 41 && !isEthertype(v[35:42]) {
			return false
		}
		f.Dst.MAC, f.Src.MAC = v[:17], v[18:35]
		if len(v) > 41 {
			return false
		}
		p.rest.Keep("ethertype", v[36:])
	case "DESCR":
		f.Verdict.Rule.Name = v
	default:
		return v == "" && field.TCPFlag(&f.TCPFlags, name)
	}
	return true
}

// prefix reads what stands before the packet.
func (p *Parser) prefix(f *relay.NetworkFlow, s string) {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "[") {
		if uptime, after, ok := strings.Cut(s[1:], "]"); ok && uptime != "" && strings.Trim(uptime, "0123456789. ") == "" {
			p.rest.Keep("uptime", strings.TrimSpace(uptime))
			s = strings.TrimSpace(after)
		}
	}
	if before, descr, ok := strings.Cut(s, `DESCR="`); ok && strings.HasSuffix(descr, `"`) {
		f.Verdict.Rule.Name = descr[:len(descr)-1]
		s = strings.TrimSpace(before)
	}
	p.rest.Keep("prefix", s)
	if i := strings.LastIndexByte(s, '['); i >= 0 && s[len(s)-1] == ']' {
		label := s[i+1 : len(s)-1]
		if word, ok := strings.CutPrefix(label, "UFW "); ok {
			judge(f, word)
			return
		}
		if set, number, word := rule(label); word != "" && judge(f, word) {
			f.Verdict.Rule.Policy, f.Verdict.Rule.UID = set, number
		}
		return
	}
	if chain, ok := strings.CutPrefix(s, "Shorewall:"); ok {
		chain, word, _ := strings.Cut(chain, ":")
		if judge(f, strings.TrimSuffix(word, ":")) {
			f.Verdict.Rule.Policy = chain
		}
	}
}

// rule takes RULESET-NUMBER-ACTION or RULESET-ACTION-NUMBER apart. The name of a set may hold hyphens, where the number is one or "default".
func rule(label string) (set, number, word string) {
	i := strings.LastIndexByte(label, '-')
	j := strings.LastIndexByte(label[:max(i, 0)], '-')
	if j <= 0 {
		return "", "", ""
	}
	set, number, word = label[:j], label[j+1:i], label[i+1:]
	if len(word) != 1 {
		number, word = word, number
	}
	if _, ok := field.Number(number, field.Max); len(word) != 1 || !ok && number != "default" && strings.IndexByte(set, '-') >= 0 {
		return "", "", ""
	}
	return set, number, word
}

// isEthertype reports whether s, between colons, is the type of a frame that can hold a packet: IPv4, IPv6, or one with a VLAN tag.
func isEthertype(s string) bool { return s == ":08:00:" || s == ":86:dd:" || s == ":81:00:" }

// judge reads what was done with the packet.
func judge(f *relay.NetworkFlow, word string) bool {
	switch word {
	case "A":
		field.Allow(f, "ACCEPT")
	case "D":
		field.Deny(f, relay.DispositionDropped, "DROP")
	case "R":
		field.Deny(f, relay.DispositionRejected, "REJECT")
	case "ALLOW", "ACCEPT":
		field.Allow(f, word)
	case "BLOCK", "LIMIT BLOCK":
		field.Deny(f, relay.DispositionBlocked, word)
	case "DROP":
		field.Deny(f, relay.DispositionDropped, word)
	case "REJECT":
		field.Deny(f, relay.DispositionRejected, word)
	case "AUDIT":
		f.Verdict.Present, f.Verdict.Word = true, word
		f.Verdict.Action, f.Verdict.Disposition = relay.ActionObserved, relay.DispositionLogged
	default:
		return false
	}
	return true
}
