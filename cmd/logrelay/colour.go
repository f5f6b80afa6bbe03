package main

import (
	"io"
	"os"

	"golang.org/x/term"

	"logrelay/relay/status"
)

// Colours of a terminal (ECMA-48, SGR).
const (
	colourRed   = "\x1b[31m"
	colourGreen = "\x1b[32m"
	colourAmber = "\x1b[33m"
	colourBold  = "\x1b[1m"
	colourOff   = "\x1b[0m"
)

// colours reports whether w is a terminal that may be given colours: not with NO_COLOR (no-color.org) and not with TERM=dumb.
func colours(w io.Writer) bool {
	return moves(w) && os.Getenv("NO_COLOR") == ""
}

// moves reports whether w is a terminal on which something can be shown in place.
func moves(w io.Writer) bool { return isTerminal(w) && os.Getenv("TERM") != "dumb" }

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// paint colours text, or leaves it as it is.
type paint bool

func (p paint) in(colour, text string) string {
	if !p || text == "" || colour == "" {
		return text
	}
	return colour + text + colourOff
}

func (p paint) health(h status.Health, text string) string {
	switch h {
	case status.Red:
		return p.in(colourRed, text)
	case status.Amber:
		return p.in(colourAmber, text)
	}
	return p.in(colourGreen, text)
}
