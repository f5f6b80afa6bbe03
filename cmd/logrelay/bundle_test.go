package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/config"
	"logrelay/relay/daemon"
)

// A secret of the configuration is masked wherever it turns up: in records, in the relay's own words, written as JSON.
func TestBundleHasNoSecret(t *testing.T) {
	t.Parallel()
	const secret = canary + `-"quoted\<&`
	conf := config.Default()
	conf.StateDir = config.Path(t.TempDir())
	out := config.NewOutput("hec").(*config.HECOutput)
	out.Token = config.NewSecret(secret)
	conf.Outputs["siem"] = out
	quoted, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{conf: conf, mask: daemon.NewMask(conf), now: time.Now(), stderr: io.Discard}
	path := filepath.Join(t.TempDir(), "b.tar.gz")
	var record strings.Builder
	if err := b.record(&record, &relay.Record{Raw: []byte("\xff token " + secret), Origin: &relay.Origin{Input: "in"}}); err != nil {
		t.Fatal(err)
	}
	text := untarred(t, b, path, map[string]string{"status.json": `{"last_error":` + string(quoted) + `}`, "journal.txt": "said " + secret, "records.jsonl": record.String()})
	if strings.Contains(text, canary) || strings.Count(text, "<secret>") < 2 {
		t.Errorf("the bundle tells a secret: %s", text)
	}
	if !strings.Contains(text, `"raw_base64":"/yB0b2tlbiA8c2VjcmV0Pg=="`) {
		t.Errorf("a record that is no text: %s", text)
	}
}

// untarred writes a bundle of these files and reads it back.
func untarred(t *testing.T, b *bundle, path string, files map[string]string) string {
	t.Helper()
	if err := b.writeTo(path, func() error {
		var all error
		for name, text := range files {
			all = errors.Join(all, b.add(name, []byte(text)))
		}
		return all
	}); err != nil {
		t.Fatal(err)
	}
	if i, err := os.Stat(path); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", i, err)
	}
	return untar(t, path)
}

// What goes wrong half way leaves no file.
func TestBundleIsWholeOrAbsent(t *testing.T) {
	t.Parallel()
	conf := config.Default()
	conf.StateDir = config.Path(t.TempDir())
	b := &bundle{conf: conf, mask: daemon.NewMask(conf)}
	path := filepath.Join(t.TempDir(), "b.tar.gz")
	broken := errors.New("the disk is full")
	if err := b.writeTo(path, func() error { return broken }); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a bundle is left: %v", err)
	}
}
