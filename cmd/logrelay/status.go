package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"logrelay/relay/status"
)

func statusCommand() *cli.Command {
	return &cli.Command{
		Name:        "status",
		Usage:       "show what the running relay is doing, and what it needs",
		Description: `Exit status 3 when something needs a person, or when the relay does not run.`,
		Flags:       []cli.Flag{configFlag(), adminFlag(), jsonFlag()},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			a, err := dialAdmin(c)
			if err != nil {
				return err
			}
			return showStatus(c.Context, c.App.Writer, a, c.Bool("json"))
		},
	}
}

// showStatus prints the state of the relay. Its error has the status exitUnhealthy when the relay is red or away.
func showStatus(ctx context.Context, w io.Writer, a *adminClient, asJSON bool) error {
	var s status.Snapshot
	if err := a.get(ctx, "/api/v1/status", &s); err != nil {
		return withStatus(exitUnhealthy, err)
	}
	var err error
	if asJSON {
		err = writeJSON(w, s)
	} else {
		err = printStatus(w, s)
	}
	if err == nil && s.Health == status.Red {
		err = withStatus(exitUnhealthy, errors.New("the relay needs a person, see the problems"))
	}
	return err
}

// printStatus writes one screen.
func printStatus(w io.Writer, s status.Snapshot) error {
	accepts := "accepting"
	if !s.Ready {
		accepts = "NOT accepting"
	}
	fmt.Fprintf(w, "logrelay %s, %s, %s, up %s\n\n", s.Version, s.Health, accepts, span(s.Now.Sub(s.Started)))

	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "INPUT\tTYPE\tADDRESS\tRECORDS\tBYTES\tCONNECTIONS\tREFUSED\tLAST RECORD")
	for _, in := range s.Inputs {
		refused := strconv.FormatUint(in.Rejected, 10)
		if in.LastReject != "" {
			refused += ", last " + in.LastReject
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%d\t%s\t%s\n", in.Name, in.Type, in.Address,
			in.Records, size(in.Bytes), in.Connections, refused, ago(s.Now, in.LastSeen))
	}
	if err := errors.Join(t.Flush(), printPulls(t, s)); err != nil {
		return err
	}
	fmt.Fprintln(w)
	fmt.Fprintln(t, "OUTPUT\tTYPE\tTARGET\tSTATE\tWAITING\tOLDEST\tRETRIES\tLAST DELIVERY")
	for _, out := range s.Outputs {
		oldest := "-"
		if out.Sum.Waiting > 0 {
			oldest = span(time.Duration(out.WaitingFor * float64(time.Second)))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\t%d\t%s\n", out.Name, out.Type, dash(out.Target), out.State,
			out.Sum.Waiting, oldest, out.Retries, ago(s.Now, out.LastSuccess))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	printSums(w, s.Outputs)
	printBuffer(w, s)
	printProblems(w, s)
	return nil
}

// printPulls writes what the inputs do that fetch objects, if there are any.
func printPulls(t *tabwriter.Writer, s status.Snapshot) error {
	const heading = "\nPULL\tSTATE\tMESSAGES\tOBJECTS\tOLDEST\tLAG\tTAKEN\tREPEATED\tSET ASIDE"
	shown := false
	for _, in := range s.Inputs {
		p := in.Pull
		if p == nil {
			continue
		}
		if !shown {
			fmt.Fprintln(t, heading)
			shown = true
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\t%s\t%d\t%d\t%d\n", in.Name, p.State, p.Messages, p.Objects,
			seconds(p.OldestMessage), seconds(p.Lag), p.Taken, p.Repeated, p.SetAside)
	}
	return t.Flush()
}

// seconds prints a span that is absent when it is 0.
func seconds(s float64) string {
	if s == 0 {
		return "-"
	}
	return span(time.Duration(s * float64(time.Second)))
}

// printSums writes promise 2: where every accepted record is.
func printSums(w io.Writer, outputs []status.Output) {
	fmt.Fprintln(w, "\nWHERE THE RECORDS ARE")
	for _, out := range outputs {
		u := out.Sum
		fmt.Fprintf(w, "%s: %d accepted = %d delivered + %d dead-lettered + %d waiting", out.Name, u.Accepted, u.Delivered, u.DeadLettered, u.Waiting)
		for _, term := range []struct {
			n    uint64
			word string
		}{{u.Dropped, "dropped by rule"}, {u.Discarded, "discarded by the operator"}, {u.Damaged, "damaged"}} {
			if term.n > 0 {
				fmt.Fprintf(w, " + %d %s", term.n, term.word)
			}
		}
		if !u.AddsUp {
			fmt.Fprint(w, "  DOES NOT ADD UP")
		}
		fmt.Fprintln(w)
	}
}

func printBuffer(w io.Writer, s status.Snapshot) {
	b := s.Buffer
	fmt.Fprintf(w, "\nBUFFER       %s of %s (%.0f %%), %s free on disk, %d segments, %d records ever accepted", size(b.Bytes), size(b.Quota), b.FillPercent, size(b.Free), b.Segments, b.Records)
	for _, n := range []struct {
		n    uint64
		word string
	}{{b.DeadLetters, "dead letters"}, {b.Damaged, "damaged records"}} {
		if n.n > 0 {
			fmt.Fprintf(w, ", %d %s", n.n, n.word)
		}
	}
	fmt.Fprintln(w)
	if t := s.TLS; t != nil {
		signed := ""
		if t.SelfSigned {
			signed = ", self-signed"
		}
		fmt.Fprintf(w, "CERTIFICATE  %s%s, %d days left, for %s\n", t.Subject, signed, t.DaysLeft, strings.Join(t.Names, ", "))
	}
}

func printProblems(w io.Writer, s status.Snapshot) {
	if len(s.Problems) == 0 {
		fmt.Fprintln(w, "\nNo problems.")
		return
	}
	fmt.Fprintln(w, "\nPROBLEMS")
	for _, p := range s.Problems {
		fmt.Fprintf(w, "%-5s  %s: %s\n", p.Health, p.Where, printable(p.What, 500))
		if p.Hint != "" {
			fmt.Fprintf(w, "       hint: %s\n", printable(p.Hint, 500))
		}
	}
}

// ago says how long before now t was.
func ago(now time.Time, t *time.Time) string {
	if t == nil || t.IsZero() {
		return "never"
	}
	return span(now.Sub(*t)) + " ago"
}
