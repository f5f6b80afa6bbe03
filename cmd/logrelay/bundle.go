package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"logrelay/relay"
	"logrelay/relay/buffer"
	"logrelay/relay/config"
	"logrelay/relay/daemon"
)

const (
	journalLines = 5000             // at most in a bundle, the newest
	journalTime  = 30 * time.Second // for journalctl
	maxBundled   = 100_000          // records
)

const bundleUsage = `Writes a tar.gz for whoever is to help you: the configuration in force, status, metrics, the places of all outputs in the log, what "logrelay doctor" finds, the version, and
the newest lines of the journal where you may read it. Secrets of the configuration are masked everywhere. It has no record, unless you ask for the newest ones with
--records. What could not be had is named in missing.txt; nothing is sent anywhere. Of a configuration that cannot be used it has what is wrong with it.

   logrelay support-bundle
   logrelay support-bundle --records 100 --output help.tar.gz`

func bundleCommand() *cli.Command {
	return &cli.Command{
		Name:        "support-bundle",
		Usage:       "collect what somebody needs who is to help you",
		Description: bundleUsage,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "`FILE` to write, which must not be there yet", DefaultText: "logrelay-support-TIME.tar.gz"},
			&cli.IntFlag{Name: "records", Usage: "include so many of the newest records of the log; asks first", DefaultText: "none"},
			yesFlag(), configFlag(), adminFlag(), jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			n := c.Int("records")
			if n < 0 || n > maxBundled {
				return usageError("", "--records is 0 to %d", maxBundled)
			}
			if n > 0 {
				if err := confirmThat(c, fmt.Sprintf("include the newest %s of the log", count(n, "record")), "they may hold what is confidential"); err != nil {
					return err
				}
			}
			conf, wrong, err := salvageConfig(c)
			if err != nil {
				return err
			}
			if len(wrong) > 0 && n > 0 {
				return wrong // who cannot read it does not know all secrets that records may hold
			}
			for i, p := range wrong {
				say(c.App.ErrWriter, "warning", p.String())
				wrong[i].Value = "" // it may be a secret that stands in the wrong place
			}
			b := &bundle{conf: conf, wrong: wrong, records: uint64(n), stderr: c.App.ErrWriter, mask: daemon.NewMask(conf), now: time.Now().UTC()}
			if b.admin, err = dialAdmin(c); err != nil {
				return err
			}
			path := c.String("output")
			if path == "" {
				path = "logrelay-support-" + b.now.Format("20060102T150405Z") + ".tar.gz"
			}
			if err := b.write(c.Context, path); err != nil {
				return err
			}
			return b.report(c.App.Writer, path, c.Bool("json"))
		},
	}
}

// bundle is a support bundle in the making.
type bundle struct {
	conf    *config.Config
	wrong   config.Problems // with conf, which is then what could be read of it
	admin   *adminClient
	records uint64
	stderr  io.Writer
	mask    *strings.Replacer
	now     time.Time

	tar     *tar.Writer
	files   []string
	missing []string
}

func (b *bundle) write(ctx context.Context, path string) error {
	return b.writeTo(path, func() error { return b.fill(ctx) })
}

