package https

import (
	"encoding/json"
	"log"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// lingerTime is how long net/http may go on throwing away what a refused sender is still sending, so that it sees the answer.
const lingerTime = time.Second

// refuse answers in the form of the request's protocol, counts, and logs at a limited rate. Of a body that was not read, nothing is kept.
func (rq *request) refuse(r *refusal) {
	h := rq.w.Header()
	if !rq.received && rq.r.ContentLength != 0 && rq.r.ProtoMajor == 1 {
		h.Set("Connection", "close")
		// An error means a transport without deadlines, as in tests: nothing to do.
		_ = http.NewResponseController(rq.w).SetReadDeadline(time.Now().Add(lingerTime))
	}
	if r.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(r.retry))
	}
	if r.allow != "" {
		h.Set("Allow", r.allow)
	}
	protocol := Generic
	if rq.route != nil {
		protocol = rq.route.protocol
	}
	if r.status == http.StatusUnauthorized {
		if protocol == Generic {
			h.Add("WWW-Authenticate", `Bearer realm="logrelay"`)
		}
		h.Add("WWW-Authenticate", `Basic realm="logrelay"`)
	}
	switch protocol {
	case Firehose:
		rq.refuseFirehose(r)
	case HEC:
		rq.refuseHEC(r)
	default:
		rq.refuseGeneric(r)
	}
	rq.s.reject(r.reason, r.text, rq.r.RemoteAddr)
}

func (rq *request) refuseGeneric(r *refusal) {
	answer := struct {
		Error  string `json:"error"`
		Offset *int   `json:"offset,omitempty"`
	}{Error: r.text}
	if r.hasOffset {
		answer.Offset = &r.offset
	}
	rq.reply(r.status, mustJSON(answer))
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("BUG: an answer that is no JSON: " + err.Error())
	}
	return b
}

// reject counts a refusal and logs it, unless its reason was logged a moment ago.
func (s *Server) reject(reason, text, peer string) {
	s.metrics.Rejected(reason)
	s.warn(reason, text, peer)
}

func (s *Server) warn(reason, text, peer string) {
	if skipped, ok := s.limit.allow(reason, time.Now()); ok {
		s.log.Warn(text, "reason", reason, "peer", peer, "not_logged", skipped)
	}
}

func (s *Server) putFailed(err error) {
	if explain(&putError{err}) == errFull {
		s.fullAt.Store(time.Now().UnixNano())
	}
	s.warn("put", "the buffer did not take records: "+err.Error(), "")
}

// logEvery is how often a reason is logged.
const logEvery = 10 * time.Second

// throttle lets one message of each reason through at a time. Reasons are constants, so it stays small. The zero throttle is ready.
type throttle struct {
	mu   sync.Mutex
	seen map[string]*logged
}

type logged struct {
	next    time.Time
	skipped int
}

// allow reports whether to log now, and how often it said no since it last said yes.
func (t *throttle) allow(reason string, now time.Time) (skipped int, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen == nil {
		t.seen = make(map[string]*logged)
	}
	l := t.seen[reason]
	if l == nil {
		l = new(logged)
		t.seen[reason] = l
	}
	if now.Before(l.next) {
		l.skipped++
		return 0, false
	}
	skipped, l.skipped, l.next = l.skipped, 0, now.Add(logEvery)
	return skipped, true
}

// errorLog takes what net/http has to say: failed handshakes for the most part.
func (s *Server) errorLog() *log.Logger { return log.New(serverLog{s}, "", 0) }

type serverLog struct{ s *Server }

func (l serverLog) Write(p []byte) (int, error) {
	text := strings.TrimSpace(string(p))
	if strings.HasPrefix(text, "http: TLS handshake error") {
		l.s.reject("tls", text, "")
	} else {
		l.s.warn("http", text, "")
	}
	return len(p), nil
}
