package page

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var mary = &user{name: userName}

func newSessions() *sessions { return &sessions{all: map[[sha256.Size]byte]session{}} }

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ss := newSessions()
		token := ss.begin(mary)
		for range 5 {
			time.Sleep(idleTime - time.Second)
			if ss.user(token, true) != mary {
				t.Fatal("a session ended that was used")
			}
		}
		time.Sleep(idleTime / 2)
		ss.user(token, false) // an open page is nobody
		time.Sleep(idleTime / 2)
		if ss.user(token, true) != nil {
			t.Error("an idle session lives")
		}
		token = ss.begin(mary)
		for begun := time.Now(); time.Since(begun) < sessionTime; time.Sleep(idleTime / 2) {
			if ss.user(token, true) != mary {
				t.Fatal("a session ended early")
			}
		}
		if ss.user(token, true) != nil {
			t.Error("a session lives for ever")
		}
		if ss.user("", true) != nil || ss.user("x", true) != nil {
			t.Error("a token that nobody has is good")
		}
	})
}

func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ss := newSessions()
		first := ss.begin(mary)
		time.Sleep(time.Second)
		idle := ss.begin(mary)
		time.Sleep(time.Second)
		ss.user(first, true)
		for range maxSessions - 1 {
			time.Sleep(time.Millisecond)
			ss.begin(mary)
		}
		if len(ss.all) != maxSessions {
			t.Errorf("%d sessions", len(ss.all))
		}
		if ss.user(first, false) == nil || ss.user(idle, false) != nil {
			t.Error("it was not the idlest that had to go")
		}
	})
}

func TestGuessingIsSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		as := newAttempts()
		a, other := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::ffff")
		taken := 0
		for range 3600 { // an hour, once a second
			if as.take(a) || as.take(other) {
				taken++
			}
			time.Sleep(time.Second)
		}
		if most := freeAttempts + 3600/int(attemptPause/time.Second); taken > most || taken < most/2 {
			t.Errorf("%d attempts in an hour, want %d", taken, most)
		}
		if !as.take(netip.MustParseAddr("192.0.2.1")) {
			t.Error("somebody else cannot log in meanwhile")
		}
		as.forget(a)
		if !as.take(other) {
			t.Error("still slow after a success")
		}
		for i := range 2 * maxAttempters {
			as.take(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}))
		}
		if len(as.all) > maxAttempters {
			t.Errorf("%d addresses are remembered", len(as.all))
		}
	})
}

// The last column is of the reference program's own tests (github.com/P-H-C/phc-winner-argon2, src/test.c, Argon2id).
func TestHash(t *testing.T) {
	t.Parallel()
	h, err := parseHash("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	if err != nil || !h.fits([]byte("password")) || h.fits([]byte("passwore")) {
		t.Errorf("the reference's hash: %v", err)
	}
	text, err := HashPassword([]byte(password))
	if err != nil {
		t.Fatal(err)
	}
	if h, err = parseHash(text); err != nil || !h.fits([]byte(password)) || h.fits(nil) {
		t.Errorf("a hash of ours: %v", err)
	}
	for _, n := range []int{0, minPassword - 1, maxPassword + 1} {
		if _, err := HashPassword([]byte(strings.Repeat("x", n))); err == nil {
			t.Errorf("a password of %d bytes is taken", n)
		}
	}
}

func TestWhatIsNoHash(t *testing.T) {
	t.Parallel()
	good := (&hash{memory: hashMemory, passes: hashPasses, lanes: hashLanes, salt: make([]byte, saltBytes), key: make([]byte, keyBytes)}).String()
	for _, bad := range []string{
		"", "x", password, "$2y$05$abc", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1), good + "$", good[1:],
		strings.Replace(good, "m=19456", "m=1", 1), strings.Replace(good, "m=19456", "m=4194304", 1), strings.Replace(good, "m=19456", "m=-19456", 1),
		strings.Replace(good, "t=2", "t=0", 1), strings.Replace(good, "t=2", "t=1000", 1), strings.Replace(good, "p=1", "p=0", 1), strings.Replace(good, "p=1", "p=255", 1),
		strings.Replace(good, "t=2", "t=2 ", 1), strings.Replace(good, "p=1", "p=1,x=2", 1), strings.Replace(good, "m=19456", "m=019456", 1),
		fmt.Sprintf("$argon2id$v=19$m=19456,t=2,p=1$$%s", strings.Repeat("a", 43)), "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$" + strings.Repeat("a", 4000),
	} {
		if err := CheckHash(bad); err == nil {
			t.Errorf("%q passes for a hash", bad)
		} else if bad != "" && len(bad) > 3 && strings.Contains(err.Error(), bad) {
			t.Errorf("the error tells it: %v", err)
		}
	}
}

func FuzzHash(f *testing.F) {
	f.Add(hashed())
	f.Add("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$argon2id$v=19$m=1,t=,p=$$")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parseHash(text)
		if err != nil {
			return
		}
		if h.memory > maxHashMemory || h.memory < minHashMemory || h.passes > maxHashPasses || h.lanes > maxHashLanes || len(h.salt) > maxHashBytes || len(h.key) > maxHashBytes {
			t.Errorf("%q costs %+v", text, h)
		}
	})
}
