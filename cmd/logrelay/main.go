package main

import (
	"context"
	"io"
	"os"
	"sync"

	"github.com/urfave/cli/v2"

	"logrelay/relay/config"
)

func main() { os.Exit(execute(os.Args, os.Stdout, os.Stderr)) }

// execute runs one command line and returns the exit status.
func execute(args []string, stdout, stderr io.Writer) int {
	var out *keptError
	if !isTerminal(stdout) {
		out = &keptError{to: stdout}
		stdout = out
	}
	app := newApp(stdout, stderr)
	err := app.RunContext(context.Background(), permute(app, args))
	if err == nil && out != nil {
		err = out.first() // a file that holds half of it is no success
	}
	if err != nil {
		printError(stderr, err)
	}
	return exitStatus(err)
}

// keptError writes on and keeps the first error, since many a line is printed by who does not look. Safe for concurrent use.
type keptError struct {
	to io.Writer

	mu  sync.Mutex
	err error
}

func (k *keptError) Write(p []byte) (int, error) {
	n, err := k.to.Write(p)
	if err != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.err == nil {
			k.err = err
		}
	}
	return n, err
}

func (k *keptError) first() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
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

When something is wrong:
   logrelay status               where every record is, and what needs you
   logrelay doctor               this host, the configuration and the far ends, each fault with a fix
   logrelay tail                 what comes in at this moment
   logrelay explain EVENT_ID     what became of one event
   logrelay help COMMAND         what a command does, with examples

The configuration is ` + config.DefaultPath + `, or what --config names. What asks the running relay finds it at admin.socket of the
configuration (` + usualSocket + `), where root and the group logrelay may ask, or at what --admin names.

Exit status: ` + exitStatuses,
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
			helpCommand(),
		},
		Writer:         stdout,
		ErrWriter:      stderr,
		HideVersion:    true,
		HideHelp:       true, // package cli's flag: helpFlag takes its place
		Flags:          []cli.Flag{helpFlag()},
		Action:         groupAction,
		OnUsageError:   onUsageError,
		ExitErrHandler: func(*cli.Context, error) {}, // execute prints the error and chooses the status
	}
	walk(app.Commands, func(c *cli.Command) {
		c.OnUsageError = onUsageError
		c.HideHelp = true
		c.Flags = append(c.Flags, helpFlag())
		c.CustomHelpTemplate = cli.CommandHelpTemplate + exitStatusHelp
		if len(c.Subcommands) > 0 {
			c.Action = groupAction
			c.CustomHelpTemplate = cli.SubcommandHelpTemplate + exitStatusHelp
		}
		for _, f := range c.Flags {
			if b, ok := f.(*cli.BoolFlag); ok {
				b.DisableDefaultText = true // that it is off goes without saying
			}
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
