package syslog

import (
	"context"
	"sync"

	"logrelay/relay"
)

const (
	// readBytes is the most that one read(2) brings.
	readBytes = relay.BatchBytes
	// readSlack is left of a batch's memory when a read is sized, so that what was left over from the read before fits as well.
	readSlack = 16 << 10
	// recordBytes is one TLS record, decrypted (RFC 8446 section 5.1).
	recordBytes = 16 << 10
	// entryBytes is what a batch takes for its entries, as a rule.
	entryBytes = 32 << 10
	// workspaceBytes is what a workspace costs in the budget.
	workspaceBytes = readBytes + recordBytes + relay.BatchBytes + entryBytes
)

// workspace is the memory that a connection needs while bytes are under way, and only then.
type workspace struct {
	in    [readBytes]byte   // as read from the socket
	plain [recordBytes]byte // decrypted
	batch relay.Batch
}

// workspaces lends workspaces within a budget. Safe for concurrent use.
type workspaces struct {
	budget *relay.Budget
	pool   sync.Pool
}

// try returns a workspace if there is memory for one at once, else nil.
func (w *workspaces) try() *workspace {
	if !w.budget.TryTake(workspaceBytes) {
		return nil
	}
	return w.get()
}

// take returns a workspace, waiting for memory until ctx ends.
func (w *workspaces) take(ctx context.Context) (*workspace, error) {
	if err := w.budget.Take(ctx, workspaceBytes); err != nil {
		return nil, err
	}
	return w.get(), nil
}

func (w *workspaces) get() *workspace {
	if ws, ok := w.pool.Get().(*workspace); ok {
		return ws
	}
	return &workspace{batch: relay.Batch{Bytes: make([]byte, 0, relay.BatchBytes)}}
}

// give takes a workspace back; nil is allowed.
func (w *workspaces) give(ws *workspace) {
	if ws == nil {
		return
	}
	ws.batch.Reset()
	w.pool.Put(ws)
	w.budget.Give(workspaceBytes)
}