// writeTo makes the file, or leaves none.
func (b *bundle) writeTo(path string, fill func() error) (err error) {
	f, err := os.OpenFile(filepath.Clean(path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return relay.WithHint(fmt.Errorf("making the bundle: %w", err), "name another file with --output")
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	z := gzip.NewWriter(f)
	b.tar = tar.NewWriter(z)
	if err := fill(); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return errors.Join(b.tar.Close(), z.Close())
}

// fill adds the files. Only what cannot be written is an error; what cannot be had is noted.
func (b *bundle) fill(ctx context.Context) error {
	busy := newBusy(b.stderr)
	defer busy.end()
	for _, part := range []struct {
		name string
		text func() ([]byte, error)
	}{
		{"version.json", func() ([]byte, error) { return indented(readVersion()) }},
		{"config.yaml", b.config},
		{"status.json", func() ([]byte, error) { return b.admin.text(ctx, "/api/v1/status") }},
		{"metrics.txt", func() ([]byte, error) { return b.admin.text(ctx, "/metrics") }},
		{"buffer.json", b.buffer},
		{"doctor.json", func() ([]byte, error) { return indented(examine(ctx, busy, b.conf, b.wrong)) }},
		{"journal.txt", func() ([]byte, error) { return journalOf(ctx) }},
		{"records.jsonl", b.newest},
		{"missing.txt", func() ([]byte, error) { return []byte(strings.Join(b.missing, "\n")), nil }},
	} {
		busy.doing("collecting " + part.name)
		text, err := part.text()
		if err != nil {
			b.missing = append(b.missing, part.name+": "+b.mask.Replace(err.Error()))
			continue
		}
		if len(text) == 0 {
			continue
		}
		if err := b.add(part.name, text); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// add writes one file, without secrets.
func (b *bundle) add(name string, text []byte) error {
	masked := b.mask.Replace(string(text))
	folder := "logrelay-support/"
	err := b.tar.WriteHeader(&tar.Header{Name: folder + name, Mode: 0o600, Size: int64(len(masked)), ModTime: b.now, Format: tar.FormatPAX})
	if err == nil {
		_, err = io.WriteString(b.tar, masked)
	}
	b.files = append(b.files, name)
	return err
}

func indented(v any) ([]byte, error) {
	var w bytes.Buffer
	err := writeJSON(&w, v)
	return w.Bytes(), err
}

func (b *bundle) config() ([]byte, error) {
	if len(b.wrong) > 0 {
		return nil, errors.New("it cannot be used; doctor.json has what is wrong with it")
	}
	return b.conf.Masked(), nil
}

func (b *bundle) buffer() ([]byte, error) {
	d, err := buffer.Inspect(string(b.conf.Buffer.Dir))
	if err != nil {
		return nil, err
	}
	return indented(newBufferList(d))
}

// newest returns the newest records, as "logrelay buffer dump --json" prints them.
func (b *bundle) newest() ([]byte, error) {
	if b.records == 0 {
		return nil, nil
	}
	d, err := buffer.Inspect(string(b.conf.Buffer.Dir))
	if err != nil {
		return nil, err
	}
	var w bytes.Buffer
	var failed error
	err = d.Records(d.End-min(b.records, d.End), d.End, func(r *relay.Record) bool {
		failed = b.record(&w, r)
		return failed == nil
	})
	return w.Bytes(), errors.Join(err, failed)
}

// record masks before the text is encoded: a secret in JSON may be written with escapes, and in base64 is not to be recognised.
func (b *bundle) record(w io.Writer, r *relay.Record) error {
	c := *r
	c.Raw = []byte(b.mask.Replace(string(r.Raw)))
	return dumpJSON(w, &c)
}

// journalOf returns the newest lines of the service's log, if this user may read them.
func journalOf(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, journalTime)
	defer cancel()
	var complaint bytes.Buffer
	cmd := exec.CommandContext(ctx, "journalctl", "--unit", "logrelay", "--no-pager", "--quiet", "--lines", fmt.Sprint(journalLines), "--output", "short-iso-precise")
	cmd.Stderr = &complaint
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("asking journalctl: %w %s", err, printable(complaint.String(), 300))
	}
	if len(text) == 0 {
		return nil, errors.New("the journal has nothing of the unit logrelay that this user may read")
	}
	return text, nil
}

// report says what was written.
func (b *bundle) report(w io.Writer, path string, asJSON bool) error {
	if asJSON {
		return writeJSON(w, struct {
			File    string   `json:"file"`
			Has     []string `json:"has"`
			Missing []string `json:"missing"`
		}{path, b.files, append([]string{}, b.missing...)})
	}
	fmt.Fprintf(w, "wrote %s: %s\n", path, strings.Join(b.files, ", "))
	for _, m := range b.missing {
		fmt.Fprintf(w, "missing: %s\n", printable(m, 500))
	}
	_, err := fmt.Fprintf(w, "Look through it before you send it: tar -xzf %s\n", path)
	return err
}
