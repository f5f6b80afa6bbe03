package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"logrelay/pki"
	"logrelay/relay/buffer"
	"logrelay/relay/config"
)

type shareOf = buffer.Share

// bufferDir is where the log is; the dead letters are beside it, under the same rules and a quota of their own.
func (d *Daemon) bufferDir() string { return string(d.cfg.Buffer.Dir) }

func (d *Daemon) lettersDir() string { return LettersDir(d.cfg) }

// LettersDir returns where the dead letters of a configuration are kept.
func LettersDir(c *config.Config) string { return filepath.Join(string(c.StateDir), "dead-letters") }

func (d *Daemon) openLog() (err error) {
	for _, dir := range []string{filepath.Dir(d.bufferDir()), d.spoolDir()} {
		if err := makeDir(dir); err != nil {
			return fmt.Errorf("making a directory of the buffer: %w", err)
		}
	}
	d.buffer, err = buffer.Open(d.bufferDir(), buffer.Options{
		Limits: limits(d.cfg), Log: d.o.Logger, Metrics: d.registry, Pulse: &d.disk[0], Keeper: &d.disk[1],
	})
	if err != nil {
		return err
	}
	d.letters, err = buffer.OpenDeadLetters(d.lettersDir(), buffer.Options{
		Limits: letterLimits(d.cfg), Log: d.o.Logger, Metrics: d.registry, Pulse: &d.disk[2], Keeper: &d.disk[3],
	})
	return err
}

// makeDir makes a directory and those above it. They survive power loss: what is in custody stands below them.
func makeDir(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := makeDir(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(parent)
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func letterLimits(c *config.Config) buffer.Limits {
	return buffer.Limits{Quota: int64(c.Buffer.DeadLetterQuota), Reserve: limits(c).Reserve}
}

func limits(c *config.Config) buffer.Limits {
	l := buffer.Limits{Quota: int64(c.Buffer.Quota), Reserve: int64(c.Buffer.Reserve), Shares: shares(c)}
	if l.Reserve == 0 {
		l.Reserve = -1 // none, where zero would mean the default
	}
	return l
}

// openPair opens the relay's certificate and key, or makes a self-signed pair: in the directory that the package made for it, else
// in the state directory.
func openPair(c *config.Config, logger *slog.Logger) (*pki.Store, error) {
	return pki.Open(PairOptions(c, logger))
}

// PairOptions says where the certificate and key of a configuration are. What an operator has imported for the relay goes before what files of
// another program name.
func PairOptions(c *config.Config, logger *slog.Logger) pki.Options {
	o := pki.Options{
		CertFile: string(c.TLS.CertFile), KeyFile: string(c.TLS.KeyFile), Dir: filepath.Join(string(c.StateDir), "tls"), Logger: logger,
	}
	if c.StateDir == config.Default().StateDir && holdsOwnPair(packagedTLS) {
		o.SelfSignedDir = packagedTLS
	}
	if c.TLS.Legacy && o.HasImported() {
		o.CertFile, o.KeyFile = "", ""
	}
	return o
}

// holdsOwnPair reports whether a directory is the one of the relay's own pair: it can be made there, or is there, which is what those see who may
// only read it. Elsewhere another one would be made, which no sender trusts.
func holdsOwnPair(dir string) bool {
	if unix.Access(dir, unix.W_OK) == nil {
		return true
	}
	_, keyFile := pki.Options{Dir: dir}.Files()
	_, err := os.Stat(keyFile)
	return err == nil
}

// packagedTLS is where the package puts what administrators look for.
const packagedTLS = "/etc/logrelay/tls"
