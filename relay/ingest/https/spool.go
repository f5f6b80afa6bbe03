package https

import (
	"fmt"
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// spool is a body in a file that has no name, read through a mapping: it is not in the process's own memory, and is gone
// when the process is.
type spool struct {
	s      *Server
	f      *os.File
	size   int64
	mapped []byte
}

func (s *Server) newSpool() (*spool, error) {
	f, err := os.CreateTemp(s.opt.SpoolDir, "logrelay-body-")
	if err != nil {
		return nil, s.spoolFailed(err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, s.spoolFailed(err)
	}
	return &spool{s: s, f: f}, nil
}

// spoolFailed tells the operator; the sender is asked to come again.
func (s *Server) spoolFailed(err error) error {
	err = fmt.Errorf("keeping a large body on disk: %w", err)
	s.metrics.Failed(err)
	s.warn("spool", err.Error(), "")
	return errBusy
}

func (p *spool) write(b []byte) error {
	if !reserve(&p.s.spooled, int64(len(b)), p.s.limits.Spool) {
		return errBusy
	}
	p.size += int64(len(b))
	if _, err := p.f.Write(b); err != nil {
		return p.s.spoolFailed(err)
	}
	return nil
}

// view maps the file.
func (p *spool) view() ([]byte, error) {
	data, err := unix.Mmap(int(p.f.Fd()), 0, int(p.size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, p.s.spoolFailed(err)
	}
	p.mapped = data
	return data, nil
}

func (p *spool) close() {
	if p.mapped != nil {
		if err := unix.Munmap(p.mapped); err != nil {
			panic("BUG: unmapping a body: " + err.Error())
		}
	}
	p.f.Close()
	p.s.spooled.Add(-p.size)
}

// reserve adds n to used, unless that passes limit.
func reserve(used *atomic.Int64, n, limit int64) bool {
	if used.Add(n) > limit {
		used.Add(-n)
		return false
	}
	return true
}
