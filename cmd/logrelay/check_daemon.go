package main

import (
	"context"

	"logrelay/relay/config"
	"logrelay/relay/daemon"
)

// runChecks asks the daemon's package to try everything that the configuration names.
func runChecks(ctx context.Context, conf *config.Config, configOnly bool) []checkLine {
	var lines []checkLine
	for _, r := range daemon.Check(ctx, conf, configOnly) {
		lines = append(lines, checkLine{r.Name, r.Result, r.Detail, r.Hint})
	}
	return lines
}
