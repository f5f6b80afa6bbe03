package main

import (
	"strings"

	"github.com/urfave/cli/v2"
)

const (
	// usualSocket is admin.socket where the configuration does not name another.
	usualSocket = "/run/logrelay/admin.sock"

	exitStatuses   = "0 done, 1 failed, 2 wrong usage or configuration, 3 unhealthy."
	exitStatusHelp = "\nEXIT STATUS:\n   " + exitStatuses + "\n"
)

// helpFlag is --help of one command. That of package cli is one for all commands of all apps, and each run writes to it.
func helpFlag() cli.Flag {
	return &cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "show help", DisableDefaultText: true}
}

// helpCommand is "logrelay help aws check": that of package cli knows the first word only.
func helpCommand() *cli.Command {
	return &cli.Command{
		Name:      "help",
		Aliases:   []string{"h"},
		Usage:     "say what a command does, with examples",
		ArgsUsage: "[COMMAND...]",
		Description: `   logrelay help
   logrelay help cert show`,
		SkipFlagParsing: true, // package cli has ideas of its own about a command of this name that is asked for help: it gets the overview
		Action: func(c *cli.Context) error {
			app := newApp(c.App.Writer, c.App.ErrWriter)
			args, commands := []string{app.Name}, app.Commands
			for _, name := range c.Args().Slice() {
				if name == "help" || strings.HasPrefix(name, "-") {
					continue
				}
				found := findCommand(commands, name)
				if found == nil {
					return unknownCommand(name, commands)
				}
				args, commands = append(args, found.Name), found.Subcommands
			}
			return app.RunContext(c.Context, append(args, "--help"))
		},
	}
}
