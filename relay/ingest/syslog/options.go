package syslog

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"logrelay/relay"
)

// Transport is how messages come in.
type Transport string

// The transports, with the ports that senders expect.
const (
	TLS Transport = "tls" // RFC 5425, port 6514
	TCP Transport = "tcp" // RFC 6587
	UDP Transport = "udp" // RFC 5426, port 514
)

// Defaults and bounds of Options.
const (
	DefaultMaxMessage     = 64 << 10
	MinMaxMessage         = 480 // what every receiver must take (RFC 5424 section 6.1)
	DefaultReadTimeout    = 30 * time.Second
	DefaultIdleTimeout    = 24 * time.Hour
	DefaultMaxConnections = 10_000
	MaxMaxConnections     = 50_000 // with the records of a batch, fewer than the origins that a batch can number
	DefaultBudget         = 64 << 20
)

const (
	// handshakeTimeout bounds the TLS handshake, and the wait for a proxy header.
	handshakeTimeout = 15 * time.Second
	// drainTime is how long a connection is still read after we said that we close it.
	drainTime = 500 * time.Millisecond
)

// Options configure a Source.
type Options struct {
	Name      string    // of the input, for origins, metrics and logs
	Transport Transport // TLS, TCP or UDP

	Listeners   []net.Listener   // TLS and TCP: bound by the caller, closed by Run
	PacketConns []net.PacketConn // UDP: bound by the caller (see ListenUDP), closed by Run

	// TLS holds certificate and, for client certificates, ClientCAs and ClientAuth. Versions below 1.2 are never accepted, and session tickets
	// are not given: see the package's Why.
	TLS      *tls.Config
	Networks []netip.Prefix // who may send; see SetNetworks
	AuthNone bool           // TLS: anybody may send, by the operator's word

	// ProxyTrusted lists the load balancers that put a proxy protocol header (version 1 or 2) before the first byte. From them it is
	// required, and Networks is compared with the address in it, or with their own where it states none; from others it is refused.
	ProxyTrusted []netip.Prefix

	MaxMessage     int           // bytes; a longer message becomes linked parts. 0: DefaultMaxMessage; MinMaxMessage to relay.MaxRecord
	ReadTimeout    time.Duration // for a frame to become complete. 0: DefaultReadTimeout
	IdleTimeout    time.Duration // without a byte, before a connection is closed. 0: DefaultIdleTimeout
	MaxConnections int           // open at once. 0: DefaultMaxConnections; at most MaxMaxConnections

	Tenant   string
	Source   string     // label
	Kind     relay.Kind // KindAuto: relay.KindSyslog
	Zone     string     // IANA zone of times that state none
	Products []string   // that CEF and LEEF may name, see relay.AttrProducts; empty means any

	Columns string // of VPC flow logs, which come without a header here

	Budget     *relay.Budget // memory of bytes under way, at least 4 MiB. nil: one of DefaultBudget bytes
	Logger     *slog.Logger  // nil: discarded
	Registerer prometheus.Registerer
	Pulse      *relay.Pulse
}

// withDefaults returns the options with what was left out, or why they cannot be used.
func (o Options) withDefaults() (Options, error) {
	setDefault(&o.MaxMessage, DefaultMaxMessage)
	setDefault(&o.ReadTimeout, DefaultReadTimeout)
	setDefault(&o.IdleTimeout, DefaultIdleTimeout)
	setDefault(&o.MaxConnections, DefaultMaxConnections)
	setDefault(&o.Kind, relay.KindSyslog)
	if o.Budget == nil {
		o.Budget = relay.NewBudget(DefaultBudget)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Logger = o.Logger.With("component", "syslog", "input", o.Name)
	if o.MaxMessage < MinMaxMessage || o.MaxMessage > relay.MaxRecord {
		return o, fmt.Errorf("input %s: the longest message is %d bytes: allowed are %d to %d", o.Name, o.MaxMessage, MinMaxMessage, relay.MaxRecord)
	}
	if o.MaxConnections < 1 || o.MaxConnections > MaxMaxConnections {
		return o, fmt.Errorf("input %s: %d connections at most: allowed are 1 to %d", o.Name, o.MaxConnections, MaxMaxConnections)
	}
	if err := o.checkTransport(); err != nil {
		return o, err
	}
	if err := o.checkAccess(o.Networks); err != nil {
		return o, err
	}
	if o.TLS != nil {
		o.TLS = o.TLS.Clone()
		o.TLS.MinVersion = max(o.TLS.MinVersion, tls.VersionTLS12)
		o.TLS.SessionTicketsDisabled = true
	}
	return o, nil
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

func (o *Options) checkTransport() error {
	switch o.Transport {
	case TLS:
		if o.TLS == nil {
			return relay.WithHint(fmt.Errorf("input %s: syslog over TLS has no certificate", o.Name), "name a certificate and key for the input")
		}
		fallthrough
	case TCP:
		if len(o.Listeners) == 0 {
			return fmt.Errorf("input %s: no listener", o.Name)
		}
	case UDP:
		if len(o.PacketConns) == 0 {
			return fmt.Errorf("input %s: no socket", o.Name)
		}
	default:
		return fmt.Errorf("input %s: unknown syslog transport %q: allowed are tls, tcp, udp", o.Name, o.Transport)
	}
	return nil
}

// errOpen is the reason why an input does not start.
var errOpen = errors.New("anybody could send to it")

// checkAccess says whether the input, with these networks, knows who may send.
func (o *Options) checkAccess(networks []netip.Prefix) error {
	switch {
	case len(networks) > 0:
		return nil
	case o.Transport != TLS:
		return relay.WithHint(fmt.Errorf("input %s: syslog over %s names no networks: %w", o.Name, o.Transport, errOpen),
			"list the senders' networks under networks:, for instance 10.0.0.0/8, or use TLS")
	case !o.AuthNone && o.TLS.ClientAuth != tls.RequireAndVerifyClientCert:
		return relay.WithHint(fmt.Errorf("input %s: syslog over TLS asks for no client certificate and names no networks: %w", o.Name, errOpen),
			"set a client CA, or list the senders' networks under networks:, or say auth: none if that is what you want")
	}
	return nil
}
