package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"
)

// window is what text has to fit into. The zero value is no terminal: all fits, as it is.
type window struct {
	width, height int
	ascii         bool // it shows nothing but ASCII
}

// windowOf asks the terminal behind w, if there is one.
func windowOf(w io.Writer) window {
	f, ok := w.(*os.File)
	if !ok || !isTerminal(w) {
		return window{}
	}
	width, height, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return window{ascii: !utf8Locale(os.Getenv)}
	}
	return window{width, height, !utf8Locale(os.Getenv)}
}

// utf8Locale reads the character set off the locale, as setlocale(3) finds it. Where none is named it is C, which is ASCII.
func utf8Locale(env func(string) string) bool {
	name := strings.ToLower(cmp.Or(env("LC_ALL"), env("LC_CTYPE"), env("LANG")))
	return strings.Contains(name, "utf-8") || strings.Contains(name, "utf8")
}

// plain is what stands for our signs where there is ASCII alone.
var plain = strings.NewReplacer(markGood, "+", markBad, "x", markQuiet, ".", "…", "...", "↑ ↓", "up down", "░", ".", "█", "#",
	"▁", "_", "▂", "_", "▃", "-", "▄", "-", "▅", "=", "▆", "=", "▇", "#")

// lines breaks text into lines that are no wider than the window.
func (win window) lines(text string) []string {
	if win.ascii {
		text = plain.Replace(text)
	}
	if win.width > 0 {
		text = ansi.Wrap(text, win.width, "")
	}
	return strings.Split(strings.TrimRight(text, "\n"), "\n")
}

// fit returns text in lines that are no wider, and as many as the window is high; the last one says how many are left out.
func (win window) fit(text string) string {
	lines := win.lines(text)
	if room := win.height - 1; win.height > 1 && len(lines) > room {
		left := len(lines) - room + 1
		lines = append(lines[:room-1:room-1], win.lines(fmt.Sprintf("… %d more lines: make the window larger, or see logrelay top", left))[0])
	}
	return strings.Join(lines, "\n") + "\n"
}
