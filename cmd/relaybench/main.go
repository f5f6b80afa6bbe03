package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"
)

// options are the flags of a run.
type options struct {
	dir     string
	keep    bool
	quota   int64
	settle  time.Duration
	outage  time.Duration
	kills   int
	backlog int64
	minio   string
	talk    io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends it at once
	err := newApp().RunContext(ctx, os.Args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "relaybench: error: %v\n", err)
		os.Exit(1)
	}
}

func newApp() *cli.App {
	return &cli.App{
		Name:  "relaybench",
		Usage: "put logrelay under load and check that everything arrives",
		Description: `All traffic stays on loopback. Generator and sink share the machine with the program under test.

   relaybench run tls                  logrelay, TLS syslog in, TLS syslog out
   relaybench run --system floor tls   what is possible at all
   relaybench compare tls              logrelay and rsyslog in turns

Exit status: 0 done, 1 failed or something was lost.`,
		Commands: []*cli.Command{
			{Name: "list", Usage: "list the scenarios", Action: listScenarios},
			{Name: "run", Usage: "run one scenario", ArgsUsage: "SCENARIO", Flags: append(runFlags(),
				&cli.StringFlag{Name: "system", Value: "logrelay", Usage: "logrelay, rsyslog or floor"}), Action: runOne},
			{Name: "compare", Usage: "run one scenario with several programs in turns and print medians and ratios", ArgsUsage: "SCENARIO", Flags: append(runFlags(),
				&cli.StringSliceFlag{Name: "system", Value: cli.NewStringSlice("logrelay", "rsyslog"), Usage: "programs; the ratios are of the first one"},
				&cli.IntFlag{Name: "rounds", Value: 3}), Action: compare},
			floorCommand(),
		},
		HideHelpCommand: true,
		ExitErrHandler:  func(*cli.Context, error) {},
	}
}

func runFlags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "size", Usage: "bytes of a message"},
		&cli.IntFlag{Name: "conns", Usage: "connections"},
		&cli.Float64Flag{Name: "rate", Usage: "messages a second over all connections"},
		&cli.Uint64Flag{Name: "count", Usage: "messages over all connections, at most"},
		&cli.DurationFlag{Name: "duration", Usage: "time to send, at most"},
		&cli.DurationFlag{Name: "outage", Value: time.Minute, Usage: "how long the SIEM is away (scenario outage)"},
		&cli.IntFlag{Name: "kills", Value: 10, Usage: "scenario kill"},
		&cli.Int64Flag{Name: "backlog", Value: 1 << 30, Usage: "bytes of messages (scenario backlog)"},
		&cli.DurationFlag{Name: "settle", Value: 10 * time.Second, Usage: "what does not come for so long is lost"},
		&cli.DurationFlag{Name: "timeout", Value: 5 * time.Minute, Usage: "of one run"},
		&cli.Int64Flag{Name: "quota", Value: 20 << 30, Usage: "bytes of disk that the program under test may use"},
		&cli.StringFlag{Name: "dir", Usage: "where the disk is that is measured", DefaultText: "the system's folder for temporary files"},
		&cli.BoolFlag{Name: "keep", Usage: "keep configuration, state and log of the program"},
		&cli.StringFlag{Name: "relay", Usage: "logrelay binary", DefaultText: "built from the source"},
		&cli.StringFlag{Name: "rsyslog-root", Usage: "folder into which rsyslog's packages were unpacked", DefaultText: "the installed one"},
		&cli.StringFlag{Name: "minio", Usage: "MinIO binary (scenarios s3-...)", DefaultText: "S3 is a stand-in inside relaybench"},
		&cli.BoolFlag{Name: "json", Usage: "one JSON object a run"},
	}
}

func listScenarios(c *cli.Context) error {
	for _, s := range scenarios() {
		fmt.Fprintf(c.App.Writer, "%-12s %s\n", s.name, s.about)
	}
	return nil
}

// job is what the flags ask for.
type job struct {
	scenario scenario
	opts     options
	timeout  time.Duration
	systems  []system
}

