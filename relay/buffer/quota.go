package buffer

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"logrelay/relay"
)

// Limits say how much disk the log may use. They may change while it runs; see Log.SetLimits.
type Limits struct {
	// Quota bounds the files of the log, in bytes. DefaultQuota when zero.
	Quota int64
	// Reserve is what the log leaves free on the file system, in bytes. DefaultReserve when zero, none when negative.
	Reserve int64
	// Shares keep an input or a tenant from filling the log for the others.
	Shares []Share
}

// Defaults of Limits, in bytes.
const (
	DefaultQuota   = 10 << 30
	DefaultReserve = 256 << 20
)

// Share bounds the bytes (record, attributes, 16 bytes of table) that may stand in the log for an input, for a tenant, or for a tenant
// in an input. An empty name means any. Room comes back when a segment is deleted, so it comes in steps.
type Share struct {
	Input, Tenant string
	Bytes         int64
}

func (s Share) covers(p pair) bool {
	return (s.Input == "" || s.Input == p.input) && (s.Tenant == "" || s.Tenant == p.tenant)
}

func (s Share) String() string {
	switch {
	case s.Tenant == "":
		return fmt.Sprintf("input %q", s.Input)
	case s.Input == "":
		return fmt.Sprintf("tenant %q", s.Tenant)
	}
	return fmt.Sprintf("tenant %q in input %q", s.Tenant, s.Input)
}

// ShareStats is the use of one share, in bytes.
type ShareStats struct {
	Share
	Used int64
}

type pairUse struct {
	pair
	bytes int64
}

func largestFirst(use map[pair]int64) []pairUse {
	list := make([]pairUse, 0, len(use))
	for p, n := range use {
		list = append(list, pairUse{p, n})
	}
	slices.SortFunc(list, func(a, b pairUse) int {
		return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(a.input, b.input), cmp.Compare(a.tenant, b.tenant))
	})
	return list
}

// segmentSize returns the usual size of a segment under a quota: small enough that space comes back in steps of a thirty-second
// of it, large enough that a new file is rare.
func segmentSize(quota int64) int64 {
	return min(max(quota/32, 1<<20), 64<<20) / pageSize * pageSize
}

// quota counts what the log uses. Guarded by Log.mu.
type quota struct {
	Limits
	segment int64 // usual size of a segment
	forced  int64 // Options.SegmentSize
	bytes   int64 // of all segments and spares
	use     map[pair]int64
	shares  []int64 // use of each of Limits.Shares
	full    error   // why the last batch was refused; nil when the last one was not
	fullAt  time.Time
}

// fullFor is how long a refusal is taken for the state of the log when no other batch was tried. Who stops sending because the log is
// full has to learn that it may be worth trying again.
const fullFor = 30 * time.Second

func (q *quota) setFull(err error) { q.full, q.fullAt = err, time.Now() }

// state returns why the log does not accept, as far as is known.
func (q *quota) state() error {
	if q.full == nil || time.Since(q.fullAt) > fullFor {
		return nil
	}
	return q.full
}

func (q *quota) set(l Limits) {
	if l.Quota == 0 {
		l.Quota = DefaultQuota
	}
	if l.Reserve == 0 {
		l.Reserve = DefaultReserve
	}
	l.Shares = slices.Clone(l.Shares)
	q.Limits = l
	q.segment = cmp.Or(q.forced, segmentSize(l.Quota))
	q.shares = make([]int64, len(l.Shares))
	for p, n := range q.use {
		q.count(p, n)
	}
}

// count adds n bytes to the shares of p.
func (q *quota) count(p pair, n int64) {
	for i, s := range q.Shares {
		if s.covers(p) {
			q.shares[i] += n
		}
	}
}

// take adds n bytes to what p uses. n may be negative.
func (q *quota) take(p pair, n int64) {
	if q.use[p] += n; q.use[p] <= 0 {
		delete(q.use, p)
	}
	q.count(p, n)
}

// admit says whether the shares of p have room for n bytes more.
func (q *quota) admit(p pair, n int64) error {
	for i, s := range q.Shares {
		if s.covers(p) && q.shares[i]+n > s.Bytes {
			return relay.WithHint(
				fmt.Errorf("%w: the share of %s is used up (%d of %d bytes)", relay.ErrFull, s, q.shares[i], s.Bytes),
				"room comes back as the outputs deliver: see what holds them up in status, or raise the share")
		}
	}
	return nil
}

// room says whether the quota has room for n bytes more.
func (q *quota) room(n int64) error {
	if q.bytes+n > q.Quota {
		return relay.WithHint(
			fmt.Errorf("%w: the quota is used up (%d of %d bytes)", relay.ErrFull, q.bytes, q.Quota),
			"room comes back as the outputs deliver: see what holds them up in status, forget cursors of outputs that are gone, or raise the quota")
	}
	return nil
}

func diskFull(err error) error {
	return relay.WithHint(fmt.Errorf("%w: %w", relay.ErrFull, err),
		"free space on the file system of the state directory, or lower the quota so that the buffer fits beside the rest")
}
