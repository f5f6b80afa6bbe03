package vpcflow

import (
	"time"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// maxSeconds bounds start and end so that they fit relay's nanoseconds (year 2261).
const maxSeconds = 9_200_000_000

// peer puts the addresses of e, which has that of the packet as IP and that at this hop as HopIP, where they belong: IP is the real peer. It reports
// false when one of them is there and no address.
func (p *Parser) peer(es *relay.Events, e *relay.Endpoint) bool {
	if e.IP == "" {
		e.IP, e.HopIP = e.HopIP, ""
		return e.IP == "" || relay.IsAddr(e.IP)
	}
	if e.HopIP != "" && e.HopIP != e.IP {
		if !relay.IsAddr(e.HopIP) {
			return false
		}
		p.hop[0] = e.HopIP
		e.Intermediates = es.Strings(p.hop[:])
	}
	return relay.IsAddr(e.IP)
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
