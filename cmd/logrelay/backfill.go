package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"logrelay/relay"
	"logrelay/relay/config"
	"logrelay/relay/status"
)

// Bounds of --rate, in objects a second.
const (
	minRate = 0.001
	maxRate = 1_000_000
)

func backfillCommand() *cli.Command {
	return &cli.Command{
		Name:      "backfill",
		Usage:     "take in what is already in a bucket",
		ArgsUsage: "s3://BUCKET/PREFIX",
		Description: `The running relay lists the objects and takes them in with the credentials and rules of an s3 input. What is in custody already is not
stored again, so a backfill that ended early, by Ctrl-C too, goes on when it is asked for again, and it can overlap with what the queue tells.

   logrelay backfill s3://example-logs/AWSLogs/ --since 7d
   logrelay backfill s3://example-logs/AWSLogs/ --since 2026-01-01 --until 2026-02-01 --input trail --rate 50`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "since", Usage: "only objects written since `TIME`: 7d, 12h, 2026-01-31 or 2026-01-31T12:00:00Z (required; \"all\" for all)"},
			&cli.StringFlag{Name: "until", Usage: "only objects written before `TIME`"},
			&cli.StringFlag{Name: "input", Usage: "`NAME` of the s3 input (needed where there are several)"},
			&cli.StringFlag{Name: "kind", Usage: "what the records are: " + strings.Join(config.Kinds, ", ") + " (default: as for objects that the queue names)"},
			&cli.Float64Flag{Name: "rate", Usage: "`OBJECTS` a second at most", DefaultText: "no limit"},
			configFlag(), adminFlag(),
			&cli.BoolFlag{Name: "json", Usage: "print JSON, a line twice a second"},
		},
		Action: func(c *cli.Context) error {
			q, err := backfillRequest(c, time.Now())
			if err != nil {
				return err
			}
			a, err := dialAdmin(c)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(c.Context, os.Interrupt, syscall.SIGTERM)
			defer stop()
			b := &backfill{stdout: c.App.Writer, json: c.Bool("json"), bar: newProgress(c.App.ErrWriter, "listing", 1, true), start: time.Now()}
			return b.run(ctx, a, q)
		},
	}
}

// backfillRequest reads what is asked for.
func backfillRequest(c *cli.Context, now time.Time) (q status.BackfillRequest, err error) {
	bucket, prefix, err := s3URL(c.Args().First())
	if err == nil && c.NArg() > 1 {
		err = usageError("", "one s3://BUCKET/PREFIX at a time")
	}
	if err != nil {
		return q, err
	}
	q = status.BackfillRequest{Input: c.String("input"), Bucket: bucket, Prefix: prefix, Rate: c.Float64("rate")}
	if q.Rate != 0 && !(q.Rate >= minRate && q.Rate <= maxRate) {
		return q, usageError("", "--rate %v: allowed: objects a second, %v to %d, or 0 for no limit", q.Rate, minRate, maxRate)
	}
	if k := c.String("kind"); k != "" {
		var kind config.Kind
		if err := kind.UnmarshalText([]byte(k)); err != nil {
			return q, usageError("", "--kind %q: %s", k, err)
		}
		q.Kind = string(kind)
	}
	if !c.IsSet("since") {
		return q, usageError(`for example --since 7d, or --since all for everything`, "since when? --since is missing")
	}
	if q.Since, err = moment("since", c.String("since"), now); err != nil {
		return q, err
	}
	if q.Until, err = moment("until", c.String("until"), now); err != nil {
		return q, err
	}
	if q.Since != nil && q.Until != nil && !q.Until.After(*q.Since) {
		return q, usageError("", "--until is not after --since")
	}
	return q, nil
}

// s3URL takes s3://bucket/key apart.
func s3URL(text string) (bucket, key string, err error) {
	rest, ok := strings.CutPrefix(text, "s3://")
	if bucket, key, _ = strings.Cut(rest, "/"); !ok || bucket == "" {
		return "", "", usageError("for example s3://example-logs/AWSLogs/", "%q is no s3://BUCKET/PREFIX", text)
	}
	return bucket, key, nil
}

// moment reads a time of a flag: one of the calendar, or how long ago. No time is nil.
func moment(flag, text string, now time.Time) (*time.Time, error) {
	if text == "" || text == "all" && flag == "since" {
		return nil, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return &t, nil
		}
	}
	age, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16)
		age = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || age < 0 {
		return nil, usageError("", "--%s %q: allowed: how long ago, such as 7d or 12h, a day such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z", flag, text)
	}
	t := now.Add(-age)
	return &t, nil
}

// backfill shows how one goes.
type backfill struct {
	stdout io.Writer
	json   bool
	bar    *progress
	start  time.Time
	last   status.BackfillLine
}

// run asks the relay, shows the progress, and says how it ended. An end of ctx stops it in order.
func (b *backfill) run(ctx context.Context, a *adminClient, q status.BackfillRequest) error {
	err := a.stream(ctx, "/api/v1/backfill", q, b.line)
	b.bar.clear()
	switch {
	case ctx.Err() != nil:
		err = relay.WithHint(errors.New("stopped: what was read is in custody"), "run the same command again to go on")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = relay.WithHint(errors.New("the relay ended before the backfill was done"), "run the same command again when it is back: it goes on where it was")
	case err == nil && b.last.Error != "":
		err = errors.New(b.last.Error)
		if b.last.Hint != "" {
			err = relay.WithHint(err, b.last.Hint)
		}
	}
	if b.json || err != nil && b.last.Found == 0 {
		return err
	}
	return errors.Join(b.sum(), err)
}

// line takes a line of the answer.
func (b *backfill) line(d *json.Decoder) (more bool, err error) {
	var l status.BackfillLine
	if err := d.Decode(&l); err != nil {
		return false, err
	}
	if b.last = l; b.json {
		err = writeJSONLine(b.stdout, l)
	}
	found := fmt.Sprint(l.Found)
	if !l.Listed {
		found += "+"
	}
	b.bar.change(fmt.Sprintf("%d of %s objects, %d records", l.Objects, found, l.Records), int64(max(l.FoundBytes, l.Bytes, 1)))
	b.bar.set(int64(l.Bytes))
	return !l.Done && l.Error == "", err
}

// sum prints what became of the objects.
func (b *backfill) sum() error {
	l, took := &b.last, max(time.Since(b.start), time.Millisecond)
	taken := l.Objects - l.Before - l.Skipped - l.Aside
	_, err := fmt.Fprintf(b.stdout, "%s: %d taken in, %d in custody before, %d skipped, %d set aside, %d failed\n%s, %s in %s (%.0f records/s)\n",
		count(int(l.Objects+l.Failed), "object"), taken, l.Before, l.Skipped, l.Aside, l.Failed,
		count(int(l.Records), "record"), size(l.RecordBytes), span(took), float64(l.Records)/took.Seconds())
	return err
}
