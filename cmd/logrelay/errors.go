package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"

	"github.com/urfave/cli/v2"

	"logrelay/relay"
	"logrelay/relay/config"
)

// Exit statuses.
const (
	exitDone      = 0
	exitFailed    = 1
	exitUsage     = 2 // wrong command line or configuration: nothing was started
	exitUnhealthy = 3 // the question was answered, and the answer is bad
)

// statusError is an error that ends the program with a status other than exitFailed.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

// withStatus makes err end the program with status.
func withStatus(status int, err error) error { return &statusError{status, err} }

// usageError says that the command line is wrong. The hint may be empty.
func usageError(hint, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	if hint != "" {
		err = relay.WithHint(err, hint)
	}
	return withStatus(exitUsage, err)
}

func exitStatus(err error) int {
	if err == nil {
		return exitDone
	}
	if e, ok := errors.AsType[*statusError](err); ok {
		return e.status
	}
	if _, ok := errors.AsType[config.Problems](err); ok {
		return exitUsage
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "listen" {
		return exitUsage // an address that is taken or is not this host's
	}
	return exitFailed
}

// printError writes "logrelay: error: …" and, where the error knows one, "logrelay: hint: …"; for a configuration all its problems.
// Text of several lines is indented.
func printError(w io.Writer, err error) {
	if problems, ok := errors.AsType[config.Problems](err); ok {
		for _, p := range problems {
			say(w, "error", p.String())
			if p.Hint != "" {
				say(w, "hint", p.Hint)
			}
		}
		return
	}
	say(w, "error", err.Error())
	if hint := relay.HintOf(err); hint != "" {
		say(w, "hint", hint)
	}
}

// say prints a line on stderr. What it says may hold a far end's words.
func say(w io.Writer, word, text string) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, l := range lines {
		lines[i] = strings.Map(visible, strings.ToValidUTF8(l, "?"))
	}
	text = strings.Join(lines, "\n    ")
	fmt.Fprintf(w, "logrelay: %s: %s\n", word, text)
}

// onUsageError turns what the flag parser says into one line, with the flag that was probably meant.
func onUsageError(c *cli.Context, err error, _ bool) error {
	if name, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -"); ok {
		name = strings.TrimLeft(name, "-")
		var names []string
		for _, f := range c.Command.Flags {
			names = append(names, f.Names()...)
		}
		hint := fmt.Sprintf("%q lists the flags", c.Command.HelpName+" --help")
		if near := nearest(name, names); near != "" {
			hint = "did you mean " + dashed(near) + "?"
		}
		return usageError(hint, "unknown flag %s", dashed(name))
	}
	return usageError("", "%s", flagInError.ReplaceAllString(err.Error(), "$1 --$2"))
}

// flagInError finds the flag in a message of package flag, which writes every flag with one dash.
var flagInError = regexp.MustCompile(`(flag|for|argument:) -(\w[\w-]+)`)

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// groupAction is the action of a command that only holds others.
func groupAction(c *cli.Context) error {
	name := c.Args().First()
	if name == "" {
		if c.Command.Name == c.App.Name {
			return cli.ShowAppHelp(c)
		}
		return cli.ShowSubcommandHelp(c)
	}
	return unknownCommand(name, c.Command.Subcommands)
}

func unknownCommand(name string, commands []*cli.Command) error {
	var names []string
	for _, c := range commands {
		names = append(names, c.Name)
	}
	hint := "commands: " + strings.Join(names, ", ")
	if near := nearest(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return usageError(hint, "unknown command %q", name)
}
