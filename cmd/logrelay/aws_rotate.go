package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"logrelay/relay/awsiam"
	"logrelay/relay/config"
	"logrelay/relay/daemon"
)

func profileFlag() cli.Flag {
	return &cli.StringFlag{Name: "profile", Usage: "`NAME` in the shared files of AWS, of your own credentials"}
}

func rotateKeyCommand() *cli.Command {
	return &cli.Command{
		Name:  "rotate-key",
		Usage: "replace the access key that the relay uses, while it works",
		Description: `For a block of "aws" in the configuration that has access_key_id_file and secret_access_key_file. Makes a second key for the user, tries it,
writes it to the files (mode and owner stay, the old one is kept beside with .old), waits until the running relay pulls with it, and
deactivates the old key. A run after the grace time deletes that. Run it as root or as the owner of the files.

It asks IAM with your credentials: --profile, or AWS's usual chain. They need iam:ListAccessKeys, iam:CreateAccessKey, iam:UpdateAccessKey
and iam:DeleteAccessKey on the user. The relay's own identity needs none of them and must never hold iam:CreateAccessKey: who took over the relay could
make keys that outlive every rotation. A key of the relay's own user is refused.

The relay always has a key that works. Whatever fails is undone, or leaves both keys active and says what to do; the same command goes on from there.

Examples:
   logrelay aws rotate-key --user logrelay --profile admin
   logrelay aws rotate-key --user logrelay --profile admin --finish      a day later`,
		Flags: []cli.Flag{
			configFlag(), adminFlag(), profileFlag(),
			&cli.StringFlag{Name: "user", Usage: "`NAME` of the IAM user whose key the relay has"},
			&cli.StringFlag{Name: "aws", Usage: "`BLOCK` of \"aws\" in the configuration (default: the only one that has a key in files)"},
			&cli.DurationFlag{Name: "grace", Value: 24 * time.Hour, Usage: "how long the old key is kept, inactive", DefaultText: "24h"},
			&cli.BoolFlag{Name: "finish", Usage: "delete the old key, and do nothing else"},
			&cli.BoolFlag{Name: "dry-run", Usage: "say what would be done"},
			jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if c.String("user") == "" {
				return usageError("for example --user logrelay", "whose key? --user names the IAM user")
			}
			if c.Duration("grace") < 0 {
				return usageError("", "--grace %s is in the past", c.Duration("grace"))
			}
			conf, err := loadConfig(c)
			if err != nil {
				return err
			}
			door, err := dialAdmin(c)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(c.Context, os.Interrupt, syscall.SIGTERM) // what was begun is undone
			defer stop()
			o := rotateOptions{conf: conf, door: door, block: c.String("aws"), operator: awsiam.Options{Profile: c.String("profile")}, talk: c.App.ErrWriter, json: c.Bool("json")}
			o.User, o.Grace, o.Finish, o.DryRun = c.String("user"), c.Duration("grace"), c.Bool("finish"), c.Bool("dry-run")
			return rotateKey(ctx, c.App.Writer, o)
		},
	}
}

type rotateOptions struct {
	awsiam.Rotation // User, Grace, Finish, DryRun; in tests Wait and Pause

	conf     *config.Config
	door     *adminClient
	block    string
	operator awsiam.Options
	talk     io.Writer
	json     bool
}

// rotated is the answer of rotate-key --json.
type rotated struct {
	Old     string     `json:"old_key,omitempty"`
	New     string     `json:"new_key,omitempty"`
	Deleted bool       `json:"old_key_deleted"`
	After   *time.Time `json:"old_key_deletable_after,omitempty"`
}

func rotateKey(ctx context.Context, w io.Writer, o rotateOptions) error {
	files, err := daemon.FindKeyFiles(o.conf, o.block)
	if err != nil {
		return withStatus(exitUsage, err)
	}
	if o.operator.Region == "" {
		o.operator.Region = files.Region
	}
	operator, err := awsiam.New(ctx, o.operator)
	if err != nil {
		return err
	}
	if o.Operator, err = operator.KeyID(ctx); err != nil {
		return err
	}
	o.IAM, o.Files = operator, awsiam.Files{ID: files.ID, Secret: files.Secret}
	o.Try = func(ctx context.Context, k awsiam.Key) error {
		return daemon.TryKey(ctx, o.conf, files, k.ID, k.Secret)
	}
	o.Say = func(text string) { say(o.talk, "note", text) }
	if o.Relay, err = relayPulls(ctx, o.door, files.Inputs, o.talk); err != nil {
		return err
	}
	got, err := o.Run(ctx)
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("interrupted: %w", err)
	}
	if err != nil {
		return err
	}
	return printRotated(w, got, o)
}

func printRotated(w io.Writer, got awsiam.Outcome, o rotateOptions) (err error) {
	switch {
	case o.json:
		r := rotated{Old: got.Old, New: got.New, Deleted: got.Deleted}
		if !got.After.IsZero() && !got.Deleted {
			at := got.After.UTC().Truncate(time.Second)
			r.After = &at
		}
		return writeJSON(w, r)
	case o.DryRun:
		_, err = fmt.Fprintln(w, "nothing was changed")
	case got.Deleted:
		_, err = fmt.Fprintf(w, "done: key %s is deleted, the relay has %s\n", got.Old, got.New)
	default:
		_, err = fmt.Fprintf(w, "rotated: the relay has key %s; %s is inactive. After %s delete it: logrelay aws rotate-key --user %s --finish\n",
			got.New, got.Old, got.After.UTC().Format(time.RFC3339), o.User)
	}
	return err
}