// newJob reads flags and argument; it builds logrelay if that is one of the systems. cleanup removes the binary.
func newJob(c *cli.Context, names []string) (j *job, cleanup func(), err error) {
	if c.NArg() != 1 {
		return nil, nil, errors.New(`one scenario is wanted, after the flags; "relaybench list" shows them`)
	}
	j = &job{timeout: c.Duration("timeout"), opts: options{
		dir: c.String("dir"), keep: c.Bool("keep"), quota: c.Int64("quota"), settle: c.Duration("settle"), outage: c.Duration("outage"),
		kills: c.Int("kills"), backlog: c.Int64("backlog"), minio: c.String("minio"), talk: c.App.ErrWriter,
	}}
	if j.scenario, err = findScenario(c.Args().First()); err != nil {
		return nil, nil, err
	}
	l := &j.scenario.load
	setFlag(c, "size", c.Int, &l.size)
	setFlag(c, "conns", c.Int, &l.conns)
	setFlag(c, "rate", c.Float64, &l.rate)
	setFlag(c, "count", c.Uint64, &l.count)
	setFlag(c, "duration", c.Duration, &l.duration)
	if l.conns < 1 || l.conns > 20_000 || l.size > 1<<20 {
		return nil, nil, errors.New("1 to 20,000 connections and messages of up to 1 MiB are possible")
	}
	cleanup = func() {}
	for _, name := range names {
		switch name {
		case "logrelay":
			path := c.String("relay")
			if path == "" {
				dir, err := os.MkdirTemp("", "relaybench-build-")
				if err != nil {
					return nil, nil, err
				}
				cleanup = func() { _ = os.RemoveAll(dir) }
				if path, err = buildRelay(c.Context, dir); err != nil {
					cleanup()
					return nil, nil, err
				}
			}
			j.systems = append(j.systems, relaySystem(path))
		case "rsyslog":
			j.systems = append(j.systems, rsyslogSystem(c.String("rsyslog-root")))
		case "floor":
			j.systems = append(j.systems, floorSystem())
		default:
			cleanup()
			return nil, nil, fmt.Errorf("system %q: logrelay, rsyslog or floor is wanted", name)
		}
	}
	return j, cleanup, nil
}

func setFlag[T any](c *cli.Context, name string, get func(string) T, to *T) {
	if c.IsSet(name) {
		*to = get(name)
	}
}

// once runs the scenario with one system.
func (j *job) once(ctx context.Context, s system) (result, error) {
	ctx, cancel := context.WithTimeout(ctx, j.timeout)
	defer cancel()
	b, err := newBench(ctx, s, j.opts, j.scenario.load)
	if err != nil {
		return result{}, err
	}
	defer b.close()
	r, err := j.scenario.run(ctx, b)
	if err != nil {
		return r, fmt.Errorf("%s with %s: %w", j.scenario.name, s.name, err)
	}
	r.Scenario = j.scenario.name
	return r, nil
}

func runOne(c *cli.Context) error {
	j, cleanup, err := newJob(c, []string{c.String("system")})
	if err != nil {
		return err
	}
	defer cleanup()
	r, err := j.once(c.Context, j.systems[0])
	if err != nil {
		return err
	}
	if err := printResults(c.App.Writer, c.Bool("json"), []result{r}); err != nil {
		return err
	}
	if r.Lost > 0 || r.SendError != "" {
		return fmt.Errorf("%d of %d messages were lost", r.Lost, r.Sent)
	}
	return nil
}

func compare(c *cli.Context) error {
	j, cleanup, err := newJob(c, c.StringSlice("system"))
	if err != nil {
		return err
	}
	defer cleanup()
	var results []result
	for round := range c.Int("rounds") {
		for _, s := range j.systems {
			r, err := j.once(c.Context, s)
			if err != nil {
				return err
			}
			results = append(results, r)
			fmt.Fprintf(c.App.ErrWriter, "round %d %s: %.0f events/s, %.2f CPU s/M, %d lost\n", round+1, s.name, r.PerSecond, r.CPU, r.Lost)
		}
	}
	m := medians(results)
	if err := printResults(c.App.Writer, c.Bool("json"), m); err != nil {
		return err
	}
	if !c.Bool("json") {
		fmt.Fprintln(c.App.Writer, strings.Repeat("-", 20))
		printRatios(c.App.Writer, m)
	}
	return nil
}
