package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"logrelay/relay/config"
	"logrelay/relay/daemon"
)

func checkCommand() *cli.Command {
	return &cli.Command{
		Name:  "check",
		Usage: "check the configuration, then really connect",
		Description: `Reads the configuration, tries the ports of the inputs, the disk and the certificate, and connects to every output.
What could not be proved is called "not tested". Nothing is sent and nothing is changed, but for this: of the queue of an s3 input one message is
received and shown again at once, which counts as a receive; an empty queue is waited on for 20 seconds.
Exit status: 2 when the configuration is wrong, 3 when a check failed. With --config-only, as the service starts with it, a failed check is
shown and is no failure: where the disk is full, the relay has to start to deliver what is there.

   logrelay check
   logrelay check --config new.yaml --config-only
   logrelay check --object s3://example-logs/AWSLogs/x.gz`,
		Flags: []cli.Flag{
			configFlag(),
			&cli.StringFlag{Name: "object", Usage: "read `s3://BUCKET/KEY` too, with the access of each s3 input"},
			&cli.BoolFlag{Name: "config-only", Usage: "no network, no ports: is the configuration right?"},
			jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			o := checkOptions{CheckOptions: daemon.CheckOptions{ConfigOnly: c.Bool("config-only"), Object: c.String("object")}, json: c.Bool("json")}
			if o.Object != "" {
				if _, key, err := s3URL(o.Object); err != nil || key == "" {
					return usageError("for example s3://example-logs/AWSLogs/x.gz", "--object %q names no object", o.Object)
				}
			}
			conf, err := loadConfig(c)
			if problems, ok := errors.AsType[config.Problems](err); ok && o.json {
				return errors.Join(printChecks(c.App.Writer, problemLines(problems), true), err)
			}
			if err != nil {
				return err
			}
			for _, w := range conf.Warnings {
				say(c.App.ErrWriter, "warning", w.String())
			}
			o.busy = newBusy(c.App.ErrWriter)
			return check(c.Context, c.App.Writer, conf, o)
		},
	}
}

type checkOptions struct {
	daemon.CheckOptions
	json bool
	busy *busy
}

// checkLine is a daemon.CheckResult as it is printed.
type checkLine struct {
	Name   string `json:"name"`   // "output siem"
	Result string `json:"result"` // "ok", "warning", "failed", "not tested"
	Detail string `json:"detail,omitempty"`
	Hint   string `json:"hint,omitempty"`
}

// problemLines shows what is wrong with a configuration as failed checks.
func problemLines(problems config.Problems) []checkLine {
	var lines []checkLine
	for _, p := range problems {
		lines = append(lines, checkLine{"configuration", daemon.CheckFailed, p.String(), p.Hint})
	}
	return lines
}

// check prints the results. Its error has the status exitUnhealthy when a check failed, unless only the configuration counts.
func check(ctx context.Context, w io.Writer, conf *config.Config, o checkOptions) error {
	var lines []checkLine
	o.busy.doing("trying ports, queues and far ends: an empty queue takes 20 seconds")
	for _, r := range daemon.Check(ctx, conf, o.CheckOptions) {
		lines = append(lines, checkLine(r))
	}
	o.busy.end()
	if err := printChecks(w, lines, o.json); err != nil {
		return err
	}
	if o.ConfigOnly {
		return nil
	}
	return checksFailed(lines)
}

func printChecks(w io.Writer, lines []checkLine, asJSON bool) error {
	if asJSON {
		return writeJSON(w, lines)
	}
	words := map[string]string{daemon.CheckOK: "ok", daemon.CheckFailed: "FAILED", daemon.CheckWarning: "WARNING", daemon.CheckNotTested: "not tested"}
	wide := 0
	for _, l := range lines {
		wide = max(wide, len(l.Name))
	}
	for _, l := range lines {
		fmt.Fprintf(w, "%-10s  %-*s  %s\n", words[l.Result], wide, l.Name, printable(l.Detail, 500))
		if l.Hint != "" {
			fmt.Fprintf(w, "%12shint: %s\n", "", printable(l.Hint, 500))
		}
	}
	return nil
}
