package field

import (
	"strings"

	"logrelay/relay"
)

// Says reports whether a value says anything: many devices write a dash for nothing.
func Says(v string) bool { return v != "" && v != "-" }

// Addr puts an IP address into dst.
func Addr(dst *string, s string) bool {
	if !relay.IsAddr(s) {
		return false
	}
	*dst = s
	return true
}

// AddrPort puts address and port of 192.0.2.1:80 or [2001:db8::1]:80 into e. The port may be missing, or "-".
func AddrPort(e *relay.Endpoint, s string) bool {
	addr, port, ok := cutPort(s)
	if !ok || !relay.IsAddr(addr) {
		return false
	}
	var n relay.Number
	if port != "" && port != "-" {
		if n, ok = Number(port, 65535); !ok {
			return false
		}
	}
	e.IP, e.Port = addr, n
	return true
}

// cutPort takes host and port apart.
func cutPort(s string) (host, port string, ok bool) {
	if s != "" && s[0] == '[' {
		host, port, ok = strings.Cut(s[1:], "]")
		if !ok || port != "" && port[0] != ':' {
			return "", "", false
		}
		return host, strings.TrimPrefix(port, ":"), true
	}
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, "", true
	}
	return s[:i], s[i+1:], true
}

// IPVersion returns "IPv4" or "IPv6" as the first of two addresses that is there tells, or "".
func IPVersion(src, dst string) string {
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

// Number reads a decimal number from 0 to limit.
func Number(s string, limit uint64) (relay.Number, bool) {
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

// Max is the limit of numbers that have none of their own.
const Max = 1<<63 - 1

// SetNumber puts a decimal number from 0 to limit into dst.
func SetNumber(dst *relay.Number, s string, limit uint64) bool {
	n, ok := Number(s, limit)
	if ok {
		*dst = n
	}
	return ok
}

// Micros reads seconds with or without a fraction as microseconds, up to 31 years; absent when it is neither.
func Micros(s string) relay.Number {
	whole, fraction, _ := strings.Cut(s, ".")
	n, ok := Number(whole, 1e9)
	if !ok {
		return relay.Number{}
	}
	us, unit := n.Value*1e6, int64(100_000)
	for i := range len(fraction) {
		c := fraction[i] - '0'
		if c > 9 {
			return relay.Number{}
		}
		us += int64(c) * unit
		unit /= 10
	}
	return relay.NumberOf(us)
}

// Port puts a port into dst.
func Port(dst *relay.Number, s string) bool { return SetNumber(dst, s, 65535) }

// Protocol puts an IP protocol, as a number or by its name, into c.
func Protocol(c *relay.Connection, s string) bool {
	if SetNumber(&c.Protocol, s, 255) {
		return true
	}
	for i := range protocols {
		if p := &protocols[i]; len(p.name) == len(s) && strings.EqualFold(p.name, s) {
			c.Protocol = relay.NumberOf(p.number)
			return true
		}
	}
	return false
}

// protocols are the names that firewalls write, with their numbers.
var protocols = [...]struct {
	name   string
	number int64
}{
	{"tcp", 6}, {"udp", 17}, {"icmp", 1}, {"icmp6", 58}, {"icmpv6", 58}, {"ipv6-icmp", 58}, {"igmp", 2}, {"gre", 47}, {"esp", 50}, {"ah", 51},
	{"ospf", 89}, {"ospfigp", 89}, {"sctp", 132}, {"pim", 103}, {"vrrp", 112}, {"carp", 112}, {"ipip", 4}, {"ipencap", 4}, {"ipv6", 41}, {"eigrp", 88},
	{"udplite", 136}, {"egp", 8}, {"igp", 9}, {"pfsync", 240}, {"l2tp", 115}, {"ipcomp", 108}, {"ip", 0},
}
