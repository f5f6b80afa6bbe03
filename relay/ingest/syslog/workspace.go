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
	// readerBytes and workspaceBytes are what a reader and a workspace with one cost in the budget.
	readerBytes    = readBytes + recordBytes
	workspaceBytes = readerBytes + relay.BatchBytes + entryBytes
)

// workspace is the memory that a connection needs while bytes are under way, and only then.
type workspace struct {
	*reader // given back before the last of the bytes are put: that takes a while, and another connection can read meanwhile
	batch   relay.Batch
}

// reader is the memory for what comes from a socket.
type reader struct {
	in    [readBytes]byte   // as read
	plain [recordBytes]byte // decrypted
}

// workspaces lends workspaces within a budget. Safe for concurrent use.
type workspaces struct {
	budget  *relay.Budget
	pool    sync.Pool // of *workspace without reader
	readers sync.Pool
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
	ws, ok := w.pool.Get().(*workspace)
	if !ok {
		ws = &workspace{batch: relay.Batch{Bytes: make([]byte, 0, relay.BatchBytes)}}
	}
	if ws.reader, ok = w.readers.Get().(*reader); !ok {
		ws.reader = &reader{}
	}
	return ws
}

// giveReader takes the reader of a workspace back, if it is still there.
func (w *workspaces) giveReader(ws *workspace) {
	if ws.reader == nil {
		return
	}
	w.readers.Put(ws.reader)
	ws.reader = nil
	w.budget.Give(readerBytes)
}

// give takes a workspace back; nil is allowed.
func (w *workspaces) give(ws *workspace) {
	if ws == nil {
		return
	}
	w.giveReader(ws)
	ws.batch.Reset()
	w.pool.Put(ws)
	w.budget.Give(workspaceBytes - readerBytes)
}
