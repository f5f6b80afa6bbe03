package vpcflow

import (
	"time"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
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

func seconds(s string) (int64, bool) {
	n, ok := field.Number(s, maxSeconds)
	return n.Value * int64(time.Second), ok
}

// addrs reports whether both are absent or addresses.
func addrs(addr, pkt string) bool {
	return (addr == "" || relay.IsAddr(addr)) && (pkt == "" || pkt == addr || relay.IsAddr(pkt))
}
