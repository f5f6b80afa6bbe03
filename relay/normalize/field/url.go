package field

import (
	"strings"

	"logrelay/relay"
)

// RequestLine takes METHOD URL VERSION apart into h; "-" and blanks stand for a part that is missing. The URL may hold blanks. False, and h as it was: it is not of three parts.
func RequestLine(h *relay.HTTP, s string) bool {
	i, j := strings.IndexByte(s, ' '), strings.LastIndexByte(strings.TrimRight(s, " "), ' ')
	if i < 0 || j <= i {
		return false
	}
	if method := s[:i]; method != "-" {
		h.Method = method
	}
	if version := strings.Trim(s[j:], " "); version != "-" {
		h.Version = version
	}
	if url := strings.Trim(s[i:j], " "); url != "-" {
		URL(h, url)
	}
	return true
}

// URL takes SCHEME://HOST:PORT/PATH?QUERY, or /PATH?QUERY, apart into h. What is neither is h.URL alone.
func URL(h *relay.HTTP, s string) {
	h.URL = s
	scheme, rest, ok := strings.Cut(s, "://")
	if ok && scheme != "" && strings.IndexByte(scheme, '/') < 0 && strings.IndexByte(scheme, '?') < 0 {
		end := strings.IndexAny(rest, "/?")
		if end < 0 {
			end = len(rest)
		}
		host, port, ok := cutPort(rest[:end])
		if !ok {
			return
		}
		var n relay.Number
		if port != "" {
			if n, ok = Number(port, 65535); !ok {
				return
			}
		}
		h.Scheme, h.Host, h.Port, s = scheme, host, n, rest[end:]
	} else if s == "" || s[0] != '/' {
		return
	}
	h.Path, h.Query, _ = strings.Cut(s, "?")
}
