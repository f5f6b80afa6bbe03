package encode

import (
	"logrelay/relay"
)

// flat writes the relay's own JSON. Every event is one object; absent members are left out.
//
//	id             the relay's stable id of the event
//	time           when it happened, RFC 3339 in UTC
//	received       when the relay took it, RFC 3339 in UTC
//	input          name of the input; tenant, peer, identity: who sent it, by the transport and the configuration
//	source         label of the token or input
//	kind           vpcflow, syslog, json, text
//	class          network_flow, message, other; its members follow, see the functions below
//	attrs          what came beside the record (HEC host and index, log group, ...): an object of strings
//	rest           what the class has no room for, under the names of the source
//	flags          more, continued, truncated, resync: how the record was cut
//	raw            the record, when asked for or when it could not be understood
//	parse_error    why it could not be understood
type flat Options

func (o flat) encode(dst []byte, e *relay.Event) []byte {
	r := e.Record
	dst = e.AppendID(append(dst, `{"id":"`...))
	dst = appendTime(append(dst, `","time":"`...), e.Time)
	dst = appendTime(append(dst, `","received":"`...), r.Received)
	dst = append(dst, '"')
	dst = member(dst, `,"input":"`, r.Origin.Input)
	dst = member(dst, `,"tenant":"`, r.Origin.Tenant)
	dst = member(dst, `,"source":"`, r.Origin.Source)
	dst = member(dst, `,"peer":"`, r.Origin.Peer)
	dst = member(dst, `,"identity":"`, r.Origin.Identity)
	dst = member(dst, `,"kind":"`, string(e.Kind))
	switch c := e.Class.(type) {
	case *relay.NetworkFlow:
		dst = flatNetworkFlow(dst, c)
	case *relay.Message:
		dst = flatMessage(dst, c)
	case *relay.Other:
		dst = flatOther(dst, c, o.Raw || e.Fault.Reason != relay.FaultNone)
	}
	if hasAttrs(r) {
		dst = flatAttrs(dst, r)
	}
	const rest = `,"rest":`
	dst, at := open(dst, rest)
	dst = appendFields(dst, e.Rest)
	dst = done(dst, at, rest)
	if r.Flags&(1<<len(flagNames)-1) != 0 {
		dst = flatFlags(dst, r.Flags)
	}
	if o.Raw || e.Fault.Reason != relay.FaultNone {
		dst = appendText(append(dst, `,"raw":"`...), relay.View(r.Raw))
	}
	if e.Fault.Reason != relay.FaultNone {
		dst = appendFault(append(dst, `,"parse_error":"`...), e.Fault)
		dst = append(dst, '"')
	}
	return append(dst, '}')
}

func flatAttrs(dst []byte, r *relay.Record) []byte {
	const attrs = `,"attrs":`
	dst, at := open(dst, attrs)
	eachAttr(r, func(k, v string) {
		dst = append(appendString(append(dst, ','), k), ':')
		dst = appendString(dst, v)
	})
	return done(dst, at, attrs)
}

// flagNames are the names of the flags by their bit.
var flagNames = [...]string{"more", "continued", "truncated", "resync"}

func flatFlags(dst []byte, f relay.Flag) []byte {
	dst = append(dst, `,"flags":[`...)
	for i, name := range flagNames {
		if f&(1<<i) != 0 {
			dst = append(appendString(dst, name), ',')
		}
	}
	dst[len(dst)-1] = ']'
	return dst
}

