package main

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// What takes long is told once, also when what came before it took no time; what is done, or was short, is not; without a terminal nothing is.
func TestBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		b := &busy{out: &out}
		b.doing("a short thing")
		time.Sleep(progressAfter / 2)
		b.doing("a long thing")
		time.Sleep(10 * progressAfter)
		b.doing("another short thing")
		b.end()
		b.end()
		time.Sleep(10 * progressAfter)
		if got, want := out.String(), "logrelay: note: a long thing …\n"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		b = newBusy(&out)
		b.doing("something")
		time.Sleep(10 * progressAfter)
		if b.end(); bytes.Contains(out.Bytes(), []byte("something")) {
			t.Errorf("without a terminal: %q", out.String())
		}
	})
}
