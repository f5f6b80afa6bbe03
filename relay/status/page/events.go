package page

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"time"

	"logrelay/relay/status"
)

const (
	maxStreams     = 32
	eventEvery     = time.Second
	streamPatience = 30 * time.Second // for a client that takes nothing
	beatEvery      = 15 * time.Second // where nothing changes
)

// parts are the pieces of the page that change, each an element with this id and a template of this name.
var parts = []string{"live", "charts"}

// events sends each part of the page again when it has changed: server-sent events (HTML standard, section 9.2) whose data is HTML. It ends
// with the session of who looks, and the browser then asks again.
func (p *Page) events(w http.ResponseWriter, r *http.Request, v visitor) {
	if !p.openStream() {
		http.Error(w, "too many pages are open", http.StatusTooManyRequests)
		return
	}
	defer p.closeStream()
	ctx, cancel := status.StreamContext(r)
	defer cancel()
	c := http.NewResponseController(w)
	defer func() { _ = c.SetWriteDeadline(time.Time{}) }() // of net/http's own connections it never fails
	w.Header().Set("Content-Type", "text/event-stream")
	tick := time.NewTicker(eventEvery)
	defer tick.Stop()
	of, sent, last := r.URL.Query().Get("of"), map[string]string{}, time.Time{}
	for {
		out := p.changes(p.view(v, of), sent)
		if now := time.Now(); len(out) > 0 || now.Sub(last) >= beatEvery {
			if len(out) == 0 {
				out = []byte(":\n\n")
			}
			last = now
			_ = c.SetWriteDeadline(now.Add(streamPatience)) // likewise
			if _, err := w.Write(out); err != nil {
				return
			}
			if c.Flush() != nil {
				return
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if v.door != status.Socket && p.visitor(r, v.door, false) != v {
			return // the session is over
		}
	}
}

// endings makes one of all that ends a line of an event: what strangers wrote may hold any of them.
var endings = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// changes renders what differs from what was sent.
func (p *Page) changes(data *view, sent map[string]string) []byte {
	var out []byte
	for _, part := range parts {
		var b bytes.Buffer
		if err := p.templates.ExecuteTemplate(&b, part, data); err != nil {
			panic(fmt.Sprintf("BUG: template %s: %v", part, err))
		}
		if text := b.String(); sent[part] != text {
			sent[part] = text
			for line := range strings.SplitSeq(strings.TrimSuffix(endings.Replace(text), "\n"), "\n") {
				out = append(append(append(out, "data: "...), line...), '\n')
			}
			out = append(out, '\n')
		}
	}
	return out
}

func (p *Page) openStream() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.streams >= maxStreams {
		return false
	}
	p.streams++
	return true
}

func (p *Page) closeStream() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.streams--
}
