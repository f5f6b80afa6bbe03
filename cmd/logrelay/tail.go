package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"logrelay/relay"
	"logrelay/relay/status"
)

const tailUsage = `Shows records as they pass: at an input when they are safe on the relay's disk, at an output when it takes them from there. Without a name all inputs, or all
outputs, are shown. Secrets of the configuration are masked and control characters escaped. The relay never waits for who watches: what you are too slow for is
left out, and counted.

   logrelay tail
   logrelay tail input firewalls --grep 192.0.2.7
   logrelay tail output siem --normalized --count 1`

func tailCommand() *cli.Command {
	return &cli.Command{
		Name:        "tail",
		Usage:       "show records as they come in or go out",
		ArgsUsage:   "[input|output [NAME]]",
		Description: tailUsage,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "normalized", Aliases: []string{"n"}, Usage: "show what becomes of each record too: of an input's in schema json, of an output's as it sends it"},
			&cli.StringFlag{Name: "grep", Usage: "only records that contain `TEXT`, as they arrived or as they are sent, whatever the case"},
			&cli.IntFlag{Name: "count", Usage: "stop after so many records", DefaultText: "when you end it"},
			configFlag(), adminFlag(), jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			path, err := tailPath(c)
			if err != nil {
				return err
			}
			a, err := dialAdmin(c)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(c.Context, os.Interrupt, syscall.SIGTERM)
			defer stop()
			t := &tailing{stdout: c.App.Writer, stderr: c.App.ErrWriter, json: c.Bool("json"), left: c.Int("count")}
			return t.run(ctx, a, path)
		},
	}
}

// tailPath turns the command line into a request.
func tailPath(c *cli.Context) (string, error) {
	v := url.Values{}
	side, name := c.Args().Get(0), c.Args().Get(1)
	if side != "" && side != string(status.SideInput) && side != string(status.SideOutput) || c.NArg() > 2 {
		return "", usageError("for example: logrelay tail output siem", "what to look at? \"input\" or \"output\", then a name or nothing")
	}
	for key, value := range map[string]string{"side": side, "name": name, "text": c.String("grep")} {
		if value != "" {
			v.Set(key, value)
		}
	}
	if c.Bool("normalized") {
		v.Set("normalized", "1")
	}
	if c.Int("count") < 0 {
		return "", usageError("", "--count is 0 or more")
	}
	return "/api/v1/tail?" + v.Encode(), nil
}

// tailing prints what a live tail shows.
type tailing struct {
	stdout, stderr io.Writer
	json           bool
	left           int // records to show; 0 for no limit
}

// run ends in order when ctx does.
func (t *tailing) run(ctx context.Context, a *adminClient, path string) error {
	if isTerminal(t.stdout) {
		say(t.stderr, "note", "watching; Ctrl-C ends it")
	}
	err := a.stream(ctx, path, nil, t.line)
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return relay.WithHint(errors.New("the relay ended"), "\"journalctl -u logrelay\" says why")
	}
	return err
}

// line takes a line of the answer.
func (t *tailing) line(d *json.Decoder) (more bool, err error) {
	var l status.TailLine
	if err := d.Decode(&l); err != nil {
		return false, err
	}
	if t.json {
		err = writeJSONLine(t.stdout, l)
	} else {
		err = t.print(&l)
	}
	if l.Missed > 0 {
		return err == nil, err
	}
	t.left--
	return t.left != 0, err
}

func (t *tailing) print(l *status.TailLine) error {
	if l.Missed > 0 {
		say(t.stderr, "note", fmt.Sprintf("%s passed too fast to be shown", count(int(l.Missed), "record")))
		return nil
	}
	var b strings.Builder
	at := l.Input
	if l.Output != "" {
		at += " > " + l.Output
	}
	fmt.Fprintf(&b, "%s  %s  %s  %s\n", stamp(l.Received), at, dash(printable(l.Peer, 200)), printable(l.Raw, relay.MaxRecord))
	for _, e := range l.Events {
		fmt.Fprintf(&b, "  = %s\n", printable(e, relay.MaxRecord))
	}
	if l.Fault != "" {
		fmt.Fprintf(&b, "  ! not understood: %s\n", printable(l.Fault, 500))
	}
	if l.Dropped {
		fmt.Fprintf(&b, "  - not sent: a rule of the output drops it\n")
	}
	_, err := io.WriteString(t.stdout, b.String())
	return err
}
