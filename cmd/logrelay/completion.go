package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// completions makes the script of each shell.
var completions = map[string]func(w io.Writer, app *cli.App) error{
	"bash": bashCompletion,
	"fish": fishCompletion,
	"zsh":  zshCompletion,
}

func completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print the completion script of a shell",
		ArgsUsage: "bash|fish|zsh",
		Description: `bash:  source <(logrelay completion bash)
zsh:   logrelay completion zsh > "${fpath[1]}/_logrelay"
fish:  logrelay completion fish > ~/.config/fish/completions/logrelay.fish`,
		Action: func(c *cli.Context) error {
			shell := c.Args().First()
			script := completions[shell]
			if script == nil || c.Args().Len() != 1 {
				return usageError("for example: logrelay completion bash", "for which shell? One of bash, fish, zsh")
			}
			return script(c.App.Writer, c.App)
		},
	}
}

// node is a command as completion and the manual see it.
type node struct {
	path     string       // "logrelay buffer ls"
	command  *cli.Command // nil for the program itself
	commands []*cli.Command
	flags    []cli.Flag
	operands []string // where they are known: "bash", "fish", "zsh"
}

// nodes returns the command tree, parents first.
func nodes(app *cli.App) []node {
	list := []node{{path: app.Name, commands: app.Commands}}
	var add func(path string, commands []*cli.Command)
	add = func(path string, commands []*cli.Command) {
		for _, c := range commands {
			here := path + " " + c.Name
			n := node{path: here, command: c, commands: c.Subcommands}
			for _, f := range c.Flags {
				if f.Names()[0] != "help" {
					n.flags = append(n.flags, f)
				}
			}
			if strings.Contains(c.ArgsUsage, "|") {
				for word := range strings.SplitSeq(c.ArgsUsage, "|") { // "[input|output [NAME]]"
					n.operands = append(n.operands, strings.Trim(strings.Fields(word)[0], "[]"))
				}
			}
			list = append(list, n)
			add(here, c.Subcommands)
		}
	}
	add(app.Name, app.Commands)
	return list
}

// words returns what may follow: the names of the commands and flags, and the operands.
func (n node) words() []string {
	words := slices.Clone(n.operands)
	for _, c := range n.commands {
		words = append(words, c.Name)
	}
	for _, f := range n.flags {
		words = append(words, dashed(f.Names()[0]))
	}
	slices.Sort(words)
	return words
}

// valueFlags returns the flags that take a value, for which file names are offered.
func (n node) valueFlags() []string {
	var names []string
	for _, f := range n.flags {
		if doc, ok := f.(cli.DocGenerationFlag); ok && doc.TakesValue() {
			for _, name := range f.Names() {
				names = append(names, dashed(name))
			}
		}
	}
	slices.Sort(names)
	return names
}

// bashCompletion finds the longest command path on the line, then offers its words, or file names where there are none.
func bashCompletion(w io.Writer, app *cli.App) error {
	var words, values, paths strings.Builder
	for _, n := range nodes(app) {
		fmt.Fprintf(&paths, "        '%s') return 0 ;;\n", n.path)
		fmt.Fprintf(&words, "        '%s') words='%s' ;;\n", n.path, strings.Join(n.words(), " "))
		for _, v := range n.valueFlags() {
			fmt.Fprintf(&values, "        '%s %s') COMPREPLY=(); compopt -o default; return ;;\n", n.path, v)
		}
	}
	_, err := fmt.Fprintf(w, `# bash completion for logrelay
_logrelay_command() {
    case "$1" in
%s    esac
    return 1
}
_logrelay() {
    local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" path=logrelay words='' i
    for ((i = 1; i < COMP_CWORD; i++)); do
        if _logrelay_command "$path ${COMP_WORDS[i]}"; then path="$path ${COMP_WORDS[i]}"; fi
    done
    case "$path $before" in
%s    esac
    case "$path" in
%s    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    if [ ${#COMPREPLY[@]} -eq 0 ]; then compopt -o default; fi
}
complete -F _logrelay logrelay
`, &paths, &values, &words)
	return err
}

// zshCompletion loads the bash functions through zsh's own bridge.
func zshCompletion(w io.Writer, app *cli.App) error {
	var cases strings.Builder
	for _, n := range nodes(app) {
		fmt.Fprintf(&cases, "    '%s')\n        lines=(\n", n.path)
		for _, c := range n.commands {
			fmt.Fprintf(&cases, "            '%s'\n", zshQuote(c.Name, c.Usage))
		}
		for _, word := range n.operands {
			fmt.Fprintf(&cases, "            '%s'\n", zshQuote(word, ""))
		}
		for _, f := range n.flags {
			fmt.Fprintf(&cases, "            '%s'\n", zshQuote(dashed(f.Names()[0]), flagUsage(f)))
		}
		fmt.Fprint(&cases, "        ) ;;\n")
	}
	_, err := fmt.Fprintf(w, `#compdef logrelay
# zsh completion for logrelay
_logrelay_lines() {
    case "$1" in
%s    *) return 1 ;;
    esac
}
_logrelay() {
    local -a lines
    local here=logrelay i
    for ((i = 2; i < CURRENT; i++)); do
        if _logrelay_lines "$here ${words[i]}"; then here="$here ${words[i]}"; fi
    done
    lines=()
    _logrelay_lines "$here"
    _describe logrelay lines || _files
}
if [ "${funcstack[1]}" = _logrelay ]; then _logrelay "$@"; else compdef _logrelay logrelay; fi
`, &cases)
	return err
}

func zshQuote(word, text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(word, ":", `\:`)+":"+text, "'", `'\''`)
}

// fishCompletion writes one line for each command and flag.
func fishCompletion(w io.Writer, app *cli.App) error {
	fmt.Fprint(w, "# fish completion for logrelay\n")
	for _, n := range nodes(app) {
		when := "__fish_use_subcommand"
		if parts := strings.Fields(n.path)[1:]; len(parts) > 0 {
			when = "__fish_seen_subcommand_from " + strings.Join(parts, "; and __fish_seen_subcommand_from ")
			for _, c := range n.commands {
				when += "; and not __fish_seen_subcommand_from " + c.Name
			}
		}
		for _, c := range n.commands {
			fmt.Fprintf(w, "complete -c logrelay -f -n '%s' -a %s -d '%s'\n", when, c.Name, fishQuote(c.Usage))
		}
		for _, word := range n.operands {
			fmt.Fprintf(w, "complete -c logrelay -f -n '%s' -a %s\n", when, word)
		}
		for _, f := range n.flags {
			name, value := "-l "+f.Names()[0], ""
			if doc, ok := f.(cli.DocGenerationFlag); ok && doc.TakesValue() {
				value = " -r"
			}
			fmt.Fprintf(w, "complete -c logrelay -n '%s' %s%s -d '%s'\n", when, name, value, fishQuote(flagUsage(f)))
		}
	}
	return nil
}

func fishQuote(s string) string { return strings.ReplaceAll(s, "'", `\'`) }

// flagUsage returns the text of --help without the marks around a value's name.
func flagUsage(f cli.Flag) string {
	doc, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return ""
	}
	return strings.ReplaceAll(doc.GetUsage(), "`", "")
}
