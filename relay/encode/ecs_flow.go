package encode

import (
	"logrelay/relay"
)

// networkFlow: category network, type connection and what became of it. The time is that of the flow's end where the source has both, as
// Elastic's integrations have it; OCSF has the start.
func (o ecs) networkFlow(dst []byte, e *relay.Event, f *relay.NetworkFlow) []byte {
	vpc := e.Kind == relay.KindVPCFlow
	ev := ecsEvent{
		time: e.Time, start: f.Start, end: f.End,
		category: [2]string{"network"}, types: [3]string{"connection", judged(&f.Verdict)},
		action: f.Verdict.Word, lower: !vpc, reason: f.StatusDetail,
	}
	if e.Time == f.Start && f.End != 0 {
		ev.time = f.End
	}
	switch f.Activity {
	case relay.FlowOpen:
		ev.types[2] = "start"
	case relay.FlowClose, relay.FlowReset:
		ev.types[2] = "end"
	}
	dst = o.head(dst, e, &f.Common, &ev)
	dst = member(dst, `,"message":"`, f.Message)
	dst = ecsLevel(dst, f.Level)
	instance := firstOf(f.Src.Instance, f.Dst.Instance)
	if instance == "" && vpc {
		instance = restText(e.Rest, "instance-id")
	}
	dst = ecsCloud(dst, &f.Cloud, f.Cloud.Account, instance)
	sent, sentPackets := f.BytesOut, f.PacketsOut
	if vpc { // a row is about one direction
		sent, sentPackets = f.Bytes, f.Packets
	}
	dst = ecsEndpoint(dst, `,"source":`, &f.Src, sent, sentPackets)
	dst = ecsEndpoint(dst, `,"destination":`, &f.Dst, f.BytesIn, f.PacketsIn)
	flow := ecsFlow{conn: &f.Connection, traffic: &f.Traffic, src: &f.Src, dst: &f.Dst}
	if p := f.Protocol.Value; p == protoICMP || p == protoICMPv6 {
		flow.icmp = icmpOf(e.Rest)
	}
	dst = ecsNetwork(dst, &flow)
	dst = ecsRule(dst, &f.Verdict.Rule, "", "")
	dst = ecsTLS(dst, &f.TLS)
	dst = ecsUser(dst, keyUser, &f.User, f.User.Name, f.User.UID)
	r := ecsRelated{users: [4]string{f.User.Name}}
	r.hosts[0] = f.Host
	dst = ecsObserver(dst, e, &f.Common, &f.Src, &f.Dst)
	if vpc {
		dst = ecsContainer(dst, e.Rest)
	}
	dst = o.related(dst, &r, &f.Src, &f.Dst)
	if vpc {
		dst = ecsVPCFlow(dst, e, f)
	} else {
		dst = ecsFlowOwn(dst, e, f)
	}
	return o.tail(dst, e, &f.Common)
}

// icmpOf returns type and code of an ICMP message, as sources name them.
func icmpOf(rest []relay.Field) (n [2]relay.Number) {
	for i := range rest {
		switch rest[i].Name {
		case "icmp_type", "icmptype", "TYPE":
			n[0] = small(rest[i].Value)
		case "icmp_code", "icmpcode", "CODE":
			n[1] = small(rest[i].Value)
		}
	}
	return n
}

// small reads a number from 0 to 255.
func small(s string) relay.Number {
	if !isOctet(s) {
		return relay.Number{}
	}
	n := int64(0)
	for i := range len(s) {
		n = n*10 + int64(s[i]-'0')
	}
	return relay.NumberOf(n)
}

// ecsFlowOwn appends the source's own fields of a flow.
func ecsFlowOwn(dst []byte, e *relay.Event, f *relay.NetworkFlow) []byte {
	k := ecsKindOf(e.Kind)
	dst, at := k.own(dst)
	dst = ecsCommonOwn(dst, k, &f.Common)
	dst = member(dst, `,"app":"`, f.App)
	dst = ecsConnOwn(dst, &f.Connection)
	dst = ecsVerdictOwn(dst, `,"action":"`, &f.Verdict)
	dst = ecsPlace(dst, `,"source":`, &f.Src, k.cloud)
	dst = ecsPlace(dst, `,"destination":`, &f.Dst, k.cloud)
	dst = ecsUserOwn(dst, `,"user":`, &f.User)
	dst = ecsTLSOwn(dst, &f.TLS)
	dst = snakeFields(dst, at+len(k.open), e.Rest)
	return k.close(dst, at)
}

// ecsCommonOwn appends what ECS has no field for of what all classes have.
func ecsCommonOwn(dst []byte, k *ecsKind, c *relay.Common) []byte {
	if k.cloud {
		dst = member(dst, `,"version":"`, c.Product.Version)
	}
	dst = member(dst, `,"feature":"`, c.Product.Feature)
	dst = member(dst, `,"feature_uid":"`, c.Product.FeatureUID)
	dst = member(dst, `,"status":"`, c.StatusCode)
	dst = member(dst, `,"original_time":"`, c.TimeText)
	return member(dst, `,"organization_id":"`, c.Cloud.Org)
}

// ecsConnOwn appends what ECS has no field for of a connection.
func ecsConnOwn(dst []byte, c *relay.Connection) []byte {
	dst = member(dst, `,"session_id":"`, c.SessionID)
	if c.IPVersion != "IPv4" && c.IPVersion != "IPv6" {
		dst = member(dst, `,"ip_version":"`, c.IPVersion)
	}
	if c.Protocol.Set && ianaName(c.Protocol) != c.ProtocolName {
		dst = member(dst, `,"protocol_name":"`, c.ProtocolName)
	}
	if c.TCPFlags.Set { // a text, as of sources that name their flags: a field of an index has one type
		dst = append(appendInt(append(dst, `,"tcp_flags":"`...), c.TCPFlags.Value), '"')
	}
	return memberNumber(dst, `,"traffic_path":`, c.Path)
}

// ecsVerdictOwn appends what ECS has no field for of a verdict, its word under key.
func ecsVerdictOwn(dst []byte, key string, v *relay.Verdict) []byte {
	dst = member(dst, key, v.Word)
	dst = member(dst, `,"rule_type":"`, v.Rule.Type)
	if v.Alert {
		dst = append(dst, `,"is_alert":true`...)
	}
	return dst
}

// ecsUserOwn appends what ECS has no field for of a user.
func ecsUserOwn(dst []byte, key string, u *relay.User) []byte {
	dst, at := open(dst, key)
	dst = member(dst, `,"type":"`, u.Type)
	dst = member(dst, `,"uid_alt":"`, u.UIDAlt)
	dst = member(dst, `,"account":"`, u.Account)
	dst = member(dst, `,"access_key":"`, u.AccessKey)
	return done(dst, at, key)
}

// ecsTLSOwn appends what ECS has no field for of a handshake.
func ecsTLSOwn(dst []byte, t *relay.TLS) []byte {
	const key = `,"tls":`
	dst, at := open(dst, key)
	dst = member(dst, `,"ja4":"`, t.JA4)
	dst = member(dst, `,"certificate":"`, t.Certificate)
	return done(dst, at, key)
}