// flatNetworkFlow appends class network_flow. Times are RFC 3339; numbers are JSON numbers.
func flatNetworkFlow(dst []byte, f *relay.NetworkFlow) []byte {
	dst = append(dst, `,"class":"network_flow"`...)
	dst = member(dst, `,"product":"`, f.Product.Name)
	dst = member(dst, `,"vendor":"`, f.Product.Vendor)
	dst = member(dst, `,"feature":"`, f.Product.Feature)
	dst = member(dst, `,"version":"`, f.Product.Version)
	dst = member(dst, `,"message":"`, f.Message)
	if f.Start != 0 {
		dst = append(appendTime(append(dst, `,"start":"`...), f.Start), '"')
	}
	if f.End != 0 {
		dst = append(appendTime(append(dst, `,"end":"`...), f.End), '"')
	}
	dst = member(dst, `,"src_ip":"`, f.Src.IP)
	dst = memberNumber(dst, `,"src_port":`, f.Src.Port)
	dst = memberStrings(dst, `,"src_intermediate_ips":`, f.Src.Intermediates)
	dst = member(dst, `,"src_interface":"`, f.Src.Interface)
	dst = member(dst, `,"src_vpc":"`, f.Src.VPC)
	dst = member(dst, `,"src_subnet":"`, f.Src.Subnet)
	dst = member(dst, `,"src_instance":"`, f.Src.Instance)
	dst = member(dst, `,"src_zone":"`, f.Src.Zone)
	dst = member(dst, `,"src_service":"`, f.Src.Service)
	dst = member(dst, `,"src_hostname":"`, f.Src.Hostname)
	dst = member(dst, `,"dst_ip":"`, f.Dst.IP)
	dst = memberNumber(dst, `,"dst_port":`, f.Dst.Port)
	dst = memberStrings(dst, `,"dst_intermediate_ips":`, f.Dst.Intermediates)
	dst = member(dst, `,"dst_interface":"`, f.Dst.Interface)
	dst = member(dst, `,"dst_vpc":"`, f.Dst.VPC)
	dst = member(dst, `,"dst_subnet":"`, f.Dst.Subnet)
	dst = member(dst, `,"dst_instance":"`, f.Dst.Instance)
	dst = member(dst, `,"dst_zone":"`, f.Dst.Zone)
	dst = member(dst, `,"dst_service":"`, f.Dst.Service)
	dst = member(dst, `,"dst_hostname":"`, f.Dst.Hostname)
	dst = memberNumber(dst, `,"protocol":`, f.Protocol)
	dst = member(dst, `,"ip_version":"`, f.IPVersion)
	dst = memberNumber(dst, `,"tcp_flags":`, f.TCPFlags)
	dst = member(dst, `,"direction":"`, f.Direction)
	dst = memberNumber(dst, `,"traffic_path":`, f.Path)
	dst = memberNumber(dst, `,"bytes":`, f.Bytes)
	dst = memberNumber(dst, `,"packets":`, f.Packets)
	dst = member(dst, `,"action":"`, f.Verdict.Word)
	dst = member(dst, `,"status":"`, f.StatusCode)
	dst = member(dst, `,"reason":"`, f.StatusDetail)
	dst = member(dst, `,"account":"`, f.Cloud.Account)
	dst = member(dst, `,"region":"`, f.Cloud.Region)
	return member(dst, `,"zone":"`, f.Cloud.Zone)
}

// flatMessage appends class message. The time as it stands in the record is time_text; structured_data is an object of objects.
func flatMessage(dst []byte, m *relay.Message) []byte {
	dst = append(dst, `,"class":"message"`...)
	dst = member(dst, `,"format":"`, m.Format)
	if m.PRI.Set {
		dst = appendInt(append(dst, `,"facility":`...), m.PRI.Value>>3)
		dst = appendInt(append(dst, `,"severity":`...), m.PRI.Value&7)
	}
	dst = member(dst, `,"hostname":"`, m.Host)
	dst = member(dst, `,"app":"`, m.App)
	dst = member(dst, `,"proc_id":"`, m.ProcID)
	dst = member(dst, `,"msg_id":"`, m.MsgID)
	dst = structuredData(dst, m.Params)
	dst = member(dst, `,"time_text":"`, m.TimeText)
	return member(dst, `,"message":"`, m.Text)
}

// flatOther appends class other: a JSON record as the member json, any other as message, unless the record goes out as raw anyway.
func flatOther(dst []byte, c *relay.Other, raw bool) []byte {
	dst = append(dst, `,"class":"other"`...)
	if c.JSON == "" {
		if raw {
			return dst
		}
		return member(dst, `,"message":"`, c.Text)
	}
	dst = member(dst, `,"message":"`, c.Message)
	return appendJSON(append(dst, `,"json":`...), c.JSON)
}
