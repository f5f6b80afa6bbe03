package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"logrelay/relay/config"
	"logrelay/relay/daemon"
)

func doctorCommand() *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "look at this host: clock, disk, limits, names, ports, certificates, far ends",
		Description: `Does what "logrelay check" does, and looks at what surrounds the relay: whether the clock is kept right, which file system the log is on and how long an fsync
takes there, how many files may be open, whether names resolve, how much the kernel holds for UDP. What is not as it should be comes with a fix. It changes nothing.
Of a configuration that cannot be used it says what is wrong, and looks at clock and disk alone. Exit status 3 when something failed.

   logrelay doctor`,
		Flags: []cli.Flag{configFlag(), jsonFlag()},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			conf, wrong, err := salvageConfig(c)
			if err != nil {
				return err
			}
			b := newBusy(c.App.ErrWriter)
			lines := examine(c.Context, b, conf, wrong)
			b.end()
			if err := printChecks(c.App.Writer, lines, c.Bool("json")); err != nil {
				return err
			}
			return checksFailed(lines)
		},
	}
}

// examine does what there is to do and says what takes its time. Of a configuration with something wrong it looks at the host alone.
func examine(ctx context.Context, b *busy, conf *config.Config, wrong config.Problems) (lines []checkLine) {
	doing := func(what string) { b.doing("looking at " + what) }
	var results []daemon.CheckResult
	if len(wrong) > 0 {
		results = daemon.DoctorWithout(ctx, conf, wrong, doing)
	} else {
		results = daemon.Doctor(ctx, conf, doing)
	}
	for _, r := range results {
		lines = append(lines, checkLine(r))
	}
	return lines
}

// checksFailed is an error with the status exitUnhealthy when a check failed.
func checksFailed(lines []checkLine) error {
	failed := 0
	for _, l := range lines {
		if l.Result == daemon.CheckFailed {
			failed++
		}
	}
	if failed == 0 {
		return nil
	}
	return withStatus(exitUnhealthy, fmt.Errorf("%d of %s failed", failed, count(len(lines), "check")))
}
