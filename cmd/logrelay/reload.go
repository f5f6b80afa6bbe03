package main

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"
)

func reloadCommand() *cli.Command {
	return &cli.Command{
		Name:  "reload",
		Usage: "make the running relay read its configuration and certificates again",
		Description: `No connection is lost. When the new configuration is wrong, nothing changes and the reason is printed. "systemctl reload logrelay" does the same.

   logrelay check
   logrelay reload`,
		Flags: []cli.Flag{configFlag(), adminFlag(), jsonFlag()},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			a, err := dialAdmin(c)
			if err != nil {
				return err
			}
			b := newBusy(c.App.ErrWriter)
			defer b.end()
			b.doing("waiting until the relay has reloaded")
			return reload(c.Context, c.App.Writer, a, c.Bool("json"))
		},
	}
}

func reload(ctx context.Context, w io.Writer, a *adminClient, asJSON bool) error {
	var answer struct {
		Reloaded bool `json:"reloaded"`
	}
	if err := a.post(ctx, "/api/v1/reload", struct{}{}, &answer); err != nil {
		return err
	}
	if asJSON {
		return writeJSON(w, answer)
	}
	_, err := fmt.Fprintln(w, "reloaded: the relay works with the new configuration and certificates")
	return err
}
