package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"logrelay/relay/status"
)

// What stands before a line.
const (
	markGood  = "✓"
	markBad   = "✗"
	markQuiet = "·" // nothing came yet
)

// The states of outputs and pulls in which something is wrong; see status.Output and status.Pull.
const (
	stateRetrying = "retrying"
	stateFailing  = "failing"
	stateNeedsYou = "needs you"
)

// printStatus writes one screen, in colours where w takes them, and no wider than it is.
func printStatus(w io.Writer, s status.Snapshot) error {
	win := windowOf(w)
	_, err := fmt.Fprintln(w, strings.Join(win.lines(statusOn(win, paint(colours(w)), s)), "\n"))
	return err
}

// statusOn is the screen for a window, which may be higher than that.
func statusOn(win window, p paint, s status.Snapshot) string {
	var b strings.Builder
	screen{w: &b, paint: p, s: s, width: win.width}.all()
	return b.String()
}

// screen writes the parts of a status.
type screen struct {
	w io.Writer
	paint
	s     status.Snapshot
	width int                    // of the window; 0 for no limit
	trend func(of string) string // what draws the course of "input web" or "output siem"; nil for none
}

func (v screen) all() {
	v.head()
	v.sums()
	v.inputs()
	v.outputs()
	v.rest()
	v.problems()
}

// withTrend puts a column with the course behind the one of the rate.
func (v screen) withTrend(row []cell, text string) []cell {
	const rate = 5
	if v.trend == nil {
		return row
	}
	return slices.Insert(row, rate+1, cell{text: text})
}

func (v screen) course(of string) string {
	if v.trend == nil {
		return ""
	}
	return v.trend(of)
}

const trendTitle = "LAST HALF MINUTE"

func (v screen) head() {
	accepts := "accepting"
	if !v.s.Ready {
		accepts = v.in(colourRed, "NOT accepting")
	}
	fmt.Fprintf(v.w, "logrelay %s, %s, %s, up %s\n", v.s.Version, v.health(v.s.Health, string(v.s.Health)), accepts, span(v.s.Now.Sub(v.s.Started)))
}

// sums writes promise 2: where every accepted record is.
func (v screen) sums() {
	fmt.Fprintln(v.w, "\nWHERE THE RECORDS ARE")
	for _, out := range v.s.Outputs {
		u := out.Sum
		mark := v.in(colourGreen, markGood)
		if !u.AddsUp {
			mark = v.in(colourRed, markBad)
		}
		fmt.Fprintf(v.w, "%s %s: %d accepted = %d delivered + %d dead-lettered + %d waiting", mark, out.Name, u.Accepted, u.Delivered, u.DeadLettered, u.Waiting)
		for _, term := range []struct {
			n    uint64
			word string
		}{{u.Dropped, "dropped by rule"}, {u.Discarded, "discarded by the operator"}, {u.Damaged, "damaged"}} {
			if term.n > 0 {
				fmt.Fprintf(v.w, " + %d %s", term.n, term.word)
			}
		}
		if !u.AddsUp {
			fmt.Fprint(v.w, v.in(colourRed, "  DOES NOT ADD UP"))
		}
		fmt.Fprintln(v.w)
	}
}

// mark says whether records came through, and whether something is wrong.
func mark(seen, bad bool) cell {
	switch {
	case bad:
		return cell{markBad, colourRed}
	case seen:
		return cell{markGood, colourGreen}
	}
	return cell{markQuiet, ""}
}

func (v screen) inputs() {
	fmt.Fprintln(v.w)
	rows := [][]cell{v.withTrend(cells("", "INPUT", "TYPE", "BYTES", "RECEIVED", "RATE", "LAST SEEN", "CONNECTIONS", "REFUSED", "ADDRESS"), trendTitle)}
	for _, in := range v.s.Inputs {
		refused := strconv.FormatUint(in.Rejected, 10)
		if in.LastReject != "" {
			refused += ", last " + in.LastReject
		}
		bad := in.Pull != nil && (in.Pull.State == stateFailing || in.Pull.State == stateNeedsYou)
		rows = append(rows, v.withTrend(cells(mark(in.Records > 0, bad), in.Name, in.Type, size(in.Bytes), in.Records, rate(in.RecordsRate),
			ago(v.s.Now, in.LastSeen), in.Connections, refused, dash(printable(in.Address, 120))), v.course("input "+in.Name)))
	}
	table{v.paint, v.width}.print(v.w, rows)
	for _, in := range v.s.Inputs {
		if in.LastError != "" {
			fmt.Fprintf(v.w, "  %s: %s\n", in.Name, printable(in.LastError, 500))
		}
	}
	v.pulls()
}

// pulls writes what the inputs do that fetch objects, if there are any.
func (v screen) pulls() {
	rows := [][]cell{cells("PULL", "STATE", "MESSAGES", "OBJECTS", "OLDEST", "LAG", "TAKEN", "REPEATED", "SET ASIDE")}
	for _, in := range v.s.Inputs {
		if p := in.Pull; p != nil {
			rows = append(rows, cells(in.Name, p.State, p.Messages, p.Objects, seconds(p.OldestMessage), seconds(p.Lag), p.Taken, p.Repeated, p.SetAside))
		}
	}
	if len(rows) > 1 {
		fmt.Fprintln(v.w)
		table{v.paint, v.width}.print(v.w, rows)
	}
}

