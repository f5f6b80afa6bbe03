package buffer

import (
	"fmt"
	"strconv"
	"strings"
)

// linesBytes bounds a file of lines.
const linesBytes = 1 << 20

// escapeName writes a name so that it may be a file's or a word's: letters, digits, '-' and '_' stand for themselves, other
// bytes as %XX.
func escapeName(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// unescapeName is the reverse of escapeName. No name is empty.
func unescapeName(s string) (string, bool) {
	var b strings.Builder
	for len(s) > 0 {
		if s[0] != '%' {
			b.WriteByte(s[0])
			s = s[1:]
			continue
		}
		if len(s) < 3 {
			return "", false
		}
		c, err := strconv.ParseUint(s[1:3], 16, 8)
		if err != nil {
			return "", false
		}
		b.WriteByte(byte(c))
		s = s[3:]
	}
	return b.String(), b.Len() > 0
}

// writeLines replaces a file of lines, durable. Its last line is the checksum of the others.
func writeLines(fsys FS, path string, lines []string) error {
	text := strings.Join(append(lines, ""), "\n")
	return writeFile(fsys, path, fmt.Appendf(nil, "%s%08x\n", text, checksum([]byte(text))))
}

// readLines returns the lines of a file that writeLines wrote, or errDamaged.
func readLines(fsys FS, path string) ([]string, error) {
	b, err := readFile(fsys, path, linesBytes)
	if err != nil {
		return nil, err
	}
	if len(b) < 9 {
		return nil, errDamaged
	}
	text := string(b[:len(b)-9])
	if fmt.Sprintf("%08x\n", checksum([]byte(text))) != string(b[len(text):]) {
		return nil, errDamaged
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n"), nil
}
