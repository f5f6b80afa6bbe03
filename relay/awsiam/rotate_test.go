package awsiam

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"logrelay/relay"
)

// cloud is IAM with one user, and the relay that has a key of it. The call number fail goes wrong: "refused" before it has an effect, "lost" after it,
// and "down" from that call on.
type cloud struct {
	t        *testing.T
	files    Files
	keys     []Key
	made     int
	calls    int
	fail     int
	how      string
	unknown  int // how often a new key is not known yet
	stubborn bool
	said     []string
}

var errCloud = errors.New("the answer did not come")

func newCloud(t *testing.T) *cloud {
	t.Helper()
	dir := t.TempDir()
	c := &cloud{t: t, files: Files{filepath.Join(dir, "id"), filepath.Join(dir, "secret")}}
	c.put(c.files, c.add())
	return c
}

func (c *cloud) add() Key {
	c.made++
	k := Key{ID: fmt.Sprintf("AKIAEXAMPLE%05d", c.made), Secret: fmt.Sprintf("secret%d", c.made), Active: true}
	c.keys = append(c.keys, k)
	return k
}

func (c *cloud) put(f Files, k Key) {
	c.t.Helper()
	if err := errors.Join(os.WriteFile(f.ID, []byte(k.ID+"\n"), 0o640), os.Chmod(f.ID, 0o640), os.WriteFile(f.Secret, []byte(k.Secret), 0o600)); err != nil {
		c.t.Fatal(err)
	}
}

// works reports whether the key in the files is one with which requests go through.
func (c *cloud) works() error {
	k, err := c.files.read()
	if err != nil {
		return err
	}
	for _, known := range c.keys {
		if known.ID == k.ID && known.Secret == k.Secret && known.Active {
			return nil
		}
	}
	return fmt.Errorf("the relay has key %s, and IAM %v", k.ID, c.keys)
}

// call counts one, and says what becomes of it.
func (c *cloud) call(effect func() error) error {
	if err := c.works(); err != nil {
		c.t.Errorf("before call %d: %v", c.calls+1, err)
	}
	c.calls++
	broken := c.fail > 0 && (c.calls == c.fail || c.how == "down" && c.calls > c.fail)
	if broken && c.how != "lost" {
		return errCloud
	}
	if err := effect(); err != nil || !broken {
		return err
	}
	return errCloud
}

func (c *cloud) Keys(context.Context, string) (keys []Key, err error) {
	err = c.call(func() error {
		for _, k := range c.keys {
			k.Secret = ""
			keys = append(keys, k)
		}
		return nil
	})
	return keys, err
}

func (c *cloud) CreateKey(context.Context, string) (k Key, err error) {
	err = c.call(func() error {
		if len(c.keys) == userKeys {
			return errors.New("LimitExceeded")
		}
		k = c.add()
		return nil
	})
	return k, err
}

func (c *cloud) SetActive(_ context.Context, _, id string, active bool) error {
	return c.call(func() error {
		for i := range c.keys {
			if c.keys[i].ID == id {
				c.keys[i].Active = active
				return nil
			}
		}
		return errors.New("NoSuchEntity")
	})
}

func (c *cloud) DeleteKey(_ context.Context, _, id string) error {
	return c.call(func() error {
		for i := range c.keys {
			if c.keys[i].ID == id {
				c.keys = append(c.keys[:i:i], c.keys[i+1:]...)
				break
			}
		}
		return nil
	})
}

func (c *cloud) try(_ context.Context, k Key) error {
	return c.call(func() error {
		if c.unknown > 0 {
			c.unknown--
			return errors.New("InvalidClientTokenId")
		}
		for _, known := range c.keys {
			if known.ID == k.ID && known.Secret == k.Secret && known.Active {
				return nil
			}
		}
		return errors.New("InvalidClientTokenId")
	})
}

func (c *cloud) relay(_ context.Context, id string) error {
	return c.call(func() error {
		if k, err := c.files.read(); err != nil || k.ID != id || c.stubborn {
			return errors.New("the relay has another key")
		}
		return nil
	})
}

// past is a grace time that is over: the clock of synctest is far behind that of the files.
const past = -100 * 365 * 24 * time.Hour

func (c *cloud) rotation() Rotation {
	return Rotation{User: "relay", Files: c.files, IAM: c, Operator: "AKIAOPERATOR", Try: c.try, Relay: c.relay, Grace: past, Say: func(s string) { c.said = append(c.said, s) }}
}

func (c *cloud) run(change ...func(*Rotation)) (Outcome, error) {
	o := c.rotation()
	for _, f := range change {
		f(&o)
	}
	return o.Run(c.t.Context())
}

