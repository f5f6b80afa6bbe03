package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

func manCommand() *cli.Command {
	return &cli.Command{
		Name:        "man",
		Usage:       "print the manual page",
		Description: `   logrelay man | man -l -`,
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return printManual(c.App.Writer, c.App)
		},
	}
}

// printManual writes logrelay(1) from the command tree, in the macros of man(7).
func printManual(w io.Writer, app *cli.App) error {
	b := &strings.Builder{}
	fmt.Fprintf(b, ".TH LOGRELAY 1 \"\" \"logrelay %s\" \"User Commands\"\n", roff(readVersion().Version))
	fmt.Fprintf(b, ".SH NAME\nlogrelay \\- %s\n", roff(app.Usage))
	b.WriteString(".SH SYNOPSIS\n.B logrelay\n.I COMMAND\n.RI [ FLAG .\\|.\\|.]\n.RI [ ARGUMENT .\\|.\\|.]\n")
	fmt.Fprintf(b, ".SH DESCRIPTION\n%s.SH COMMANDS\n", preformatted(app.Description))
	for _, n := range nodes(app)[1:] {
		fmt.Fprintf(b, ".SS \"%s\"\n%s.\n", roff(strings.TrimSpace(n.path+" "+n.command.ArgsUsage)), roffLine(n.command.Usage))
		if n.command.Description != "" {
			b.WriteString(".PP\n" + preformatted(n.command.Description))
		}
		for _, f := range n.flags {
			manFlag(b, f)
		}
	}
	b.WriteString(manTail)
	_, err := io.WriteString(w, b.String())
	return err
}

func manFlag(b *strings.Builder, f cli.Flag) {
	var names []string
	for _, name := range f.Names() {
		names = append(names, `\fB`+roff(dashed(name))+`\fR`)
	}
	fmt.Fprintf(b, ".TP\n%s", strings.Join(names, ", "))
	doc, ok := f.(cli.DocGenerationFlag)
	if !ok {
		b.WriteString("\n")
		return
	}
	text := flagUsage(f)
	if doc.TakesValue() {
		value := "VALUE"
		if _, after, ok := strings.Cut(doc.GetUsage(), "`"); ok {
			value, _, _ = strings.Cut(after, "`")
		}
		b.WriteString(` \fI` + roff(value) + `\fR`)
		if d := doc.GetDefaultText(); d != "" && d != "0" && d != `""` {
			text += " (default: " + d + ")"
		}
	}
	b.WriteString("\n" + roffLine(text) + "\n")
}

// roff takes the meaning that troff sees in it out of a text within a line.
func roff(s string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, `"`, `\(dq`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, "…", `\[u2026]`).Replace(s)
}

// roffLine is roff for a text that begins a line.
func roffLine(s string) string {
	s = roff(s)
	if strings.HasPrefix(s, ".") {
		s = `\&` + s
	}
	return s
}

// preformatted keeps lines as they are: descriptions hold commands to copy.
func preformatted(s string) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	for i, l := range lines {
		lines[i] = roffLine(l)
	}
	return ".nf\n" + strings.Join(lines, "\n") + "\n.fi\n"
}

// manTail is what no command knows.
const manTail = `.SH FILES
.TP
.I /etc/logrelay/logrelay.yaml
The configuration: every key with its default and a line of help.
.TP
.IR /etc/default/logrelay.override ", " /etc/sysconfig/logrelay.override
Name the certificate and key of the relay: LOGRELAY_TLS_CERT, LOGRELAY_TLS_KEY.
.TP
.IR /etc/logrelay/tls/logrelay.pem ", " logrelay.key
The self\-signed pair that the relay makes at its first start, where the package is installed.
.TP
.I /var/lib/logrelay
What was accepted and is not delivered, and the place of each output in it. Generated tokens are in
.IR tokens/ .
.TP
.I /run/logrelay/admin.sock
The admin socket, for root and the group logrelay.
.SH SEE ALSO
.BR systemctl (1),
.BR journalctl (1),
.BR systemd\-creds (1)
`
