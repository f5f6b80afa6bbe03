package encode

import (
	"strconv"
	"strings"

	"logrelay/relay"
)

// protocols are the members for the numbers of the IANA registry "Assigned Internet Protocol Numbers", with its words in lower case.
var protocols = [...]string{
	0:   `,"protocol_num":0,"protocol_name":"hopopt"`,
	1:   `,"protocol_num":1,"protocol_name":"icmp"`,
	2:   `,"protocol_num":2,"protocol_name":"igmp"`,
	3:   `,"protocol_num":3,"protocol_name":"ggp"`,
	4:   `,"protocol_num":4,"protocol_name":"ipv4"`,
	5:   `,"protocol_num":5,"protocol_name":"st"`,
	6:   `,"protocol_num":6,"protocol_name":"tcp"`,
	8:   `,"protocol_num":8,"protocol_name":"egp"`,
	9:   `,"protocol_num":9,"protocol_name":"igp"`,
	17:  `,"protocol_num":17,"protocol_name":"udp"`,
	27:  `,"protocol_num":27,"protocol_name":"rdp"`,
	33:  `,"protocol_num":33,"protocol_name":"dccp"`,
	41:  `,"protocol_num":41,"protocol_name":"ipv6"`,
	43:  `,"protocol_num":43,"protocol_name":"ipv6-route"`,
	44:  `,"protocol_num":44,"protocol_name":"ipv6-frag"`,
	46:  `,"protocol_num":46,"protocol_name":"rsvp"`,
	47:  `,"protocol_num":47,"protocol_name":"gre"`,
	50:  `,"protocol_num":50,"protocol_name":"esp"`,
	51:  `,"protocol_num":51,"protocol_name":"ah"`,
	58:  `,"protocol_num":58,"protocol_name":"ipv6-icmp"`,
	59:  `,"protocol_num":59,"protocol_name":"ipv6-nonxt"`,
	60:  `,"protocol_num":60,"protocol_name":"ipv6-opts"`,
	88:  `,"protocol_num":88,"protocol_name":"eigrp"`,
	89:  `,"protocol_num":89,"protocol_name":"ospfigp"`,
	94:  `,"protocol_num":94,"protocol_name":"ipip"`,
	97:  `,"protocol_num":97,"protocol_name":"etherip"`,
	98:  `,"protocol_num":98,"protocol_name":"encap"`,
	103: `,"protocol_num":103,"protocol_name":"pim"`,
	108: `,"protocol_num":108,"protocol_name":"ipcomp"`,
	112: `,"protocol_num":112,"protocol_name":"vrrp"`,
	115: `,"protocol_num":115,"protocol_name":"l2tp"`,
	124: `,"protocol_num":124,"protocol_name":"isis over ipv4"`,
	132: `,"protocol_num":132,"protocol_name":"sctp"`,
	133: `,"protocol_num":133,"protocol_name":"fc"`,
	136: `,"protocol_num":136,"protocol_name":"udplite"`,
	137: `,"protocol_num":137,"protocol_name":"mpls-in-ip"`,
}

// protocolName returns the word for a protocol: IANA's for its number, else the source's own, else the number.
func protocolName(c *relay.Connection) string {
	switch name := ianaName(c.Protocol); {
	case name != "":
		return name
	case c.ProtocolName != "" || !c.Protocol.Set:
		return c.ProtocolName
	}
	return strconv.FormatInt(c.Protocol.Value, 10)
}

// ianaName returns IANA's word for a protocol's number; "" where it has none.
func ianaName(n relay.Number) string {
	if !n.Set || n.Value < 0 || n.Value >= int64(len(protocols)) || protocols[n.Value] == "" {
		return ""
	}
	s := protocols[n.Value]
	return s[strings.LastIndexByte(s, ':')+2 : len(s)-1]
}
