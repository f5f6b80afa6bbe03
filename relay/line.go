package relay

import "bytes"

// EscapeLine makes dst[from:] one line: CR, LF and NUL become \r, \n and \0. It returns dst.
func EscapeLine(dst []byte, from int) []byte {
	m := dst[from:]
	if bytes.IndexByte(m, '\n') < 0 && bytes.IndexByte(m, '\r') < 0 && bytes.IndexByte(m, 0) < 0 {
		return dst
	}
	old := bytes.Clone(m) // rare: one line held several
	dst = dst[:from]
	for _, c := range old {
		switch c {
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case 0:
			dst = append(dst, `\0`...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
