package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"logrelay/relay"
	"logrelay/relay/config"
	"logrelay/relay/encode"
	"logrelay/relay/forward"
	"logrelay/relay/status"
)

const (
	tailPause     = 50 * time.Millisecond // between two looks into the buffer: what a watcher can cost is bounded by it
	tailBeat      = 10 * time.Second
	maxTailText   = 16 << 10 // bytes shown of a record or event
	maxTailEvents = 64       // shown of a record
	minMasked     = 6        // bytes: to mask what is shorter would make holes in words
)

// Tail shows records as they pass; see status.Actions. Everything but a copy of the record is done here, by the watcher's goroutine.
func (a actions) Tail(ctx context.Context, q status.TailQuery, line func(*status.TailLine) error) error {
	if err := a.d.known(q); err != nil {
		return err
	}
	w := &watcher{side: q.Side, name: q.Name, wake: make(chan struct{}, 1)}
	if err := a.d.tap.attach(w); err != nil {
		return err
	}
	defer a.d.tap.detach(w)
	v := &tailView{d: a.d, q: q, text: strings.ToLower(q.Text), shown: map[string]*preview{}}
	beat := time.NewTicker(tailBeat)
	defer beat.Stop()
	for err := line(nil); err == nil; {
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
			err = line(nil)
			continue
		case <-w.wake:
		}
		list, missed := w.take()
		for i := range list {
			if l := v.line(&list[i]); l != nil && err == nil {
				err = line(l)
			}
		}
		if missed > 0 && err == nil {
			err = line(&status.TailLine{Missed: missed})
		}
		pause(ctx, tailPause)
	}
	return nil // the watcher has gone
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// known refuses a name that nothing has.
func (d *Daemon) known(q status.TailQuery) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	names := slices.Sorted(maps.Keys(d.inputs))
	if q.Side == status.SideOutput {
		names = slices.Sorted(maps.Keys(d.outputs))
	}
	if q.Name == "" || slices.Contains(names, q.Name) {
		return nil
	}
	return relay.WithHint(fmt.Errorf("there is no %s %q", q.Side, q.Name), "there are: "+strings.Join(names, ", "))
}

// tailView turns records into lines for one watcher.
type tailView struct {
	d     *Daemon
	q     status.TailQuery
	text  string // in lower case
	shown map[string]*preview
	mask  *strings.Replacer
	of    *config.Config // whose secrets mask hides
	buf   []byte
}

// preview is what one output would make of records, or what is shown of an input's.
type preview struct {
	cfg    config.Output // that it was made of; nil for inputs
	events *forward.Preview
	encode relay.EncodeFunc
	wants  func(*relay.Origin, relay.Kind) bool // nil: all
}

// line returns nil for a record that is not to be shown.
func (v *tailView) line(t *tapped) *status.TailLine {
	r := &t.record
	v.follow()
	l := &status.TailLine{
		Received: r.ReceivedTime(), Input: r.Origin.Input, Kind: string(r.Origin.Kind), Tenant: r.Origin.Tenant, Peer: v.show([]byte(r.Origin.Peer)), Bytes: len(r.Raw),
	}
	if !r.Base.IsZero() {
		l.ID = r.ID()
	}
	if v.q.Side == status.SideOutput {
		l.Output = t.name
	}
	raw := v.masked(r.Raw)
	found := v.text == "" || strings.Contains(strings.ToLower(raw), v.text)
	l.Raw = shown(raw)
	if v.q.Side == status.SideOutput || v.q.Normalized {
		p := v.preview(t.name)
		if p == nil || p.wants != nil && !p.wants(r.Origin, r.Origin.Kind) {
			return nil
		}
		events := p.events.Events(r)
		l.Dropped = len(events) == 0
		for i := range events {
			e := &events[i]
			if l.Kind = string(e.Kind); e.Fault.Reason != relay.FaultNone {
				l.Fault = v.show([]byte(e.Fault.String()))
			}
			if !v.q.Normalized || i >= maxTailEvents {
				break
			}
			v.buf = p.encode(v.buf[:0], e)
			text := v.masked(v.buf)
			if r.Base.IsZero() {
				text = withoutID(text)
			}
			found = found || strings.Contains(strings.ToLower(text), v.text)
			l.Events = append(l.Events, shown(text))
		}
	}
	if !found {
		return nil
	}
	return l
}

