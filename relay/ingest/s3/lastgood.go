package s3

import (
	"errors"
	"strings"
	"sync"
	"time"

	"logrelay/relay"
)

// Bounds of what is remembered. What is forgotten waits for one more attempt.
const (
	maxBuckets = 1024
	maxRefused = 4096
)

// lastGood remembers when an object of each bucket was last read, and since when single objects are refused. The zero lastGood is ready. Safe for
// concurrent use.
type lastGood struct {
	mu      sync.Mutex
	at      map[string]time.Time   // of each bucket
	refused map[relay.ID]time.Time // of each object: the first time since it was read
}

// note notes that an object was read.
func (l *lastGood) note(bucket string, object relay.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	remember(&l.at, bucket, maxBuckets)
	delete(l.refused, object)
}

// refuse notes that an object was refused. The first time counts.
func (l *lastGood) refuse(object relay.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.refused[object]; !known {
		remember(&l.refused, object, maxRefused)
	}
}

// alone reports whether others of the bucket were read since the object was first refused.
func (l *lastGood) alone(bucket string, object relay.ID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	first, known := l.refused[object]
	return known && l.at[bucket].After(first)
}

// remember sets the time of a key to now. Where there are too many, any other is forgotten.
func remember[K comparable](m *map[K]time.Time, key K, limit int) {
	if *m == nil {
		*m = make(map[K]time.Time)
	}
	if _, known := (*m)[key]; !known && len(*m) >= limit {
		for other := range *m {
			delete(*m, other)
			break
		}
	}
	(*m)[key] = time.Now()
}

// mayBeMissing reports whether a refusal may stand for an object that is not there (S3 API reference, GetObject: without s3:ListBucket, 403 stands for
// 404). AWS names the action that was missing in most refusals; then it is s3:ListBucket, and not the reading itself. Refusals of the credentials are none.
func mayBeMissing(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Class != Denied || e.Code != "AccessDenied" {
		return false
	}
	said := e.Err.Error()
	return strings.HasPrefix(e.Action, "s3:GetObject") && !strings.Contains(said, "perform: s3:GetObject") && !strings.Contains(said, "explicit deny")
}
