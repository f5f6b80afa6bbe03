package encode

import (
	"strings"

	"logrelay/relay"
)

// ecsEndpoint appends an endpoint under key, `,"source":` and the like: as address the name or address that there is, and what it sent.
func ecsEndpoint(dst []byte, key string, p *relay.Endpoint, bytes, packets relay.Number) []byte {
	dst, at := open(dst, key)
	dst = ecsEndpointMembers(dst, p, bytes, packets)
	return done(dst, at, key)
}

func ecsEndpointMembers(dst []byte, p *relay.Endpoint, bytes, packets relay.Number) []byte {
	ip := p.HopIP
	if ip == "" {
		ip = p.IP
	}
	name := p.Hostname
	if name == "" {
		name = p.Domain
	}
	if ip != "" {
		dst = member(dst, `,"address":"`, ip)
		dst = member(dst, `,"ip":"`, ip)
	} else {
		dst = member(dst, `,"address":"`, name)
	}
	if isName(name) || ip != "" && name != ip { // what is no name is the address already, unless there is an IP
		dst = member(dst, `,"domain":"`, name)
	}
	dst = memberNumber(dst, `,"port":`, p.Port)
	dst = memberNumber(dst, `,"bytes":`, bytes)
	dst = memberNumber(dst, `,"packets":`, packets)
	dst = ecsMAC(dst, p.MAC)
	if p.NATIP != "" || p.NATPort.Set {
		const nat = `,"nat":`
		var n int
		dst, n = open(dst, nat)
		dst = member(dst, `,"ip":"`, p.NATIP)
		dst = memberNumber(dst, `,"port":`, p.NATPort)
		dst = done(dst, n, nat)
	}
	if p.Country != "" {
		dst = append(appendText(append(dst, `,"geo":{"country_iso_code":"`...), p.Country), '}')
	}
	return dst
}

// ecsMAC appends a MAC address as ECS writes it: 00-00-5E-00-53-23. What is none goes out as it is.
func ecsMAC(dst []byte, mac string) []byte {
	const key = `,"mac":"`
	if len(mac) != 17 {
		return member(dst, key, mac)
	}
	at := len(dst)
	dst = append(dst, key...)
	for i := range len(mac) {
		switch c := mac[i]; {
		case i%3 == 2 && (c == ':' || c == '-'):
			dst = append(dst, '-')
		case i%3 != 2 && c-'0' <= 9:
			dst = append(dst, c)
		case i%3 != 2 && c|0x20-'a' <= 5:
			dst = append(dst, c&^0x20)
		default:
			return member(dst[:at], key, mac)
		}
	}
	return append(dst, '"')
}

// isName reports whether s can be the name of a host or a domain: "AWS Internal" is none.
func isName(s string) bool { return s != "" && strings.IndexByte(s, ' ') < 0 && !relay.IsAddr(s) }

// ecsPlace appends what ECS has no field for of an endpoint, as an object of the source's own fields. wires says that interface and zone have no
// place elsewhere.
func ecsPlace(dst []byte, key string, p *relay.Endpoint, wires bool) []byte {
	dst, at := open(dst, key)
	dst = ecsPlaceMembers(dst, p, wires)
	return done(dst, at, key)
}

func ecsPlaceMembers(dst []byte, p *relay.Endpoint, wires bool) []byte {
	dst = member(dst, `,"uid":"`, p.UID)
	if p.Hostname != "" {
		dst = member(dst, `,"domain":"`, p.Domain)
	}
	if wires {
		dst = member(dst, `,"interface":"`, p.Interface)
		dst = member(dst, `,"zone":"`, p.Zone)
	}
	dst = member(dst, `,"vpc":"`, p.VPC)
	dst = member(dst, `,"subnet":"`, p.Subnet)
	dst = member(dst, `,"instance":"`, p.Instance)
	dst = member(dst, `,"service":"`, p.Service)
	dst = member(dst, `,"port_name":"`, p.PortName)
	if p.HopIP != "" && p.HopIP != p.IP {
		dst = member(dst, `,"packet_ip":"`, p.IP)
	}
	return memberStrings(dst, `,"intermediate_ips":`, p.Intermediates)
}

// ecsFlow is a connection with what went over it.
type ecsFlow struct {
	conn     *relay.Connection
	traffic  *relay.Traffic
	src, dst *relay.Endpoint
	icmp     [2]relay.Number // type and code
	protocol string          // application protocol where conn does not name it
}

const keyNetwork = `,"network":`

// ecsNetwork appends the field set network.
func ecsNetwork(dst []byte, f *ecsFlow) []byte {
	dst, at := open(dst, keyNetwork)
	bytes, packets := f.traffic.Bytes, f.traffic.Packets
	if !bytes.Set {
		bytes = sum(f.traffic.BytesIn, f.traffic.BytesOut)
	}
	if !packets.Set {
		packets = sum(f.traffic.PacketsIn, f.traffic.PacketsOut)
	}
	dst = memberNumber(dst, `,"bytes":`, bytes)
	dst = memberNumber(dst, `,"packets":`, packets)
	dst = ecsCommunityID(dst, f)
	dst = ecsDirection(dst, f)
	if n := f.conn.Protocol; n.Set {
		dst = append(appendInt(append(dst, `,"iana_number":"`...), n.Value), '"')
	}
	if name := ianaName(f.conn.Protocol); name != "" {
		dst = member(dst, `,"transport":"`, name)
	} else {
		dst = memberLower(dst, `,"transport":"`, f.conn.ProtocolName)
	}
	switch ip := firstOf(f.src.HopIP, f.src.IP, f.dst.HopIP, f.dst.IP); {
	case strings.IndexByte(ip, ':') >= 0:
		dst = append(dst, `,"type":"ipv6"`...)
	case ip != "":
		dst = append(dst, `,"type":"ipv4"`...)
	case f.conn.IPVersion != "":
		dst = memberLower(dst, `,"type":"`, f.conn.IPVersion)
	}
	dst = memberLower(dst, `,"protocol":"`, firstOf(f.conn.Application, f.protocol))
	return done(dst, at, keyNetwork)
}

