package syslog

import (
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"logrelay/relay/ingest"
)

// Why a connection or datagram was refused or ended by us. These are the values of the metric's label.
const (
	reasonNetwork      = "network"       // from an address that may not send
	reasonLimit        = "limit"         // too many connections
	reasonHandshake    = "handshake"     // at the limit, a handshake that took long made room
	reasonTLS          = "tls"           // handshake or record refused
	reasonProxy        = "proxy"         // a proxy header that is missing, broken, or from an address that is not trusted
	reasonSocket       = "socket"        // accept(2) or recvmmsg(2) failed
	reasonIdle         = "idle"          // nothing was sent for long
	reasonFrameTimeout = "frame_timeout" // a frame did not become complete
	reasonShutdown     = "shutdown"      // records that the buffer did not take before the end
)

// logPause is the least time between two lines of the log about refusals for the same reason.
const logPause = 10 * time.Second

// refusals counts refusals and logs them at a limited rate. Safe for concurrent use.
type refusals struct {
	log     *slog.Logger
	metrics *ingest.Metrics

	mu     sync.Mutex
	recent map[string]*refusal // by reason; guarded by mu
}

type refusal struct {
	logged time.Time
	silent int // since then
}

// add counts a refusal. err may be nil where the reason says it all.
func (r *refusals) add(reason string, peer netip.AddrPort, err error) {
	r.metrics.Rejected(reason)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.recent == nil {
		r.recent = map[string]*refusal{}
	}
	seen := r.recent[reason]
	if seen == nil {
		seen = &refusal{}
		r.recent[reason] = seen
	}
	now := time.Now()
	if now.Sub(seen.logged) < logPause {
		seen.silent++
		return
	}
	attrs := []any{"reason", reason, "peer", peer.String(), "not_logged", seen.silent}
	if err != nil {
		attrs = append(attrs, "error", err)
	}
	r.log.Warn("refused", attrs...)
	seen.logged, seen.silent = now, 0
}
