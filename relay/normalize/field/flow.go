package field

import (
	"strings"

	"logrelay/relay"
)

// Allow says that a control let f pass; word is the source's for it.
func Allow(f *relay.NetworkFlow, word string) {
	f.Verdict.Present, f.Verdict.Word = true, word
	f.Verdict.Action, f.Verdict.Disposition, f.Status = relay.ActionAllowed, relay.DispositionAllowed, relay.StatusSuccess
}

// Deny says that a control refused f, as d tells; word is the source's for it.
func Deny(f *relay.NetworkFlow, d relay.Disposition, word string) {
	f.Verdict.Present, f.Verdict.Word = true, word
	f.Verdict.Action, f.Verdict.Disposition, f.Status = relay.ActionDenied, d, relay.StatusFailure
	f.Activity = relay.FlowRefuse
}

// Direction takes the direction of traffic in the word of a device: "inbound", "outgoing".
func Direction(c *relay.Connection, word string) bool {
	switch word {
	case "inbound", "Inbound", "incoming":
		c.Direction = "ingress"
	case "outbound", "Outbound", "outgoing":
		c.Direction = "egress"
	default:
		return false
	}
	return true
}

// tcpFlags are the letters and words of TCP flags, by bit.
var tcpFlags = [...]struct {
	letter byte
	word   string
}{{'F', "FIN"}, {'S', "SYN"}, {'R', "RST"}, {'P', "PSH"}, {'A', "ACK"}, {'U', "URG"}, {'E', "ECE"}, {'W', "CWR"}}

// TCPFlag adds the flag that a word names to dst.
func TCPFlag(dst *relay.Number, word string) bool {
	for i := range tcpFlags {
		if tcpFlags[i].word == word {
			dst.Value, dst.Set = dst.Value|1<<i, true
			return true
		}
	}
	return false
}

// TCPLetters puts flags like "SA" into dst; C stands for W.
func TCPLetters(dst *relay.Number, s string) bool {
	flags := int64(0)
	for i := range len(s) {
		c := s[i]
		if c == 'C' {
			c = 'W'
		}
		bit := -1
		for j := range tcpFlags {
			if tcpFlags[j].letter == c {
				bit = j
			}
		}
		if bit < 0 {
			return false
		}
		flags |= 1 << bit
	}
	if s != "" {
		*dst = relay.NumberOf(flags)
	}
	return true
}

// Cut takes what stands before sep off s; all of s where there is no sep.
func Cut(s *string, sep string) string {
	before, after, _ := strings.Cut(*s, sep)
	*s = after
	return before
}