// withoutID takes the id out of an event in schema json whose record has none yet: it would show as noughts.
func withoutID(text string) string {
	before, rest, found := strings.Cut(text, `"id":"`+(&relay.Record{}).ID()[:2*len(relay.ID{})])
	if _, after, ok := strings.Cut(rest, `",`); found && ok {
		return before + after
	}
	return text
}

// follow learns the secrets of the configuration in force.
func (v *tailView) follow() {
	if cfg := v.d.config(); cfg != v.of {
		v.of, v.mask = cfg, NewMask(cfg)
	}
}

// preview returns what shows the output of that name as it is now configured; nil when it is gone.
func (v *tailView) preview(name string) *preview {
	var cfg config.Output
	if v.q.Side == status.SideInput {
		name = ""
	} else if cfg = v.of.Outputs[name]; cfg == nil {
		return nil
	}
	p := v.shown[name]
	if p == nil || p.cfg != cfg {
		p = newPreview(name, cfg)
		v.shown[name] = p
	}
	return p
}

func newPreview(name string, cfg config.Output) *preview {
	common := &config.OutputCommon{Schema: "json"}
	if cfg != nil {
		common = cfg.Common()
	}
	normalize, err := newNormalizer(ruleOptions(name, common), common)
	if err != nil {
		panic(fmt.Sprintf("BUG: rules that the output runs with: %v", err))
	}
	enc, err := encode.New(common.Schema, encode.Options{Raw: common.Raw, Observables: common.Observables, OCSFVersion: common.OCSFVersion})
	if err != nil {
		panic(fmt.Sprintf("BUG: a schema that the configuration let through: %s", err))
	}
	return &preview{
		cfg: cfg, encode: enc, events: forward.NewPreview(forward.Options{Normalize: normalize, Select: selection(common)}),
		wants: selection(&config.OutputCommon{Inputs: common.Inputs, Tenants: common.Tenants}),
	}
}

// NewMask returns what hides the secrets of a configuration, and the tokens that were made for it where this user may read them.
func NewMask(c *config.Config) *strings.Replacer {
	secrets := c.Secrets()
	for name := range c.Inputs {
		if b, err := os.ReadFile(c.GeneratedTokenFile(name)); err == nil {
			secrets = append(secrets, strings.TrimSpace(string(b)))
		}
	}
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) }) // one may contain another
	var pairs []string
	for _, s := range secrets {
		if len(s) < minMasked {
			continue
		}
		pairs = append(pairs, s, config.NewSecret(s).String())
		if quoted, err := json.Marshal(s); err == nil && string(quoted[1:len(quoted)-1]) != s { // as it stands in JSON
			pairs = append(pairs, string(quoted[1:len(quoted)-1]), config.NewSecret(s).String())
		}
	}
	return strings.NewReplacer(pairs...)
}

func (v *tailView) masked(text []byte) string { return v.mask.Replace(string(text)) }

func (v *tailView) show(text []byte) string { return shown(v.masked(text)) }

// shown makes text safe for a terminal and a page, and not too long.
func shown(text string) string {
	var b strings.Builder
	for i, r := range text {
		if b.Len() >= maxTailText {
			b.WriteString("…")
			break
		}
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD") || r < ' ' || r >= 0x7f && r < 0xa0:
			escapeByte(&b, r, text[i])
		case unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func escapeByte(b *strings.Builder, r rune, c byte) {
	switch r {
	case '\n':
		b.WriteString(`\n`)
	case '\r':
		b.WriteString(`\r`)
	case '\t':
		b.WriteString(`\t`)
	case utf8.RuneError:
		fmt.Fprintf(b, `\x%02x`, c)
	default:
		fmt.Fprintf(b, `\x%02x`, r)
	}
}