func ecsCommunityID(dst []byte, f *ecsFlow) []byte {
	const key = `,"community_id":"`
	a, b := f.src.Port, f.dst.Port
	if p := f.conn.Protocol.Value; p == protoICMP || p == protoICMPv6 {
		a, b = f.icmp[0], f.icmp[1]
	}
	at := len(dst)
	dst = appendCommunityID(append(dst, key...), firstOf(f.src.HopIP, f.src.IP), firstOf(f.dst.HopIP, f.dst.IP), f.conn.Protocol, a, b)
	if len(dst) == at+len(key) {
		return dst[:at]
	}
	return append(dst, '"')
}

// ecsDirection appends network.direction: the source's, else what the networks of the configuration make of the endpoints.
func ecsDirection(dst []byte, f *ecsFlow) []byte {
	const in, ex = relay.ScopeInternal, relay.ScopeExternal
	src, to := f.src.Scope, f.dst.Scope
	switch {
	case f.conn.Direction != "":
		return member(dst, `,"direction":"`, f.conn.Direction)
	case src == in && to == in:
		return append(dst, `,"direction":"internal"`...)
	case src == in && to == ex:
		return append(dst, `,"direction":"outbound"`...)
	case src == ex && to == in:
		return append(dst, `,"direction":"inbound"`...)
	case src == ex && to == ex:
		return append(dst, `,"direction":"external"`...)
	}
	return dst
}

// sum adds what is there.
func sum(a, b relay.Number) relay.Number {
	if !a.Set || !b.Set || a.Value < 0 || b.Value < 0 || a.Value > 1<<62 || b.Value > 1<<62 {
		return relay.Number{}
	}
	return relay.NumberOf(a.Value + b.Value)
}

// ecsCloud appends the field set cloud.
func ecsCloud(dst []byte, c *relay.Cloud, account, instance string) []byte {
	dst, at := open(dst, keyCloud)
	dst = ecsCloudMembers(dst, c, account, instance)
	return done(dst, at, keyCloud)
}

func ecsCloudMembers(dst []byte, c *relay.Cloud, account, instance string) []byte {
	dst = memberLower(dst, `,"provider":"`, c.Provider)
	if account != "" {
		dst = append(appendText(append(dst, `,"account":{"id":"`...), account), '}')
	}
	dst = member(dst, `,"region":"`, c.Region)
	dst = member(dst, `,"availability_zone":"`, c.Zone)
	if instance != "" {
		dst = append(appendText(append(dst, `,"instance":{"id":"`...), instance), '}')
	}
	return dst
}

const (
	keyCloud    = `,"cloud":`
	keyObserver = `,"observer":`
	keyHost     = `,"host":`
	keyRule     = `,"rule":`
	keyTLS      = `,"tls":`
	keyUser     = `,"user":`
)

// ecsObserver appends the field set observer: the device that wrote the record, with the interfaces and zones that it names. What a
// cloud wrote has none, and the host that it names is another.
func ecsObserver(dst []byte, e *relay.Event, c *relay.Common, src, to *relay.Endpoint) []byte {
	if ecsKindOf(e.Kind).cloud {
		return ecsHost(dst, c.Host)
	}
	dst, at := open(dst, keyObserver)
	dst = ecsProduct(dst, &c.Product)
	dst = member(dst, `,"hostname":"`, c.Host)
	dst = ecsWire(dst, `,"ingress":`, src)
	dst = ecsWire(dst, `,"egress":`, to)
	return done(dst, at, keyObserver)
}

// ecsWriter appends observer for a program that wrote the record on a host, which is the field set host.
func ecsWriter(dst []byte, e *relay.Event, p *relay.Product, host string) []byte {
	if !ecsKindOf(e.Kind).cloud {
		var at int
		dst, at = open(dst, keyObserver)
		dst = ecsProduct(dst, p)
		dst = done(dst, at, keyObserver)
	}
	return ecsHost(dst, host)
}

func ecsProduct(dst []byte, p *relay.Product) []byte {
	dst = member(dst, `,"vendor":"`, p.Vendor)
	dst = member(dst, `,"product":"`, p.Name)
	return member(dst, `,"version":"`, p.Version)
}

func ecsWire(dst []byte, key string, p *relay.Endpoint) []byte {
	dst, at := open(dst, key)
	if p.Interface != "" {
		dst = append(appendText(append(dst, `,"interface":{"name":"`...), p.Interface), '}')
	}
	dst = member(dst, `,"zone":"`, p.Zone)
	return done(dst, at, key)
}
