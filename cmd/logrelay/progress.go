package main

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progressAfter is how long a job has to run before a bar appears.
const progressAfter = time.Second

// progress is a bar on a terminal; elsewhere it is silent. It is for one goroutine.
type progress struct {
	out   io.Writer // nil when there is no terminal
	what  string    // before the bar: "sending"
	total int64     // -1 when unknown
	bytes bool
	start time.Time
	bar   *progressbar.ProgressBar
}

// newProgress returns a bar on w for total bytes or records.
func newProgress(w io.Writer, what string, total int64, bytes bool) *progress {
	p := &progress{what: what, total: total, bytes: bytes, start: time.Now()}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.out = w
	}
	return p
}

// set moves the bar.
func (p *progress) set(n int64) {
	if p.out == nil || time.Since(p.start) < progressAfter {
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions64(p.total,
			progressbar.OptionSetWriter(p.out),
			progressbar.OptionSetDescription(p.what),
			progressbar.OptionShowBytes(p.bytes),
			progressbar.OptionShowCount(),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		)
	}
	_ = p.bar.Set64(n) // a bar that cannot be drawn stops nothing
}

// change moves the end of the bar and the text before it.
func (p *progress) change(what string, total int64) {
	if p.what, p.total = what, total; p.bar != nil {
		p.bar.Describe(what)
		p.bar.ChangeMax64(total)
	}
}

// clear takes the bar off the screen, so that a line can be printed.
func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
