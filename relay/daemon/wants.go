package daemon

import (
	"logrelay/relay"
	"logrelay/relay/config"
)

// Wants reports whether an output would send anything of a record, by its lists and rules in that configuration. An output that samples may have decided
// otherwise about this one.
func Wants(c *config.Config, output string, r *relay.Record) bool {
	cfg := c.Outputs[output]
	if cfg == nil {
		return false
	}
	return len(newPreview(output, cfg).events.Events(r)) > 0
}
