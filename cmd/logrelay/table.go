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

// between is what stands between two columns, in blanks.
const between = 2

// table writes rows with their columns aligned. Package tabwriter would count colours as text.
type table struct {
	paint
	width int // where there is no room for them, the last columns are left out; 0 for no limit
}

func (t table) print(w io.Writer, rows [][]cell) {
	var wide []int
	for _, row := range rows {
		for i, c := range row {
			if i == len(wide) {
				wide = append(wide, 0)
			}
			wide[i] = max(wide[i], utf8.RuneCountInString(c.text))
		}
	}
	fits, total := 0, -between
	for _, n := range wide {
		if total += n + between; t.width > 0 && total > t.width {
			break
		}
		fits++
	}
	for _, row := range rows {
		var b strings.Builder
		for i, c := range row[:min(max(fits, 1), len(row))] {
			b.WriteString(t.in(c.colour, c.text))
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", wide[i]-utf8.RuneCountInString(c.text)+between))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}
