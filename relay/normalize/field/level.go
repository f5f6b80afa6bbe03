package field

import (
	"strings"

	"logrelay/relay"
)

// Level returns the severity that the word of a logger stands for, as syslog's number of that name would; SeverityUnset when it is none.
func Level(word string) relay.Severity {
	for i := range levels {
		if l := &levels[i]; len(l.word) == len(word) && strings.EqualFold(l.word, word) {
			return l.severity
		}
	}
	return relay.SeverityUnset
}

// levels are the words of syslog and of common loggers, the frequent ones first.
var levels = [...]struct {
	word     string
	severity relay.Severity
}{
	{"info", relay.SeverityInformational}, {"error", relay.SeverityHigh}, {"warn", relay.SeverityMedium}, {"warning", relay.SeverityMedium},
	{"debug", relay.SeverityInformational}, {"trace", relay.SeverityInformational}, {"notice", relay.SeverityLow}, {"err", relay.SeverityHigh},
	{"information", relay.SeverityInformational}, {"informational", relay.SeverityInformational}, {"critical", relay.SeverityCritical}, {"crit", relay.SeverityCritical},
	{"alert", relay.SeverityCritical}, {"fatal", relay.SeverityFatal}, {"panic", relay.SeverityFatal}, {"emerg", relay.SeverityFatal}, {"emergency", relay.SeverityFatal},
}
