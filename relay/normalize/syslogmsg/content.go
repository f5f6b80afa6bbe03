package syslogmsg

import "strings"

// Bounds on what is taken for a tag and for a process id, in bytes. RFC 3164 allows a tag 32.
const (
	maxTag    = 128
	maxProcID = 128
)

// content reads the tag and the text that follow the header.
func (p *Parser) content(h *header, s string) {
	if strings.HasPrefix(s, ": ") {
		s = skipBlanks(s[1:])
	}
	if s != "" && s[0] == '%' {
		h.MsgID = mnemonic(s)
		h.Text = s
		return
	}
	app, pid, text, ok := tag(s)
	if !ok {
		// F5 writes the severity as a word before the tag.
		if word, rest := cut(s); isLevel(word) {
			if app, pid, text, ok = tag(skipBlanks(rest)); ok {
				p.keep("level", word)
			}
		}
	}
	if !ok {
		h.Text = s
		return
	}
	h.App, h.ProcID, h.Text = app, pid, text
}

// tag cuts TAG: or TAG[PID]: off s. Digits and colons alone are an uptime or a number, not a tag.
func tag(s string) (app, pid, text string, ok bool) {
	for i := range min(len(s), maxTag) {
		switch c := s[i]; {
		case c == ':':
			if i == 0 {
				return "", "", s, false
			}
			if (i+1 == len(s) || s[i+1] == ' ' || s[i+1] == '[') && strings.Trim(s[:i], "0123456789:") != "" {
				return s[:i], "", afterColon(s[i:]), true
			}
		case c == '[':
			end := strings.IndexByte(s[i:min(len(s), i+maxProcID+2)], ']')
			if i == 0 || end < 0 || strings.IndexByte(s[i:i+end], ' ') >= 0 {
				return "", "", s, false
			}
			pid, rest := s[i+1:i+end], s[i+end+1:]
			if rest != "" && rest[0] != ':' && rest[0] != ' ' {
				return "", "", s, false
			}
			return s[:i], pid, afterColon(rest), true
		case c == ' ':
			if i > 0 && strings.HasPrefix(s[i:], " : ") {
				return s[:i], "", s[i+3:], true
			}
			return "", "", s, false
		case c < ' ' || strings.IndexByte("\"=<>{}|,;", c) >= 0:
			return "", "", s, false
		}
	}
	return "", "", s, false
}

func hasTag(s string) bool {
	_, _, _, ok := tag(s)
	return ok
}

// afterColon cuts a colon and one blank off s.
func afterColon(s string) string { return strings.TrimPrefix(strings.TrimPrefix(s, ":"), " ") }

// mnemonic returns FACILITY-SEVERITY-MNEMONIC of Cisco's "%FACILITY-SEVERITY-MNEMONIC: text", or "".
func mnemonic(s string) string {
	for i := 1; i < len(s) && i < 64; i++ {
		switch c := s[i]; {
		case c == ':' || c == ' ':
			if strings.IndexByte(s[1:i], '-') > 0 {
				return s[1:i]
			}
			return ""
		case c-'A' <= 25, c-'a' <= 25, c-'0' <= 9, c == '-', c == '_':
		default:
			return ""
		}
	}
	return ""
}

func isLevel(s string) bool {
	switch s {
	case "emerg", "alert", "crit", "err", "error", "warning", "warn", "notice", "info", "debug":
		return true
	}
	return false
}
