package main

import (
	"errors"

	"github.com/urfave/cli/v2"
)

func runCommand() *cli.Command {
	return &cli.Command{
		Name:   "run",
		Usage:  "run the relay",
		Action: func(*cli.Context) error { return errors.New("this build has no relay") },
	}
}
