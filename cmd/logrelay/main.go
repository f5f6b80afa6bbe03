package main

import (
	"context"
	"io"
	"os"

	"github.com/urfave/cli/v2"
)

func main() { os.Exit(execute(os.Args, os.Stdout, os.Stderr)) }

// execute runs one command line and returns the exit status.
func execute(args []string, stdout, stderr io.Writer) int {
	app := newApp(stdout, stderr)
	err := app.RunContext(context.Background(), permute(app, args))
	if err != nil {
		printError(stderr, err)
	}
	return exitStatus(err)
}

func newApp(stdout, stderr io.Writer) *cli.App {
	app := &cli.App{
		Name:  "logrelay",
		Usage: "takes custody of logs and delivers them to SIEMs",
		Description: `Start here:
   logrelay demo                 see real logs go in over TLS and come out normalized
   logrelay check                is the configuration right, do the outputs answer
   logrelay run                  run the relay
   logrelay send --to https://127.0.0.1:5443 --token-file FILE access.log

Exit status: 0 done, 1 failed, 2 wrong usage or configuration, 3 unhealthy.`,
		Commands: []*cli.Command{
			runCommand(),
			demoCommand(),
			checkCommand(),
			doctorCommand(),
			bundleCommand(),
			statusCommand(),
			topCommand(),
			tailCommand(),
			explainCommand(),
			reloadCommand(),
			sendCommand(),
			backfillCommand(),
			awsCommand(),
			bufferCommand(),
			metricsCommand(),
			configSchemaCommand(),
			normalizeCommand(),
			mappingCommand(),
			fieldsCommand(),
			csrCommand(),
			certCommand(),
			hashPasswordCommand(),
			completionCommand(),
			manCommand(),
			versionCommand(),
		},
		Writer:         stdout,
		ErrWriter:      stderr,
		HideVersion:    true,
		Action:         groupAction,
		OnUsageError:   onUsageError,
		ExitErrHandler: func(*cli.Context, error) {}, // execute prints the error and chooses the status
	}
	walk(app.Commands, func(c *cli.Command) {
		c.OnUsageError = onUsageError
		c.HideHelpCommand = true
		if len(c.Subcommands) > 0 {
			c.Action = groupAction
		}
	})
	return app
}

// walk calls f for every command of the tree, parents first.
func walk(commands []*cli.Command, f func(*cli.Command)) {
	for _, c := range commands {
		f(c)
		walk(c.Subcommands, f)
	}
}
