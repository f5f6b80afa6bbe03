package field

import (
	"strings"

	"logrelay/relay"
)

// StatusCode puts the status of an HTTP answer into dst, and what it means into c: failure from 400 on.
func StatusCode(dst *relay.Number, c *relay.Common, v string) bool {
	if !SetNumber(dst, v, 999) {
		return false
	}
	c.StatusCode = v
	switch n := dst.Value; {
	case n >= 400:
		c.Status = relay.StatusFailure
	case n >= 100:
		c.Status = relay.StatusSuccess
	}
	return true
}

// risks are the words for the severity of a threat.
var risks = [...]struct {
	word     string
	severity relay.Severity
}{
	{"informational", relay.SeverityInformational}, {"information", relay.SeverityInformational}, {"info", relay.SeverityInformational}, {"low", relay.SeverityLow},
	{"medium", relay.SeverityMedium}, {"elevated", relay.SeverityMedium}, {"high", relay.SeverityHigh}, {"critical", relay.SeverityCritical},
}

// Risk returns the severity that a firewall's word for a threat stands for; SeverityUnset when it is none. See Level for the words of loggers.
func Risk(word string) relay.Severity {
	for i := range risks {
		if r := &risks[i]; len(r.word) == len(word) && strings.EqualFold(r.word, word) {
			return r.severity
		}
	}
	return relay.SeverityUnset
}
