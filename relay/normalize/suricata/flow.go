package suricata

import (
	"strconv"
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// flow reads traffic: flow, netflow, drop, tls, and transactions of protocols that have no class.
func (p *Parser) flow(es *relay.Events, v jsondoc.Value) *relay.NetworkFlow {
	f := es.NetworkFlow()
	s := sides{&f.Common, &f.Connection, &f.Src, &f.Dst}
	for m := v.First(); m.Exists(); m = m.Next() {
		if p.common(es, s, m) {
			continue
		}
		switch m.Name() {
		case "flow", "netflow":
			p.counts(f, m)
		case "tcp":
			p.tcp(f, m)
		case "tls":
			p.tls(&f.TLS, m)
		case "drop":
			p.drop(f, m)
		default:
			p.rest.Add(m)
		}
	}
	return f
}

// counts takes the objects flow, of both directions, and netflow, of one.
func (p *Parser) counts(f *relay.NetworkFlow, v jsondoc.Value) {
	if !p.rest.Object(v) {
		return
	}
	t := &f.Traffic
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "bytes_toserver":
			t.BytesOut = p.rest.Count(m)
		case "bytes_toclient":
			t.BytesIn = p.rest.Count(m)
		case "pkts_toserver":
			t.PacketsOut = p.rest.Count(m)
		case "pkts_toclient":
			t.PacketsIn = p.rest.Count(m)
		case "bytes":
			t.Bytes = p.rest.Count(m)
		case "pkts":
			t.Packets = p.rest.Count(m)
		case "start":
			f.Start = p.rest.Time(m)
		case "end":
			f.End = p.rest.Time(m)
		case "action":
			verdict(&f.Verdict, p.rest.Text(m))
		default:
			p.rest.Add(m)
		}
	}
	sum(&t.Bytes, t.BytesIn, t.BytesOut)
	sum(&t.Packets, t.PacketsIn, t.PacketsOut)
	p.rest.Close()
}

func sum(total *relay.Number, a, b relay.Number) {
	if !total.Set && a.Set && b.Set && a.Value+b.Value >= 0 {
		*total = relay.NumberOf(a.Value + b.Value)
	}
}

// tcp takes the flags that were seen, in hex.
func (p *Parser) tcp(f *relay.NetworkFlow, v jsondoc.Value) {
	if !p.rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		if m.Name() == "tcp_flags" && m.IsString() {
			if n, err := strconv.ParseUint(strings.Trim(m.Raw(), `"`), 16, 16); err == nil {
				f.TCPFlags = relay.NumberOf(int64(n))
				continue
			}
		}
		p.rest.Add(m)
	}
	p.rest.Close()
}

// tls takes what is known of a handshake.
func (p *Parser) tls(t *relay.TLS, v jsondoc.Value) {
	if !p.rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "version":
			t.Version = p.rest.Text(m)
		case "sni":
			t.SNI = p.rest.Text(m)
		case "subject":
			t.Subject = p.rest.Text(m)
		case "issuerdn":
			t.Issuer = p.rest.Text(m)
		case "serial":
			t.Certificate = p.rest.Text(m)
		case "ja3":
			t.JA3 = p.hash(m)
		case "ja3s":
			t.JA3S = p.hash(m)
		case "ja4":
			t.JA4 = p.rest.Text(m)
		default:
			p.rest.Add(m)
		}
	}
	p.rest.Close()
}

// hash takes the hash of {"hash":…,"string":…}.
func (p *Parser) hash(v jsondoc.Value) string {
	if !v.IsObject() {
		return p.rest.Text(v)
	}
	hash := ""
	p.rest.Object(v)
	for m := v.First(); m.Exists(); m = m.Next() {
		if m.Name() == "hash" {
			hash = p.rest.Text(m)
		} else {
			p.rest.Add(m)
		}
	}
	p.rest.Close()
	return hash
}

// drop takes why a packet was dropped.
func (p *Parser) drop(f *relay.NetworkFlow, v jsondoc.Value) {
	verdict(&f.Verdict, "drop")
	if !p.rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		if m.Name() == "reason" {
			f.StatusDetail = p.rest.Text(m)
		} else {
			p.rest.Add(m)
		}
	}
	p.rest.Close()
}

// verdict says what a word for an action means.
func verdict(v *relay.Verdict, word string) {
	if word == "" {
		return
	}
	v.Present, v.Word = true, word
	switch word {
	case "allowed", "pass", "accept":
		v.Action, v.Disposition = relay.ActionAllowed, relay.DispositionAllowed
	case "blocked":
		v.Action, v.Disposition = relay.ActionDenied, relay.DispositionBlocked
	case "drop":
		v.Action, v.Disposition = relay.ActionDenied, relay.DispositionDropped
	case "reject":
		v.Action, v.Disposition = relay.ActionDenied, relay.DispositionRejected
	default:
		v.Action, v.Disposition = relay.ActionOther, relay.DispositionOther
	}
}
