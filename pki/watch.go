package pki

import (
	"context"
	"os"
	"syscall"
	"time"
)

// watchInterval is how often Watch looks at the files.
const watchInterval = 5 * time.Second

// fileState is what changes when a file is replaced, rewritten, or a symbolic link on the way to it is turned.
type fileState struct {
	dev, inode uint64
	size       int64
	modified   int64 // nanoseconds
	changed    int64 // nanoseconds; modes too
}

type pairState struct{ cert, key fileState }

// Watch reads the pair again when its files have changed and then been quiet for one interval, and while something is wrong with it. It returns
// when ctx ends. It also renews the certificate that the relay made.
func (s *Store) Watch(ctx context.Context) {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	seen, _ := s.look()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now, due := s.look()
		if due && now == seen {
			_ = s.Reload() // logged and shown by Info
		}
		seen = now
	}
}

// look returns how the files are now, and whether they are to be read again: because they changed since the last time, or because time alone
// may mend what is wrong.
func (s *Store) look() (now pairState, due bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	now = statPair(s.files())
	due = now != s.read || s.problem != nil || isOurs(s.cert.Leaf) && time.Until(s.cert.Leaf.NotAfter) < renewBefore
	return now, due
}

func statPair(certFile, keyFile string) pairState { return pairState{stat(certFile), stat(keyFile)} }

func stat(path string) fileState {
	info, err := os.Stat(path)
	if err != nil {
		return fileState{}
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fileState{size: info.Size(), modified: info.ModTime().UnixNano()}
	}
	return fileState{st.Dev, st.Ino, st.Size, st.Mtim.Nano(), st.Ctim.Nano()}
}
