package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"logrelay/relay"
	"logrelay/relay/status"
)

func deadLettersCommand() *cli.Command {
	output := &cli.StringFlag{Name: "output", Usage: "only of the output `NAME`"}
	all := &cli.BoolFlag{Name: "all", Usage: "all of them, or all of --output"}
	return &cli.Command{
		Name:  "dead-letters",
		Usage: "see, retry or drop the events that an output refused for good",
		Subcommands: []*cli.Command{
			{
				Name:        "ls",
				Usage:       "list them with the far end's answer, oldest first",
				ArgsUsage:   "[ID...]",
				Description: `   logrelay buffer dead-letters ls --output siem`,
				Flags:       []cli.Flag{output, configFlag(), adminFlag(), jsonFlag()},
				Action:      func(c *cli.Context) error { return listLetters(c, false) },
			},
			{
				Name:        "show",
				Usage:       "print them whole, with the records as they arrived",
				ArgsUsage:   "ID...",
				Description: `   logrelay buffer dead-letters show --all --json`,
				Flags:       []cli.Flag{output, all, configFlag(), adminFlag(), jsonFlag()},
				Action: func(c *cli.Context) error {
					if _, err := letterQuery(c); err != nil {
						return err
					}
					return listLetters(c, true)
				},
			},
			{
				Name:        "retry",
				Usage:       "send them again to the output that refused them",
				Description: "What is refused again stays. Exit status 1 when any is left.\n\n   logrelay buffer dead-letters retry --output siem --all",
				ArgsUsage:   "ID...",
				Flags:       []cli.Flag{output, all, configFlag(), adminFlag(), jsonFlag()},
				Action:      func(c *cli.Context) error { return changeLetters(c, "retry") },
			},
			{
				Name:        "drop",
				Usage:       "give them up; they are counted as discarded by the operator",
				ArgsUsage:   "ID...",
				Description: "It cannot be undone.\n\n   logrelay buffer dead-letters drop ID",
				Flags:       []cli.Flag{output, all, yesFlag(), configFlag(), adminFlag(), jsonFlag()},
				Action: func(c *cli.Context) error {
					q, err := letterQuery(c)
					if err != nil {
						return err
					}
					if err := confirm(c, "drop "+describe(q)); err != nil {
						return err
					}
					return changeLetters(c, "drop")
				},
			},
		},
	}
}

// letterQuery reads which dead letters are meant: ids, or --all.
func letterQuery(c *cli.Context) (status.LetterQuery, error) {
	q := status.LetterQuery{Output: c.String("output"), IDs: c.Args().Slice(), All: c.Bool("all")}
	if q.All == (len(q.IDs) > 0) {
		return q, usageError(`"logrelay buffer dead-letters ls" lists the ids`, "which dead letters? Name ids, or say --all")
	}
	return q, nil
}

func describe(q status.LetterQuery) string {
	what := count(len(q.IDs), "dead letter")
	if q.All {
		what = "all dead letters"
	}
	if q.Output != "" {
		what += " of output " + q.Output
	}
	return what
}

func listLetters(c *cli.Context, whole bool) error {
	list, err := readLetters(c, whole)
	if err != nil {
		return err
	}
	if ids := c.Args().Slice(); len(list) < len(ids) {
		return fmt.Errorf("%d of %s found", len(list), count(len(ids), "dead letter"))
	}
	switch {
	case c.Bool("json"):
		return writeJSON(c.App.Writer, list)
	case whole:
		return printLetters(c.App.Writer, list)
	}
	return printLetterTable(c.App.Writer, list)
}

func askLetters(ctx context.Context, a *adminClient, q status.LetterQuery, whole bool) ([]status.Letter, error) {
	v := url.Values{"id": q.IDs}
	if q.Output != "" {
		v.Set("output", q.Output)
	}
	if whole {
		v.Set("raw", "1")
	}
	list := []status.Letter{}
	err := a.get(ctx, "/api/v1/dead-letters?"+v.Encode(), &list)
	return list, err
}

func printLetterTable(w io.Writer, list []status.Letter) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "no dead letters")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tOUTPUT\tREFUSED\tINPUT\tPEER\tANSWER")
	for _, l := range list {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", l.ID, l.Output, stamp(l.Refused), l.Input, printable(l.Peer, 60), printable(l.Answer, 100))
	}
	if err := t.Flush(); err != nil || len(list) < status.MaxListedLetters {
		return err
	}
	_, err := fmt.Fprintf(w, "These are the oldest %d; `logrelay status` counts all.\n", len(list))
	return err
}

func printLetters(w io.Writer, list []status.Letter) error {
	for i, l := range list {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "id        %s\noutput    %s\nrefused   %s\nanswer    %s\ninput     %s\nkind      %s\npeer      %s\nreceived  %s\nrecord    %s\n",
			l.ID, l.Output, stamp(l.Refused), printable(l.Answer, 2000), l.Input, dash(l.Kind), printable(l.Peer, 200), stamp(l.Received),
			printable(l.Raw, relay.MaxRecord))
	}
	return nil
}

// changeLetters retries or drops through the running relay: it alone may write its log.
func changeLetters(c *cli.Context, action string) error {
	q, err := letterQuery(c)
	if err != nil {
		return err
	}
	a, err := dialAdmin(c)
	if err != nil {
		return err
	}
	var res status.LetterResult
	b := newBusy(c.App.ErrWriter)
	b.doing("waiting for the relay")
	err = a.post(c.Context, "/api/v1/dead-letters/"+action, q, &res)
	b.end()
	if err != nil {
		return err
	}
	if c.Bool("json") {
		err = writeJSON(c.App.Writer, res)
	} else {
		err = printLetterResult(c.App.Writer, action, res)
	}
	if err == nil && res.Left > 0 {
		err = relay.WithHint(errors.New(count(res.Left, "dead letter")+" left"), "the answers above say why; correct the output or the far end, then retry")
	}
	if err == nil && res.Done < len(q.IDs) {
		err = fmt.Errorf("%d of %s found", res.Done, count(len(q.IDs), "dead letter"))
	}
	return err
}

func printLetterResult(w io.Writer, action string, res status.LetterResult) error {
	words := map[string]string{"retry": "delivered", "drop": "dropped"}
	if _, err := fmt.Fprintf(w, "%s %s\n", count(res.Done, "dead letter"), words[action]); err != nil {
		return err
	}
	for _, said := range res.Errors {
		fmt.Fprintf(w, "refused: %s\n", printable(said, 500))
	}
	return nil
}

func readLetters(c *cli.Context, whole bool) ([]status.Letter, error) {
	a, err := dialAdmin(c)
	if err != nil {
		return nil, err
	}
	q := status.LetterQuery{Output: c.String("output"), IDs: c.Args().Slice()}
	return askLetters(c.Context, a, q, whole)
}
