package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"logrelay/etc"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Every link of README leads somewhere: to a file of the repository, or to a heading of README.
func TestReadmeLinks(t *testing.T) {
	t.Parallel()
	text := readme(t)
	var anchors []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		name := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(m[1]), "")
		anchors = append(anchors, strings.ReplaceAll(name, " ", "-"))
	}
	links := regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(text, -1)
	if len(links) < 10 {
		t.Fatalf("%d links", len(links))
	}
	for _, m := range links {
		file, anchor, _ := strings.Cut(m[1], "#")
		switch {
		case strings.Contains(file, "://"):
		case file == "" && !slices.Contains(anchors, anchor):
			t.Errorf("README has no heading for %s: %q", m[0], anchors)
		case file != "":
			if _, err := os.Stat(filepath.Join("../..", file)); err != nil {
				t.Errorf("README links to %s, which is not there", file)
			}
		}
	}
}

// Every command that README, the shipped configuration and the help show is one, with those flags.
func TestCommandsThatAreShown(t *testing.T) {
	t.Parallel()
	app := newApp(nil, nil)
	text := readme(t) + string(etc.Config)
	walk(app.Commands, func(c *cli.Command) { text += "\n" + c.Description })
	shown := regexp.MustCompile("(?m)(?:^ *|`|\"|\\| |&& |run ./cmd/)logrelay ([a-z][^`\"\n]*)").FindAllStringSubmatch(text, -1)
	if len(shown) < 150 {
		t.Fatalf("%d commands", len(shown))
	}
	for _, m := range shown {
		line, _, _ := strings.Cut(m[1], " #")
		words := strings.Fields(regexp.MustCompile(` (\||>|>>|&&|;) .*`).ReplaceAllString(line, ""))
		commands, flags := app.Commands, app.Flags
		for i, word := range words {
			if !strings.HasPrefix(word, "-") || word == "-" {
				if c := findCommand(commands, word); c != nil {
					commands, flags = c.Subcommands, c.Flags
				} else if i == 0 || len(commands) > 0 {
					t.Errorf("logrelay %s: no command %q", line, word)
					break
				}
				continue
			}
			name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
			if name = strings.TrimRight(name, ",;:.)"); name != "help" && !hasFlag(flags, name) {
				t.Errorf("logrelay %s: no flag %s", line, word)
			}
		}
	}
}

func hasFlag(flags []cli.Flag, name string) bool {
	return slices.ContainsFunc(flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
}
