package config

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	File     string // the file that says so; "" for the environment, flags and defaults
	Line     int    // from 1; 0 where the finding has no place in a file
	Column   int    // from 1
	Variable string // the environment variable that says so
	Key      string // "outputs.siem.url"; "" for the file as a whole
	Value    string // as given, shortened; "<secret>" for secrets; "" where there is none
	Message  string // what is wrong and what is allowed
	Hint     string // what to do; "" where Message says it
}

// String is the problem on one line: place, key, value, message.
func (p Problem) String() string {
	var b strings.Builder
	switch {
	case p.Variable != "":
		b.WriteString("environment " + p.Variable + ": ")
	case p.Line > 0:
		fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	case p.File != "":
		b.WriteString(p.File + ": ")
	}
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	if p.Value != "" {
		b.WriteString(p.Value + ": ")
	}
	return b.String() + p.Message
}

// Problems are all that is wrong with a configuration, in the order of the file. As an error it says so on one line each.
type Problems []Problem

func (ps Problems) Error() string {
	var b strings.Builder
	for i, p := range ps {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.String())
		if p.Hint != "" {
			b.WriteString("\n  hint: " + p.Hint)
		}
	}
	return b.String()
}

// sort puts what has a place in a file first, in the order of the file.
func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if (a.Line == 0) != (b.Line == 0) {
			return b.Line - a.Line
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
}

// quote shows a value: quoted and shortened.
func quote(value string) string {
	const limit = 80
	if len(value) > limit {
		value = value[:limit] + "…"
	}
	return fmt.Sprintf("%q", value)
}

// notOneOf says that a word is not in a list, what is, and which of them was probably meant.
func notOneOf(what, word string, allowed []string) error {
	return fmt.Errorf("not a known %s%s; allowed: %s", what, didYouMean(word, allowed), strings.Join(allowed, ", "))
}

// didYouMean returns `; did you mean "x"?` for the word that is nearest, or "".
func didYouMean(word string, known []string) string {
	best, distance := "", min(len(word)/3, 3)+1
	for _, k := range known {
		if d := editDistance(word, k); d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// editDistance counts the bytes to insert, delete, replace or swap with their neighbour that make b of a. Long words are never near.
func editDistance(a, b string) int {
	const limit = 64
	if len(a) > limit || len(b) > limit {
		return limit
	}
	var rows [3][limit + 1]int
	before, above, row := &rows[0], &rows[1], &rows[2]
	for j := range b {
		row[j+1] = j + 1
	}
	row[len(b)] = len(b)
	for i := range len(a) {
		before, above, row = above, row, before
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(above[j]+cost, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
