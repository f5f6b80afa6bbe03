package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// printEvent writes an explanation for people.
func printEvent(w io.Writer, x *explanation) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(t, "%s\t%s\n", name, printable(value, 1000))
		}
	}
	line("id", x.ID)
	line("the id says", x.idSays())
	if x.Number != nil {
		place := fmt.Sprintf("record %d", *x.Number)
		if x.Segment != "" {
			place += " in " + x.Segment
		}
		line("in the log", place)
	}
	if x.Received != nil {
		line("accepted", stamp(*x.Received))
	}
	line("input", x.Input)
	line("from", x.Peer)
	line("who", x.Identity)
	line("tenant", x.Tenant)
	line("source", x.Source)
	line("delivery", x.Delivery)
	line("kind", x.Kind)
	line("not understood", x.Fault)
	if x.Bytes > 0 {
		line("size", size(uint64(x.Bytes)))
	}
	for _, f := range x.Outputs {
		text := f.Fate
		if f.Refused != nil {
			text += " since " + stamp(*f.Refused)
		}
		if f.Answer != "" {
			text += ", the far end said: " + f.Answer
		}
		line("output "+f.Output, text+" ("+f.Detail+")")
	}
	for _, n := range x.Notes {
		line("note", n)
	}
	return t.Flush()
}

// idSays is what can be read off the id alone.
func (x *explanation) idSays() string {
	text := fmt.Sprintf("record %d of its segment or delivery (counted from 0)", x.Ordinal)
	if x.Event != nil {
		return fmt.Sprintf("event %d of ", *x.Event) + text
	}
	return text
}