func (v screen) outputs() {
	fmt.Fprintln(v.w)
	rows := [][]cell{v.withTrend(cells("", "OUTPUT", "TYPE", "STATE", "DELIVERED", "RATE", "WAITING", "SIZE", "OLDEST", "RETRIES", "CONCURRENCY", "LAST DELIVERY", "TARGET"), trendTitle)}
	for _, o := range v.s.Outputs {
		oldest := "-"
		if o.Sum.Waiting > 0 {
			oldest = span(time.Duration(o.WaitingFor * float64(time.Second)))
		}
		state := cell{o.State, ""}
		if troubled(o.State) {
			if state.colour = colourRed; o.State == stateRetrying {
				state.colour = colourAmber
			}
			if o.Since != nil {
				state.text += " for " + span(v.s.Now.Sub(*o.Since))
			}
		}
		rows = append(rows, v.withTrend(cells(mark(o.Sum.Delivered > 0, troubled(o.State)), o.Name, o.Type, state, o.Sum.Delivered, rate(o.DoneRate), o.Sum.Waiting,
			size(o.WaitingSize), oldest, o.Retries, o.Concurrency, ago(v.s.Now, o.LastSuccess), dash(printable(o.Target, 120))), v.course("output "+o.Name)))
	}
	table{v.paint, v.width}.print(v.w, rows)
	for _, o := range v.s.Outputs {
		if o.SetAside > 0 {
			fmt.Fprintf(v.w, "  %s: refused %s, set aside until another one goes through: then it is a dead letter\n", o.Name, count(o.SetAside, "event"))
		}
		if o.State == stateRetrying && o.LastError != "" {
			fmt.Fprintf(v.w, "  %s: %s\n", o.Name, printable(o.LastError, 500))
		}
	}
}

func troubled(state string) bool {
	return slices.Contains([]string{stateRetrying, stateNeedsYou}, state)
}

// rest writes buffer and certificate.
func (v screen) rest() {
	b := v.s.Buffer
	fill := ""
	if v.trend != nil {
		fill = bar(b.FillPercent) + " "
	}
	fmt.Fprintf(v.w, "\nBUFFER       %s%s of %s (%.0f %%), %s free on disk, %s, %s ever accepted", fill, size(b.Bytes), size(b.Quota), b.FillPercent, size(b.Free), count(b.Segments, "segment"),
		count(int(b.Records), "record"))
	for _, n := range []struct {
		n    uint64
		word string
	}{{b.DeadLetters, "dead letter"}, {b.Damaged, "damaged record"}} {
		if n.n > 0 {
			fmt.Fprintf(v.w, ", %s", v.in(colourAmber, count(int(n.n), n.word)))
		}
	}
	if b.FullIn > 0 {
		fmt.Fprintf(v.w, ", full in %s at this rate", fullIn(b.FullIn))
	}
	fmt.Fprintln(v.w)
	if t := v.s.TLS; t != nil {
		signed, colour := "", ""
		if t.SelfSigned {
			signed = ", self-signed"
		}
		if t.DaysLeft < soonDays {
			colour = colourAmber
		}
		fmt.Fprintf(v.w, "CERTIFICATE  %s%s, %s, for %s\n", printable(t.Subject, 200), signed, v.in(colour, fmt.Sprintf("%d days left", t.DaysLeft)),
			printable(strings.Join(t.Names, ", "), 500))
	}
	for _, c := range v.s.Certificates {
		colour, left := "", fmt.Sprintf("%d days left", c.DaysLeft)
		switch {
		case c.Problem != "":
			colour, left = colourRed, c.Problem
		case c.DaysLeft < soonDays:
			colour = colourAmber
		}
		fmt.Fprintf(v.w, "             of output %s: %s\n", printable(c.Output, 100), strings.TrimPrefix(printable(c.Subject, 200)+", ", ", ")+v.in(colour, printable(left, 500)))
	}
	if v.s.Tails > 0 {
		fmt.Fprintf(v.w, "LIVE TAILS   %d\n", v.s.Tails)
	}
}

// soonDays is what the relay itself warns at.
const soonDays = 30

// fullIn prints a time that is no more than a guess.
func fullIn(s float64) string {
	if s > 365*24*3600 {
		return "more than a year"
	}
	return span(time.Duration(s * float64(time.Second)))
}

func (v screen) problems() {
	if len(v.s.Problems) == 0 {
		fmt.Fprintln(v.w, "\nNo problems.")
		return
	}
	fmt.Fprintln(v.w, "\nPROBLEMS")
	for _, p := range v.s.Problems {
		fmt.Fprintf(v.w, "%s  %s: %s\n", v.health(p.Health, fmt.Sprintf("%-5s", p.Health)), p.Where, printable(p.What, 500))
		if p.Hint != "" {
			fmt.Fprintf(v.w, "       hint: %s\n", printable(p.Hint, 500))
		}
	}
}

// rate prints records a second.
func rate(r float64) string {
	switch {
	case r == 0:
		return "0/s"
	case r < 10:
		return fmt.Sprintf("%.1f/s", r)
	}
	return fmt.Sprintf("%.0f/s", r)
}

// seconds prints a span that is absent when it is 0.
func seconds(s float64) string {
	if s == 0 {
		return "-"
	}
	return span(time.Duration(s * float64(time.Second)))
}

// ago says how long before now t was.
func ago(now time.Time, t *time.Time) string {
	if t == nil || t.IsZero() {
		return "never"
	}
	return span(now.Sub(*t)) + " ago"
}
