package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"logrelay/relay/status"
)

// watchPeriod is the time between two screens of status --watch and of top.
const watchPeriod = 2 * time.Second

func statusCommand() *cli.Command {
	return &cli.Command{
		Name:  "status",
		Usage: "show what the running relay is doing, and what it needs",
		Description: `The first lines say where every record is; a tick says that the sum adds up. Rates are those of the last half minute.
Exit status 3 when something needs a person, or when the relay does not run. NO_COLOR=1 turns colours off.

   logrelay status
   logrelay status --watch
   logrelay status --json | jq .problems`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "watch", Aliases: []string{"w"}, Usage: "show it again every two seconds, until you end it"},
			configFlag(), adminFlag(), jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			a, err := dialAdmin(c)
			if err != nil {
				return err
			}
			if !c.Bool("watch") {
				return showStatus(c.Context, c.App.Writer, a, c.Bool("json"))
			}
			ctx, stop := signal.NotifyContext(c.Context, os.Interrupt, syscall.SIGTERM)
			defer stop()
			if c.Bool("json") {
				return watchJSON(ctx, c.App.Writer, a)
			}
			return watchStatus(ctx, c.App.Writer, a)
		},
	}
}

// showStatus prints the state of the relay. Its error has the status exitUnhealthy when the relay is red or away.
func showStatus(ctx context.Context, w io.Writer, a *adminClient, asJSON bool) error {
	s, err := askStatus(ctx, a)
	if err != nil {
		return err
	}
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

func askStatus(ctx context.Context, a *adminClient) (s status.Snapshot, err error) {
	if err = a.get(ctx, "/api/v1/status", &s); err != nil {
		err = withStatus(exitUnhealthy, err)
	}
	return s, err
}

// watchStatus prints a screen each watchPeriod, in place on a terminal, until ctx ends. A relay that goes away is waited for; one that is not there at
// the start is an error.
func watchStatus(ctx context.Context, w io.Writer, a *adminClient) error {
	s, err := askStatus(ctx, a)
	if err != nil {
		return err
	}
	for {
		win := windowOf(w) // which may have changed
		text := statusOn(win, paint(colours(w)), s)
		if err != nil {
			text = printable(err.Error(), 500)
		}
		if moves(w) {
			text = screenTop + win.fit(text)
		} else {
			text = strings.Join(append(win.lines(text), "\n"), "\n")
		}
		if _, err := fmt.Fprint(w, text); err != nil {
			return err
		}
		if sleep(ctx, watchPeriod) != nil {
			return nil
		}
		s, err = askStatus(ctx, a)
		if ctx.Err() != nil {
			return nil
		}
	}
}

// screenTop moves the cursor to the top and clears the screen (ECMA-48: CUP, ED).
const screenTop = "\x1b[H\x1b[2J"

// watchJSON prints the status as JSON, one a line, until ctx ends or the relay does.
func watchJSON(ctx context.Context, w io.Writer, a *adminClient) error {
	for {
		s, err := askStatus(ctx, a)
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			err = writeJSONLine(w, s)
		}
		if err != nil {
			return err
		}
		if sleep(ctx, watchPeriod) != nil {
			return nil
		}
	}
}
