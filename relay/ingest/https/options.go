package https

import (
	"crypto/tls"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"logrelay/relay"
	"logrelay/relay/ingest"

	"github.com/prometheus/client_golang/prometheus"
)

// Options configures a Server. Name, Listener and Auth are needed; the zero value of everything else works.
type Options struct {
	Name     string       // of the input: metric label and Origin.Input
	Listener net.Listener // bound already; Run closes it
	TLS      *tls.Config  // nil means plain HTTP
	Auth     Auth
	Limits   Limits

	Kind     relay.Kind   // of every record; KindAuto leaves it to the path and the content
	Kinds    []relay.Kind // that a path may name: /ingest/vpcflow; nil means those that package relay names
	Source   string       // source label where the token has none
	Tenant   string       // where the token has none
	Columns  string       // of VPC flow logs that come without a header
	Products []string     // that CEF and LEEF may name, see relay.AttrProducts; empty means any

	ProxyFrom []netip.Prefix // networks whose PROXY protocol headers (v1, v2) are believed

	Ledger     relay.Ledger          // nil: a repeated Firehose delivery is stored again
	Flights    *ingest.Flights       // Firehose deliveries under way, shared by all inputs in front of one ledger; nil means its own
	Budget     *relay.Budget         // memory for bodies and batches; nil means one of 64 MiB
	SpoolDir   string                // where bodies over 1 MiB go; "" means the system's temporary directory
	Logger     *slog.Logger          // nil discards
	Registerer prometheus.Registerer // nil: metrics are kept and not exported
	Pulse      *relay.Pulse          // beats with the accept loop
}

// Limits bounds what senders may use. A zero field means the default.
type Limits struct {
	Body        int64         // bytes of a body as it is sent; 64 MiB
	Decoded     int64         // bytes of a body, or of a Firehose record, once it is decoded; 512 MiB
	Record      int           // bytes of a record; 1 MiB, at most relay.MaxRecord
	Spool       int64         // bytes of all bodies on disk at a time; 1 GiB
	Header      int           // bytes of a request's header; 64 KiB
	Connections int           // 16,384
	Streams     int           // HTTP/2 requests at a time in one connection; 64
	HeaderTime  time.Duration // to send a header, and for the TLS handshake; 10 s
	BodyTime    time.Duration // to send a body, beside what BodyRate gives; 15 s
	BodyRate    int           // bytes a second that a sender must keep up; 4 KiB
	IdleTime    time.Duration // that a connection may rest; 2 min
	WaitTime    time.Duration // that a request waits for memory before it is told to come again; 10 s
	DrainTime   time.Duration // that requests under way have when Run is asked to end; 15 s
}

func (l Limits) withDefaults() Limits {
	l.Body = or(l.Body, 64<<20)
	l.Decoded = or(l.Decoded, 512<<20)
	l.Record = min(or(l.Record, ingest.DefaultMaxRecord), relay.MaxRecord)
	l.Spool = or(l.Spool, 1<<30)
	l.Header = or(l.Header, 64<<10)
	l.Connections = or(l.Connections, 16384)
	l.Streams = or(l.Streams, 64)
	l.HeaderTime = or(l.HeaderTime, 10*time.Second)
	l.BodyTime = or(l.BodyTime, 15*time.Second)
	l.BodyRate = or(l.BodyRate, 4<<10)
	l.IdleTime = or(l.IdleTime, 2*time.Minute)
	l.WaitTime = or(l.WaitTime, 10*time.Second)
	l.DrainTime = or(l.DrainTime, 15*time.Second)
	return l
}

func or[T int | int64 | time.Duration](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}
