package rules

import "strconv"

// quote returns s as a JSON string.
func quote(s string) string {
	out := make([]byte, 0, len(s)+2)
	out = append(out, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c < 0x20:
			out = append(out, `\u00`...)
			if c < 16 {
				out = append(out, '0')
			}
			out = strconv.AppendInt(out, int64(c), 16)
		default:
			out = append(out, c)
		}
	}
	return string(append(out, '"'))
}
