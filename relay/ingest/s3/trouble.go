package s3

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"logrelay/relay"
)

const (
	redAfter  = time.Minute      // that nobody was let in
	repeatLog = 10 * time.Minute // a failure that goes on is logged again
	changeLog = 10 * time.Second // a failure of another class is logged at most so often
	stale     = 30 * time.Minute // without being met again, after which a failure of one bucket counts as over; twice the longest back-off
)

// trouble is what is wrong with one kind of request: receiving, deleting, hiding, reading. Safe for concurrent use.
type trouble struct {
	log  *slog.Logger
	what string // for people: "receiving messages"

	mu       sync.Mutex
	err      error  // nil: all is well
	where    string // the bucket that nobody is let into; "" for what there is one of
	last     time.Time
	since    time.Time
	locked   time.Time // since when a person is needed; zero: none is
	attempts int
	class    Class     // logged last
	logged   time.Time // when
	told     bool      // this failure was logged
}

func (t *trouble) report(err error) { t.reportAt("", err) }

// reportAt notes a failure. It logs the first, changes, and each tenth minute.
func (t *trouble) reportAt(where string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, class := time.Now(), classOf(err)
	t.expire(now)
	if t.err == nil {
		t.since, t.attempts, t.told = now, 0, false
	}
	t.attempts++
	switch {
	case class.needsPerson() && t.locked.IsZero():
		t.locked, t.where = now, where
		fallthrough
	case t.locked.IsZero(), where == t.where:
		t.err, t.last = err, now
	}
	if quiet := now.Sub(t.logged); quiet < changeLog || quiet < repeatLog && class == t.class {
		return
	}
	t.class, t.logged, t.told = class, now, true
	t.log.Warn(t.what+" fails", "error", err, "class", class.String(), "attempts", t.attempts, "hint", relay.HintOf(err))
}

func (t *trouble) over() { t.overAt("") }

// overAt notes a success. That of one bucket says nothing of another into which nobody is let.
func (t *trouble) overAt(where string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.expire(time.Now()); t.err == nil || t.where != "" && where != t.where {
		return
	}
	if t.told {
		t.log.Info(fmt.Sprintf("%s: recovered after %d attempts, %s", t.what, t.attempts, time.Since(t.since).Round(time.Millisecond)))
	}
	t.err, t.locked, t.where = nil, time.Time{}, ""
}

// expire forgets a failure of one bucket that was not met again: nobody may ever ask for its objects again. It is called with t.mu held.
func (t *trouble) expire(now time.Time) {
	if t.where != "" && now.Sub(t.last) > stale {
		t.err, t.locked, t.where = nil, time.Time{}, ""
	}
}

// Problem is what is wrong with an input.
type Problem struct {
	Error string    // in words
	Hint  string    // what an operator should do; "" when there is nothing to do but wait
	Class string    // see Class
	Since time.Time // of the first failure without a success since
	Red   bool      // nobody was let in for a minute: a person has to act
}

// problem returns what is wrong, or nil.
func (t *trouble) problem(now time.Time) *Problem {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.expire(now); t.err == nil {
		return nil
	}
	return &Problem{
		Error: t.what + ": " + t.err.Error(), Hint: relay.HintOf(t.err), Class: classOf(t.err).String(), Since: t.since,
		Red: !t.locked.IsZero() && now.Sub(t.locked) >= redAfter,
	}
}

// notes logs what was set aside, at a limited rate. Safe for concurrent use.
type notes struct {
	log *slog.Logger

	mu     sync.Mutex
	last   time.Time
	silent int // since then
}

func (n *notes) report(what, reason string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if time.Since(n.last) < changeLog {
		n.silent++
		return
	}
	n.log.Warn("set aside: see `logrelay buffer dead-letters ls`", "what", what, "reason", reason, "others_since", n.silent)
	n.last, n.silent = time.Now(), 0
}