func finishing(o *Rotation) { o.Finish = true }

// done checks that one rotation took place and its traces are gone.
func (c *cloud) done(notKey string) {
	c.t.Helper()
	if err := c.works(); err != nil {
		c.t.Error(err)
	}
	k, _ := c.files.read()
	if len(c.keys) != 1 || k.ID == notKey {
		c.t.Errorf("at the end the user has %v, and the relay %s", c.keys, k.ID)
	}
	for _, suffix := range []string{suffixOld, suffixNew} {
		if left, err := c.files.beside(suffix).read(); err != nil || left.ID != "" {
			c.t.Errorf("a key is left in the file %s: %v", suffix, err)
		}
	}
	for path, mode := range map[string]os.FileMode{c.files.ID: 0o640, c.files.Secret: 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			c.t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	entries, _ := os.ReadDir(filepath.Dir(c.files.ID))
	if len(entries) != 2 {
		c.t.Errorf("files are left: %v", entries)
	}
}

func TestRotate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		c.unknown = 5
		first := c.keys[0].ID
		dry, err := c.run(func(o *Rotation) { o.DryRun = true })
		if err != nil || dry.New != "" || len(c.keys) != 1 || len(c.said) != 1 {
			t.Fatalf("--dry-run: %+v, %v, %v, %q", dry, err, c.keys, c.said)
		}
		got, err := c.run(func(o *Rotation) { o.Grace = time.Hour })
		if err != nil || got.Old != first || got.Deleted || got.New == first {
			t.Fatalf("%+v, %v", got, err)
		}
		if c.keys[0].Active || !c.keys[1].Active {
			t.Errorf("keys: %v", c.keys)
		}
		for _, finish := range []bool{false, true} { // in the grace time nothing is deleted and nothing made
			_, err := c.run(func(o *Rotation) { o.Grace, o.Finish = 30000*24*time.Hour, finish })
			if err == nil || !strings.Contains(err.Error(), "stays until") || len(c.keys) != 2 {
				t.Errorf("in the grace time: %v, keys %v", err, c.keys)
			}
		}
		if got, err = c.run(finishing); err != nil || !got.Deleted {
			t.Fatalf("%+v, %v", got, err)
		}
		c.done(first)
		if _, err := c.run(finishing); err == nil {
			t.Error("there was something to finish once more")
		}
		for _, said := range c.said {
			if strings.Contains(said, "secret1") || strings.Contains(said, "secret2") {
				t.Errorf("a secret was said: %s", said)
			}
		}
	})
}

// Whatever call fails, and however, the relay has a key that works at every moment, and the same command mends it.
func TestEveryFailure(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"refused", "lost", "down"} {
		for fail := 1; ; fail++ {
			reached := false
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t)
				first := c.keys[0].ID
				c.fail, c.how = fail, how
				var failures []string
				for run := range 5 {
					_, err := c.run()
					if reached = c.calls >= fail; err == nil && len(c.keys) == 1 && c.keys[0].ID != first {
						break
					}
					if run == 4 {
						t.Errorf("%s at call %d: still not done after %q", how, fail, failures)
					}
					if err != nil {
						failures = append(failures, err.Error())
						if relay.HintOf(err) == "" && !strings.Contains(err.Error(), "listing") {
							t.Errorf("%s at call %d: no hint with %q", how, fail, err)
						}
						c.fail = 0
					}
					if c.fail == 0 && len(c.keys) == 2 && !c.known() { // an answer was lost, and nothing could be asked any more
						c.keys = c.keys[:1]
					}
				}
				c.done(first)
			})
			if !reached {
				if fail < 10 {
					t.Errorf("%s: a rotation has only %d calls", how, fail)
				}
				break
			}
		}
	}
}

// known reports whether the files name every key of the user.
func (c *cloud) known() bool {
	for _, k := range c.keys {
		found := false
		for _, suffix := range []string{"", suffixOld, suffixNew} {
			in, _ := c.files.beside(suffix).read()
			found = found || in.ID == k.ID
		}
		if !found {
			return false
		}
	}
	return true
}

