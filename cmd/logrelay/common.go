package main

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
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

// noArguments is for commands that take flags alone.
func noArguments(c *cli.Context) error {
	if c.Args().Present() {
		return usageError("", "unexpected argument %q", strings.Join(c.Args().Slice(), " "))
	}
	return nil
}
