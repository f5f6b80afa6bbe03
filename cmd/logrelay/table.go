package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// cell is a text of a table and its colour, "" for none.
type cell struct{ text, colour string }

// cells makes plain cells of values.
func cells(values ...any) []cell {
	row := make([]cell, len(values))
	for i, v := range values {
		if c, ok := v.(cell); ok {
			row[i] = c
			continue
		}
		row[i].text = fmt.Sprint(v)
	}
	return row
}

// printTable writes rows with their columns aligned, two blanks apart. Package tabwriter would count colours as text.
func printTable(w io.Writer, p paint, rows [][]cell) {
	var wide []int
	for _, row := range rows {
		for i, c := range row {
			if i == len(wide) {
				wide = append(wide, 0)
			}
			wide[i] = max(wide[i], utf8.RuneCountInString(c.text))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, c := range row {
			b.WriteString(p.in(c.colour, c.text))
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", wide[i]-utf8.RuneCountInString(c.text)+2))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}
