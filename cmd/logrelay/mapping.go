package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"logrelay/relay"
	"logrelay/relay/mapping"
	"logrelay/relay/rules"
)

const mappingUsage = `Prints where the fields of a KIND of record go in a schema: for each field of specimens of it the members of the output that
depend on it. The table is found by trying: each field of the specimens is changed, and what changes in the output is shown. Without KIND it lists the kinds.

   logrelay mapping
   logrelay mapping cloudtrail --schema ecs`

func mappingCommand() *cli.Command {
	return &cli.Command{
		Name:        "mapping",
		Usage:       "show how a kind of record is mapped to a schema",
		ArgsUsage:   "[KIND]",
		Description: mappingUsage,
		Flags: []cli.Flag{
			schemaFlag(),
			jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			if c.Args().Len() > 1 {
				return usageError("", "one kind at a time")
			}
			if c.Args().Len() == 0 {
				return printKinds(c.App.Writer, c.Bool("json"))
			}
			kind, err := kindOf(c.Args().First())
			if err != nil {
				return err
			}
			if !slices.Contains(mapping.Kinds(), kind) { // text, and auto
				return usageError("logrelay mapping lists the kinds", "no mapping of %s: it has no fields", c.Args().First())
			}
			schema := c.String("schema")
			if err := knownSchema(schema); err != nil {
				return err
			}
			rows, err := mapping.Table(kind, schema)
			if err != nil {
				return err
			}
			if c.Bool("json") {
				return writeJSON(c.App.Writer, rows)
			}
			return printRows(c.App.Writer, rows)
		},
	}
}

func printKinds(w io.Writer, asJSON bool) error {
	if asJSON {
		return writeJSON(w, relay.Kinds)
	}
	for _, k := range relay.Kinds {
		if _, err := fmt.Fprintln(w, k); err != nil {
			return err
		}
	}
	return nil
}

// printExplanation shows what became of one record.
func printExplanation(w io.Writer, x *mapping.Explanation) error {
	fmt.Fprintf(w, "kind: %s\n", x.Kind)
	if x.Fault != "" {
		fmt.Fprintf(w, "not understood: %s\n", x.Fault)
	}
	for _, out := range x.Output {
		fmt.Fprintln(w, out)
	}
	if len(x.Rows) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	if err := printRows(w, x.Rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nof no field: %s\n", strings.Join(x.Own, ", "))
	return err
}

// maxShown bounds what a table shows of a value, in bytes.
const maxShown = 40

func printRows(w io.Writer, rows []mapping.Row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "FIELD\tVALUE\tGOES TO")
	for _, r := range rows {
		value := oneLine(r.Value)
		if len(value) > maxShown {
			value = strings.ToValidUTF8(value[:maxShown], "") + "…"
		}
		to := strings.Join(r.Members, ", ")
		if r.Note != "" {
			to = "(" + r.Note + ")"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", oneLine(r.Field), value, to)
	}
	return t.Flush()
}

// oneLine replaces control characters: records are strangers' text, and this is a terminal.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '·'
		}
		return r
	}, s)
}

func fieldsCommand() *cli.Command {
	return &cli.Command{
		Name:        "fields",
		Usage:       "list the fields that the expressions of rules may use",
		Description: "The language is that of https://expr-lang.org. Beside the fields there are in_cidr(ip, \"10.0.0.0/8\", ...), rest(\"name\") and attr(\"name\").\n\n   logrelay fields",
		Flags:       []cli.Flag{jsonFlag()},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return printFields(c.App.Writer, c.Bool("json"))
		},
	}
}

// ruleField is what "logrelay fields --json" prints of a field.
type ruleField struct {
	Name     string `json:"name"`
	Type     string `json:"type"`     // "string", "int"
	Writable bool   `json:"writable"` // by set and redact
	Meaning  string `json:"meaning"`
}

func printFields(w io.Writer, asJSON bool) error {
	var list []ruleField
	for i := range rules.Fields {
		f := &rules.Fields[i]
		list = append(list, ruleField{f.Name, f.Type(), f.Writable(), f.Doc})
	}
	if asJSON {
		return writeJSON(w, list)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "FIELD\tTYPE\tSET, REDACT\tMEANING")
	for _, f := range list {
		writable := ""
		if f.Writable {
			writable = "yes"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", f.Name, f.Type, writable, f.Meaning)
	}
	return t.Flush()
}
