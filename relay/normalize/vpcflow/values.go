package vpcflow

import (
	"time"

	"logrelay/relay"
)

// maxSeconds bounds start and end so that they fit relay's nanoseconds (year 2261).
const maxSeconds = 9_200_000_000

// peer fills e with the address of the real peer, and the address at this hop where it is another one.
func (p *Parser) peer(es *relay.Events, e *relay.Endpoint, addr, pkt string) {
	if pkt == "" {
		e.IP = addr
		return
	}
	e.IP, e.HopIP = pkt, addr
	if addr != "" && addr != pkt {
		p.hop[0] = addr
		e.Intermediates = es.Strings(p.hop[:])
	}
}

// judge says what the action of a row means.
func judge(f *relay.NetworkFlow) {
	v := &f.Verdict
	v.Present = true
	switch v.Word {
	case "ACCEPT":
		v.Action, v.Disposition, f.Status = relay.ActionAllowed, relay.DispositionAllowed, relay.StatusSuccess
	case "REJECT":
		v.Action, v.Disposition, f.Status = relay.ActionDenied, relay.DispositionBlocked, relay.StatusFailure
		f.Activity = relay.FlowRefuse
	case "":
	default:
		v.Action, v.Disposition = relay.ActionOther, relay.DispositionOther
	}
}

func ipVersion(src, dst string) string {
	if src == "" {
		src = dst
	}
	for i := range len(src) {
		switch src[i] {
		case '.':
			return "IPv4"
		case ':':
			return "IPv6"
		}
	}
	return ""
}

// number reads a decimal number from 0 to limit.
func number(s string, limit uint64) (relay.Number, bool) {
	if len(s) == 0 || len(s) > 19 {
		return relay.Number{}, false
	}
	var n uint64
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return relay.Number{}, false
		}
		n = n*10 + uint64(c)
	}
	return relay.Number{Value: int64(n), Set: true}, n <= limit
}

func seconds(s string) (int64, bool) {
	n, ok := number(s, maxSeconds)
	return n.Value * int64(time.Second), ok
}

// addrs reports whether both are absent or addresses.
func addrs(addr, pkt string) bool {
	return (addr == "" || relay.IsAddr(addr)) && (pkt == "" || pkt == addr || relay.IsAddr(pkt))
}
