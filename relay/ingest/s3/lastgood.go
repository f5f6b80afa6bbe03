package s3

import (
	"sync"
	"time"
)

const (
	goodTime   = time.Hour // that the last success of a bucket counts
	maxBuckets = 1024      // that are remembered
)

// lastGood remembers when an object of each bucket was last read. The zero lastGood is ready. Safe for concurrent use.
type lastGood struct {
	mu sync.Mutex
	at map[string]time.Time
}

func (l *lastGood) note(bucket string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.at[bucket]; l.at == nil || !known && len(l.at) >= maxBuckets {
		l.at = make(map[string]time.Time)
	}
	l.at[bucket] = time.Now()
}

// recent reports whether an object of the bucket was read not long ago.
func (l *lastGood) recent(bucket string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, ok := l.at[bucket]
	return ok && time.Since(at) < goodTime
}
