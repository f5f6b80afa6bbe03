package main

import (
	"errors"

	"github.com/urfave/cli/v2"
)

func demoCommand() *cli.Command {
	return &cli.Command{
		Name:   "demo",
		Usage:  "see real logs go in over TLS and come out normalized",
		Action: func(*cli.Context) error { return errors.New("this build has no demo") },
	}
}
