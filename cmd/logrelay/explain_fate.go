package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"logrelay/relay/buffer"
	"logrelay/relay/daemon"
	"logrelay/relay/status"
)

// outputFate is what became of a record at one output.
type outputFate struct {
	Output  string     `json:"output"`
	Fate    string     `json:"fate"` // one of the words below
	Detail  string     `json:"detail,omitempty"`
	Answer  string     `json:"answer,omitempty"`  // of the far end, to a dead letter
	Refused *time.Time `json:"refused,omitempty"` // likewise
}

// Fates.
const (
	fateDelivered = "delivered"
	fateWaiting   = "waiting"
	fateRefused   = "dead letter"
	fateNotWanted = "not wanted"
	fateBefore    = "not for it"
)

// fates says what each output did with the record.
func (x *explainer) fates(d *buffer.Directory) {
	for _, c := range d.Cursors {
		i := slices.IndexFunc(x.letters, func(l status.Letter) bool { return l.Output == c.Name })
		if i >= 0 {
			x.Outputs = append(x.Outputs, refusedFate(x.letters[i]))
			continue
		}
		x.Outputs = append(x.Outputs, x.fate(c))
	}
}

// passedFate is that of a record that has left the log, by what became of the batch that it was in.
func passedFate(p status.Passage) outputFate {
	at := p.At.Format(time.RFC3339)
	if p.DeadLettered+p.Dropped == 0 {
		return outputFate{Output: p.Output, Fate: fateDelivered, Detail: "the far end has it since " + at}
	}
	return outputFate{Output: p.Output, Fate: "passed", Detail: fmt.Sprintf("at %s, in a batch of which %d were delivered, %d dead-lettered, %d dropped by rule", at, p.Delivered, p.DeadLettered, p.Dropped)}
}

func refusedFate(l status.Letter) outputFate {
	return outputFate{l.Output, fateRefused, "open: logrelay buffer dead-letters show|retry|drop " + l.ID, l.Answer, &l.Refused}
}

// fate is that of a record with no open dead letter.
func (x *explainer) fate(c buffer.CursorInfo) outputFate {
	f := outputFate{Output: c.Name}
	position, state := c.Position, ""
	if o := x.output(c.Name); o != nil {
		position = max(position, c.Start+o.Sum.Accepted-o.Sum.Waiting) // the file may be some seconds old
		if state = "; the output is " + o.State; o.LastError != "" {
			state += ": " + o.LastError
		}
	}
	n := x.record.Number
	configured := x.conf.Outputs[c.Name] != nil
	switch {
	case c.Err != nil:
		f.Fate, f.Detail = "unknown", "its place in the log cannot be read: "+c.Err.Error()
	case n < c.Start:
		f.Fate, f.Detail = fateBefore, "the output began after this record"
	case configured && !daemon.Wants(x.conf, c.Name, x.record):
		f.Fate, f.Detail = fateNotWanted, "the output's lists or rules, as they are now, leave it out"
	case n < position:
		f.Fate, f.Detail = fateDelivered, "the far end has it"
	default:
		f.Fate, f.Detail = fateWaiting, strconv.FormatUint(n-position, 10)+" records are before it"+state
	}
	if !configured {
		f.Detail += "; the output is not configured any more"
	}
	return f
}

func (x *explainer) output(name string) *status.Output {
	if x.status == nil {
		return nil
	}
	i := slices.IndexFunc(x.status.Outputs, func(o status.Output) bool { return o.Name == name })
	if i < 0 {
		return nil
	}
	return &x.status.Outputs[i]
}
