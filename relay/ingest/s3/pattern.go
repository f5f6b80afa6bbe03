package s3

import (
	"fmt"
	"path"
	"strings"
)

// maxPattern bounds a pattern, in bytes, and with it the work of matching.
const maxPattern = 1024

// Match reports whether a bucket's name or an object's key fits a glob: as path.Match, and an element "**" stands for any number of elements,
// none included. "AWSLogs/**" fits all that is below AWSLogs/, "**/*.gz" every key that ends so, "logs-*" the buckets that begin so.
// Matching is of the whole name. A pattern that CheckPattern refuses fits nothing.
func Match(pattern, name string) bool {
	return matchElements(strings.Split(pattern, "/"), strings.Split(name, "/"))
}

// matchElements keeps only the place of the last "**", as globs allow: its work is at most the product of both lengths.
func matchElements(pattern, name []string) bool {
	p, n := 0, 0
	star, mark := -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == "**":
			star, mark = p, n
			p++
			continue
		case p < len(pattern):
			if ok, err := path.Match(pattern[p], name[n]); ok && err == nil {
				p++
				n++
				continue
			}
		}
		if star < 0 {
			return false
		}
		mark++
		p, n = star+1, mark
	}
	for p < len(pattern) && pattern[p] == "**" {
		p++
	}
	return p == len(pattern)
}

// CheckPattern says what is wrong with a glob.
func CheckPattern(pattern string) error {
	if pattern == "" || len(pattern) > maxPattern {
		return fmt.Errorf("pattern %.40q: 1 to %d characters are possible", pattern, maxPattern)
	}
	for e := range strings.SplitSeq(pattern, "/") {
		if _, err := path.Match(e, ""); err != nil {
			return fmt.Errorf("pattern %q: %w", pattern, err)
		}
	}
	return nil
}

func matchAny(patterns []string, name string) bool {
	for _, p := range patterns {
		if Match(p, name) {
			return true
		}
	}
	return false
}
