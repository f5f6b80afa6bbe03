package syslog

import (
	"net/netip"

	"logrelay/relay"
)

// maxSenders bounds the UDP senders that are remembered, twice over.
const maxSenders = 4096

// sender is what is known of an address that datagrams come from.
type sender struct {
	origin   *relay.Origin
	allowed  bool
	networks *[]netip.Prefix // by which it was judged
	batch    uint64          // the last batch with a record of it, counted from 1, and
	index    uint16          // the place of its origin there
}

// senders remembers the senders of datagrams by address: the port is not kept, because many senders take another one for each
// datagram. When young is full it becomes old, and what was old and not seen since is forgotten. For one goroutine.
type senders struct {
	src        *Source
	young, old map[netip.Addr]*sender
	lastFrom   netip.Addr
	last       *sender
}

// get returns the sender at an address.
func (s *senders) get(from netip.Addr) *sender {
	networks := s.src.networks.Load()
	if from == s.lastFrom && s.last != nil && s.last.networks == networks {
		return s.last
	}
	k := s.young[from]
	if k == nil {
		if k = s.old[from]; k == nil {
			k = &sender{origin: s.src.origin(from.String(), "")}
		}
		if len(s.young) >= maxSenders || s.young == nil {
			s.young, s.old = make(map[netip.Addr]*sender), s.young
		}
		s.young[from] = k
	}
	if k.networks != networks {
		k.networks, k.allowed = networks, s.src.allowed(from)
	}
	s.last, s.lastFrom = k, from
	return k
}
