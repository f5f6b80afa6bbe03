package main

import (
	"context"
	"fmt"
	"io"
	"net/url"

	"github.com/urfave/cli/v2"
)

func bufferCommand() *cli.Command {
	return &cli.Command{
		Name:  "buffer",
		Usage: "look into the buffer, which is the log on disk, and tend it",
		Subcommands: []*cli.Command{
			bufferLsCommand(),
			bufferDumpCommand(),
			bufferVerifyCommand(),
			deadLettersCommand(),
			{
				Name:      "forget",
				Usage:     "give up the place in the log of an output that is no longer configured",
				ArgsUsage: "OUTPUT",
				Description: `An output that was removed from the configuration keeps its place, and the log keeps what it has not had. This lets go of
both: records that no other output waits for are deleted. It cannot be undone.

   logrelay buffer forget old-siem`,
				Flags: []cli.Flag{yesFlag(), configFlag(), adminFlag(), jsonFlag()},
				Action: func(c *cli.Context) error {
					name := c.Args().First()
					if c.Args().Len() != 1 {
						return usageError("logrelay buffer forget OUTPUT", "which output? Name one")
					}
					if err := confirm(c, "forget output "+name+" and what waits for it"); err != nil {
						return err
					}
					a, err := dialAdmin(c)
					if err != nil {
						return err
					}
					return forget(c.Context, c.App.Writer, a, name, c.Bool("json"))
				},
			},
		},
	}
}

func forget(ctx context.Context, w io.Writer, a *adminClient, output string, asJSON bool) error {
	var answer struct {
		Forgotten string `json:"forgotten"`
	}
	if err := a.post(ctx, "/api/v1/outputs/"+url.PathEscape(output)+"/forget", struct{}{}, &answer); err != nil {
		return err
	}
	if asJSON {
		return writeJSON(w, answer)
	}
	_, err := fmt.Fprintf(w, "forgot output %s: its place in the log is gone\n", answer.Forgotten)
	return err
}
