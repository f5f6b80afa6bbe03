package main

import (
	"bytes"
	"strings"
	"testing"
)

// Whoever asks for help is told what the command does, sees it used, and learns what its exit status means.
func TestHelpOfEveryCommand(t *testing.T) {
	t.Parallel()
	all := nodes(newApp(nil, nil))
	if len(all) < 40 {
		t.Fatalf("only %d commands", len(all))
	}
	var overview bytes.Buffer
	for i, args := range [][]string{nil, {"--help"}, {"help"}, {"-h"}, {"h"}, {"help", "help"}, {"help", "--help"}} {
		var out, talk bytes.Buffer
		if status := execute(append([]string{"logrelay"}, args...), &out, &talk); status != exitDone || talk.Len() > 0 {
			t.Errorf("logrelay %s: status %d, %s", args, status, &talk)
		}
		if i == 0 {
			overview = out
		} else if out.String() != overview.String() {
			t.Errorf("logrelay %s prints something else than logrelay alone:\n%s", args, &out)
		}
	}
	for _, n := range all[1:] {
		path := strings.Fields(n.path)
		if n.path == "logrelay help" {
			continue // the overview
		}
		var asked, flagged, talk bytes.Buffer
		if status := execute(append(path, "--help"), &flagged, &talk); status != exitDone || talk.Len() > 0 {
			t.Errorf("%s --help: status %d, %s", n.path, status, &talk)
		}
		if status := execute(append([]string{"logrelay", "help"}, path[1:]...), &asked, &talk); status != exitDone || asked.String() != flagged.String() {
			t.Errorf("logrelay help %s (status %d) is not %s --help:\n%s", strings.Join(path[1:], " "), status, n.path, &asked)
		}
		text := flagged.String()
		if !strings.Contains(text, n.path+" - "+n.command.Usage) || !strings.Contains(text, "\nEXIT STATUS:\n") {
			t.Errorf("%s --help:\n%s", n.path, text)
		}
		if len(n.commands) == 0 && !strings.Contains(n.command.Description, "   "+n.path) && n.path != "logrelay completion" {
			t.Errorf("%s --help has no example:\n%s", n.path, n.command.Description)
		}
		if strings.Contains(text, "(default: false)") || strings.Contains(text, "(default: 0)") {
			t.Errorf("%s --help shows defaults that say nothing:\n%s", n.path, text)
		}
	}
}
