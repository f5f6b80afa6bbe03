package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"logrelay/relay/daemon"
)

func metricsCommand() *cli.Command {
	return &cli.Command{
		Name:  "metrics",
		Usage: "list the metrics that the relay exports",
		Description: "Name, type, unit, labels and meaning of every metric at http://127.0.0.1:5480/metrics. Labels hold words of the configuration and of the\n" +
			"program, never of a record. Metrics of the Go runtime and of the process are exported too, and not listed.\n\n" +
			"   logrelay metrics",
		Flags: []cli.Flag{jsonFlag(), markdownFlag()},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if c.Bool("json") {
				return writeJSON(c.App.Writer, daemon.Metrics())
			}
			if c.Bool("markdown") {
				return printMetricsPage(c.App.Writer)
			}
			return printMetrics(c.App.Writer)
		},
	}
}

func printMetrics(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tTYPE\tUNIT\tLABELS\tMEANING")
	for _, m := range daemon.Metrics() {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", m.Name, m.Type, m.Unit, strings.Join(m.Labels, ","), m.Help)
	}
	return t.Flush()
}

func markdownFlag() cli.Flag {
	return &cli.BoolFlag{Name: "markdown", Usage: "print a page in Markdown"}
}

const metricsHead = `# Metrics

Made by ` + "`logrelay metrics --markdown`" + `. They are at ` + "`http://127.0.0.1:5480/metrics`" + `, beside those of the Go runtime and of the process. Labels hold words of the configuration
and of the program, never of a record. Counters begin at 0 when the process starts.

| name | type | unit | labels | meaning |
|---|---|---|---|---|
`

func printMetricsPage(w io.Writer) error {
	var b strings.Builder
	b.WriteString(metricsHead)
	for _, m := range daemon.Metrics() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", m.Name, m.Type, m.Unit, strings.Join(m.Labels, ", "), strings.ReplaceAll(m.Help, "|", `\|`))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
