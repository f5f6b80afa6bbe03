package rules

import (
	"net/netip"

	"logrelay/relay"
)

// Enrichment says what is added to events before the rules see them. The zero Enrichment adds nothing.
type Enrichment struct {
	Services bool           // names of well-known ports
	Internal []netip.Prefix // networks that are internal; all other addresses are external. Empty: no scope is set
}

func (n *Enrichment) empty() bool { return !n.Services && len(n.Internal) == 0 }

func (n *Enrichment) apply(e *relay.Event) {
	s, d := src(e), dst(e)
	if s == nil {
		return
	}
	if len(n.Internal) > 0 {
		s.Scope, d.Scope = n.scope(s.IP), n.scope(d.IP)
	}
	if n.Services {
		protocol := connection(e, func(c *relay.Connection) int { return int(c.Protocol.Value) })
		s.PortName, d.PortName = portName(s.Port, protocol), portName(d.Port, protocol)
	}
}

func (n *Enrichment) scope(ip string) relay.Scope {
	switch {
	case ip == "":
		return relay.ScopeUnset
	case within(n.Internal, ip):
		return relay.ScopeInternal
	}
	return relay.ScopeExternal
}

// ports names well-known ports of TCP and UDP. Source: IANA, Service Name and Transport Protocol Port Number Registry.
var ports = map[int64]string{
	20: "ftp-data", 21: "ftp", 22: "ssh", 23: "telnet", 25: "smtp", 43: "nicname", 49: "tacacs", 53: "domain", 67: "bootps", 68: "bootpc",
	69: "tftp", 80: "http", 88: "kerberos", 110: "pop3", 111: "sunrpc", 119: "nntp", 123: "ntp", 135: "epmap", 137: "netbios-ns",
	138: "netbios-dgm", 139: "netbios-ssn", 143: "imap", 161: "snmp", 162: "snmptrap", 179: "bgp", 194: "irc", 389: "ldap", 443: "https",
	445: "microsoft-ds", 464: "kpasswd", 465: "submissions", 500: "isakmp", 514: "syslog", 515: "printer", 520: "router", 546: "dhcpv6-client",
	547: "dhcpv6-server", 554: "rtsp", 587: "submission", 593: "http-rpc-epmap", 601: "syslog-conn", 631: "ipp", 636: "ldaps", 853: "domain-s",
	860: "iscsi", 873: "rsync", 989: "ftps-data", 990: "ftps", 993: "imaps", 995: "pop3s", 1080: "socks", 1194: "openvpn", 1433: "ms-sql-s",
	1434: "ms-sql-m", 1521: "ncube-lm", 1645: "sightline", 1701: "l2tp", 1723: "pptp", 1812: "radius", 1813: "radius-acct", 1883: "mqtt",
	2049: "nfs", 2375: "docker", 2376: "docker-s", 2379: "etcd-client", 2380: "etcd-server", 3128: "ndl-aas", 3268: "msft-gc", 3269: "msft-gc-ssl",
	3306: "mysql", 3389: "ms-wbt-server", 3478: "stun", 4500: "ipsec-nat-t", 4789: "vxlan", 5060: "sip", 5061: "sips", 5222: "xmpp-client",
	5353: "mdns", 5355: "llmnr", 5432: "postgresql", 5671: "amqps", 5672: "amqp", 5900: "rfb", 5984: "couchdb", 5985: "wsman", 5986: "wsmans",
	6379: "redis", 6443: "sun-sr-https", 6514: "syslog-tls", 8080: "http-alt", 8443: "pcsync-https", 8883: "secure-mqtt", 9092: "XmlIpcRegSvc",
	9200: "wap-wsp", 9418: "git", 11211: "memcache", 27017: "mongodb",
}

// portName names a port of TCP (6), UDP (17), or of a protocol that is not known (0).
func portName(p relay.Number, protocol int) string {
	if !p.Set || protocol != 6 && protocol != 17 && protocol != 0 {
		return ""
	}
	if p.Value == 514 && protocol == 6 {
		return "shell"
	}
	return ports[p.Value]
}
