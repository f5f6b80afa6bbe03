package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"logrelay/relay/relaytest"
)

// tally is what the SIEM has received, by protocol and sequence number. Every output of a test has a protocol of its own.
type tally struct {
	mu    sync.Mutex
	seen  map[string]map[uint64][]string // ids of the arrivals, in their order
	total map[string]int
	more  chan struct{}
}

func newTally() *tally {
	return &tally{seen: map[string]map[uint64][]string{}, total: map[string]int{}, more: make(chan struct{})}
}

func (y *tally) add(r relaytest.Record) {
	seq, ok := relaytest.Sequence(r.Data)
	y.mu.Lock()
	defer y.mu.Unlock()
	y.total[r.Protocol]++
	if y.seen[r.Protocol] == nil {
		y.seen[r.Protocol] = map[uint64][]string{}
	}
	if ok {
		y.seen[r.Protocol][seq] = append(y.seen[r.Protocol][seq], eventID(r.Data))
	}
	close(y.more)
	y.more = make(chan struct{})
}

// eventID is the id that the relay gave the event, in its JSON.
func eventID(data []byte) string {
	const key = `"id":"`
	_, rest, _ := bytes.Cut(data, []byte(key))
	id, _, _ := bytes.Cut(rest, []byte{'"'})
	return string(id)
}

// wait waits until n records with different numbers have come over the protocol.
func (y *tally) wait(ctx context.Context, protocol string, n int) error {
	for {
		y.mu.Lock()
		got, more := len(y.seen[protocol]), y.more
		y.mu.Unlock()
		if got >= n {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %d records over %s, %d came: %w", n, protocol, got, ctx.Err())
		}
	}
}

// arrivals counts records with different numbers.
func (y *tally) arrivals(protocol string) int {
	y.mu.Lock()
	defer y.mu.Unlock()
	return len(y.seen[protocol])
}

// complete checks that every acknowledged record arrived over the protocol, and that what arrived more often than it was sent
// carries an id that was there before. It returns how many different ids and how many repetitions there were.
func (y *tally) complete(t testing.TB, protocol string, n *numbers) (ids, repeated int) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	y.mu.Lock()
	defer y.mu.Unlock()
	var lost []uint64
	for _, q := range n.acked {
		if len(y.seen[protocol][q]) == 0 {
			lost = append(lost, q)
		}
	}
	if lost != nil {
		t.Errorf("%s: %d of %d acknowledged records never arrived: %v …", protocol, len(lost), len(n.acked), lost[:min(10, len(lost))])
	}
	for q, list := range y.seen[protocol] {
		different := slices.Compact(slices.Sorted(slices.Values(list)))
		if different[0] == "" {
			t.Errorf("%s: record %d has no id", protocol, q)
		}
		if len(different) > n.attempts[q] {
			t.Errorf("%s: record %d was sent %d times and arrived under %d ids: %q", protocol, q, n.attempts[q], len(different), different)
		}
		ids += len(different)
		repeated += len(list) - len(different)
	}
	return ids, repeated
}