// A process that died between any two steps is followed by one that goes on.
func TestGoesOnAfterDeath(t *testing.T) {
	t.Parallel()
	for name, left := range map[string]func(c *cloud, fresh Key){
		"a key was made": func(c *cloud, fresh Key) { c.put(c.files.beside(suffixNew), fresh) },
		"the old key was kept": func(c *cloud, fresh Key) {
			c.put(c.files.beside(suffixNew), fresh)
			c.put(c.files.beside(suffixOld), c.keys[0])
		},
		"one file was replaced": func(c *cloud, fresh Key) {
			c.put(c.files.beside(suffixNew), fresh)
			c.put(c.files.beside(suffixOld), c.keys[0])
			c.torn(fresh)
		},
		"both files were replaced": func(c *cloud, fresh Key) {
			c.put(c.files.beside(suffixNew), fresh)
			c.put(c.files.beside(suffixOld), c.keys[0])
			c.put(c.files, fresh)
		},
		"the old key was still there": func(c *cloud, fresh Key) { c.put(c.files.beside(suffixOld), c.keys[0]); c.put(c.files, fresh) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t)
				first := c.keys[0].ID
				left(c, c.add())
				o := c.rotation()
				o.IAM = patient{c} // one file replaced is the one moment in which the relay has no key
				if got, err := o.Run(t.Context()); err != nil || got.New != c.keys[1].ID || c.keys[0].Active {
					t.Fatalf("%+v, %v; keys %v", got, err, c.keys)
				}
				if _, err := c.run(finishing); err != nil {
					t.Fatal(err)
				}
				c.done(first)
			})
		})
	}
}

// torn replaces one of the two files.
func (c *cloud) torn(fresh Key) {
	if err := os.WriteFile(c.files.Secret, []byte(fresh.Secret), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// patient does not look at the relay's key when it lists.
type patient struct{ *cloud }

func (p patient) Keys(context.Context, string) ([]Key, error) { return p.keys, nil }

func TestRefuses(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change func(c *cloud, o *Rotation)
		want   string
	}{
		"two keys":           {func(c *cloud, _ *Rotation) { c.add() }, "has 2 keys already"},
		"another's key":      {func(c *cloud, _ *Rotation) { c.put(c.files, Key{ID: "AKIAOTHER", Secret: "x"}) }, "is not one of user relay"},
		"the relay's key":    {func(c *cloud, o *Rotation) { o.Operator = c.keys[0].ID }, "relay's own user"},
		"no files":           {func(c *cloud, o *Rotation) { o.Files.ID += "x" }, "looking for the files"},
		"nothing to finish":  {func(_ *cloud, o *Rotation) { o.Finish = true }, "nothing to finish"},
		"never known":        {func(c *cloud, o *Rotation) { c.unknown = 1 << 30 }, "InvalidClientTokenId"},
		"the relay does not": {func(c *cloud, o *Rotation) { c.stubborn = true }, "does not pull with the new key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t)
				o := c.rotation()
				row.change(c, &o)
				if name == "another's key" {
					o.IAM = patient{c}
				}
				before := len(c.keys)
				_, err := o.Run(t.Context())
				if err == nil || !strings.Contains(err.Error(), row.want) {
					t.Fatalf("%v, want %q", err, row.want)
				}
				if name == "the relay does not" {
					if c.works() != nil || len(c.keys) != 2 || !c.keys[0].Active || !c.keys[1].Active {
						t.Errorf("not both keys are usable: %v", c.keys)
					}
				} else if len(c.keys) != before {
					t.Errorf("keys: %v", c.keys)
				}
			})
		})
	}
}

// A key that AWS knows once and then does not is not known everywhere yet.
func TestOneSuccessIsNotEnough(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		o := c.rotation()
		tries := 0
		o.Try = func(ctx context.Context, k Key) error {
			if tries++; tries == 2 || tries == 4 {
				return errors.New("InvalidClientTokenId")
			}
			if in, _ := c.files.read(); in.ID == k.ID && tries < 7 {
				t.Errorf("the relay got the key after %d tries, of which the fourth failed", tries-1)
			}
			return c.try(ctx, k)
		}
		if _, err := o.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

// Files of another owner keep him, and a link stays one.
func TestFilesKeepWhatTheyAre(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(c.files.ID, link); err != nil {
			t.Fatal(err)
		}
		const nobody = 65534
		root := os.Geteuid() == 0
		if root {
			if err := errors.Join(os.Chown(c.files.ID, nobody, nobody), os.Chown(c.files.Secret, nobody, nobody)); err != nil {
				t.Fatal(err)
			}
		}
		got, err := c.run(func(o *Rotation) { o.Files.ID = link })
		if err != nil {
			t.Fatal(err)
		}
		if id, _ := readLine(link); id != got.New {
			t.Errorf("behind the link is %s, want %s", id, got.New)
		}
		if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("the link is %v, %v", info, err)
		}
		for _, path := range []string{c.files.ID, c.files.Secret, c.files.ID + suffixOld, c.files.Secret + suffixOld} {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if owner := info.Sys().(*syscall.Stat_t); root && (owner.Uid != nobody || owner.Gid != nobody) {
				t.Errorf("%s belongs to %d:%d", path, owner.Uid, owner.Gid)
			}
		}
	})
}
