package s3

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func TestCrewWorksOffAllWithSoMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(2)
		var working, done atomic.Int32
		release := make(chan struct{})
		given := make(chan struct{})
		go func() {
			defer close(given)
			for range 5 {
				c.do(func() {
					working.Add(1)
					<-release
					working.Add(-1)
					done.Add(1)
				})
			}
		}()
		for left := 5; left > 0; left-- {
			synctest.Wait()
			if got, want := working.Load(), int32(min(left, 2)); got != want {
				t.Errorf("%d at work, want %d", got, want)
			}
			release <- struct{}{}
		}
		<-given
		c.end()
		if done.Load() != 5 {
			t.Errorf("%d done, want 5", done.Load())
		}
	})
}
