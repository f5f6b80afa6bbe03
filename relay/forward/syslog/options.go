package syslog

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"logrelay/relay"
	"logrelay/relay/forward"
)

// Transport is what carries the messages.
type Transport string

// The transports.
const (
	TLS Transport = "tls"
	TCP Transport = "tcp"
	UDP Transport = "udp"
)

const (
	defaultResend   = 8 << 20
	defaultStall    = time.Minute
	defaultConnect  = 5 * time.Second
	datagramMaxAge  = 5 * time.Minute // then the name is looked up again
	chunkBytes      = 128 << 10       // written at once
	maxDatagram     = 65507           // RFC 768 over IPv4, RFC 5426 section 3.2
	probeListenTime = 300 * time.Millisecond
)

// Options of a destination. Addresses, Encode and Wrap are required.
type Options struct {
	Transport Transport // "" means TLS
	Addresses []string  // host:port
	Balance   bool      // take turns, one connection after the other, instead of the first that works
	Newline   bool      // a line feed after each message, instead of its length before it
	// Encode appends the message. Where that does not start with a priority, which receivers need, Wrap's bytes are the message instead:
	// one with a header.
	Encode, Wrap   relay.EncodeFunc
	TLS            *tls.Config   // for TLS: from forward.TLSConfig
	ResendBytes    int64         // bytes of a connection that stay unconfirmed; 0: 8 MiB
	ConnectTimeout time.Duration // for the connection and its handshake; 0: 5 s
	Stall          time.Duration // a peer that takes no byte for so long is dead; 0: 1 min
	MaxDatagram    int           // bytes; a larger message is refused; 0: 65507
}

// New returns a relay.Stream for TLS and TCP, and for UDP a relay.Destination that is safe for concurrent use. It
// connects at the first Send.
func New(o Options) (relay.Destination, error) {
	if len(o.Addresses) == 0 {
		return nil, errors.New("syslog output: no address")
	}
	for _, a := range o.Addresses {
		if _, _, err := net.SplitHostPort(a); err != nil {
			return nil, relay.WithHint(fmt.Errorf("syslog output: address %q: %w", a, err), "an address is host:port, siem.example.com:6514")
		}
	}
	if o.Encode == nil || o.Wrap == nil {
		panic("BUG: a syslog output needs two encoders")
	}
	if o.ResendBytes <= 0 {
		o.ResendBytes = defaultResend
	}
	if o.ConnectTimeout <= 0 {
		o.ConnectTimeout = defaultConnect
	}
	if o.Stall <= 0 {
		o.Stall = defaultStall
	}
	if o.MaxDatagram <= 0 {
		o.MaxDatagram = maxDatagram
	}
	f := framer{encode: o.Encode, wrap: o.Wrap, octets: !o.Newline, lines: o.Newline, digits: 3}
	ends := forward.NewEndpoints(len(o.Addresses), o.Balance)
	switch o.Transport {
	case UDP:
		f.octets, f.lines = false, false
		return &datagrams{o: o, framer: f, ends: ends}, nil
	case TCP:
		o.TLS = nil
	case TLS, "":
		if o.TLS == nil {
			return nil, errors.New("syslog output: TLS without a TLS configuration")
		}
	default:
		return nil, fmt.Errorf("syslog output: transport %q: allowed are tls, tcp and udp", o.Transport)
	}
	return &stream{o: o, framer: f, ends: ends}, nil
}
