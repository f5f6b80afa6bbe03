package encode

import (
	"crypto/sha1"
	"encoding/base64"
	"net/netip"

	"logrelay/relay"
)

// Protocols that the Community ID looks into, by their IANA number.
const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
	protoSCTP   = 132
)

// icmpPeers and icmp6Peers are the types of ICMP messages by the type that answers them, plus one: 0 for a type that has no answer.
var (
	icmpPeers  = [...]uint8{0: 8 + 1, 8: 0 + 1, 9: 10 + 1, 10: 9 + 1, 13: 14 + 1, 14: 13 + 1, 15: 16 + 1, 16: 15 + 1, 17: 18 + 1, 18: 17 + 1}
	icmp6Peers = [...]uint8{
		128: 129 + 1, 129: 128 + 1, 130: 131 + 1, 131: 130 + 1, 133: 134 + 1, 134: 133 + 1, 135: 136 + 1, 136: 135 + 1,
		139: 140 + 1, 140: 139 + 1, 144: 145 + 1, 145: 144 + 1,
	}
)

// appendCommunityID appends the Community ID of a flow, version 1 with seed 0 (github.com/corelight/community-id-spec): "1:" and the SHA-1 of
// the tuple in base64. It is the same for both directions. a and b are the ports, or type and code of ICMP. Where a part of
// the tuple is missing, nothing is appended.
func appendCommunityID(dst []byte, src, dst2 string, protocol, a, b relay.Number) []byte {
	if src == "" || dst2 == "" || !protocol.Set || protocol.Value < 0 || protocol.Value > 255 {
		return dst
	}
	from, err := netip.ParseAddr(src)
	if err != nil {
		return dst
	}
	to, err := netip.ParseAddr(dst2)
	if from, to = from.Unmap(), to.Unmap(); err != nil || from.Is4() != to.Is4() {
		return dst
	}
	ports, oneWay := true, false
	switch protocol.Value {
	case protoTCP, protoUDP, protoSCTP:
	case protoICMP:
		b, oneWay = icmpPeer(icmpPeers[:], a, b)
	case protoICMPv6:
		b, oneWay = icmpPeer(icmp6Peers[:], a, b)
	default:
		ports = false
	}
	if ports && (!a.Set || !b.Set) {
		return dst
	}
	if order := from.Compare(to); !oneWay && (order > 0 || order == 0 && ports && a.Value > b.Value) {
		from, to, a, b = to, from, b, a
	}
	var tuple [2 + 16 + 16 + 2 + 4]byte
	t := appendAddr(appendAddr(tuple[:2], from), to)
	t = append(t, byte(protocol.Value), 0)
	if ports {
		t = append(t, byte(a.Value>>8), byte(a.Value), byte(b.Value>>8), byte(b.Value))
	}
	sum := sha1.Sum(t)
	return base64.StdEncoding.AppendEncode(append(dst, '1', ':'), sum[:])
}

// icmpPeer returns what stands for the second port of an ICMP message: the type of its answer, or its code where it has none.
func icmpPeer(peers []uint8, kind, code relay.Number) (b relay.Number, oneWay bool) {
	if kind.Set && kind.Value >= 0 && kind.Value < int64(len(peers)) && peers[kind.Value] != 0 {
		return relay.NumberOf(int64(peers[kind.Value]) - 1), false
	}
	return code, true
}

func appendAddr(t []byte, a netip.Addr) []byte {
	if a.Is4() {
		b := a.As4()
		return append(t, b[:]...)
	}
	b := a.As16()
	return append(t, b[:]...)
}
