package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"
)

func jsonFlag() cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "print JSON"}
}

// writeJSON prints v as indented JSON.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func yesFlag() cli.Flag {
	return &cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask"}
}

// confirm asks before something that cannot be undone. Where nobody can be asked, --yes is needed.
func confirm(c *cli.Context, what string) error { return confirmThat(c, what, "this cannot be undone") }

// confirmThat asks before something with a consequence.
func confirmThat(c *cli.Context, what, consequence string) error {
	if c.Bool("yes") {
		return nil
	}
	if f, ok := c.App.Reader.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return usageError("say --yes if that is meant", "%s: %s", what, consequence)
	}
	fmt.Fprintf(c.App.ErrWriter, "logrelay: %s? (%s) [y/N] ", what, consequence)
	answer, err := bufio.NewReader(c.App.Reader).ReadString('\n')
	if err != nil && err != io.EOF {
		return fmt.Errorf("reading the answer: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was changed")
}

// noArguments is for commands that take flags alone.
func noArguments(c *cli.Context) error {
	if c.Args().Present() {
		return usageError(fmt.Sprintf("it takes flags alone; %q lists them", c.Command.HelpName+" --help"), "unexpected argument %q", strings.Join(c.Args().Slice(), " "))
	}
	return nil
}

// writeJSONLine prints v as JSON on one line.
func writeJSONLine(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
