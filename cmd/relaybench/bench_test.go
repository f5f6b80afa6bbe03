package main

import (
	"context"
	"os"
	"testing"
	"time"
)

// TestMain lets the test binary be the floor: it is started under its own name.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "floor" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestRunThroughFloor(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"tls", "tcp", "https", "hec", "latency", "conns"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := findScenario(name)
			if err != nil {
				t.Fatal(err)
			}
			s.load.count, s.load.conns = 3000, min(s.load.conns, 20)
			j := &job{scenario: s, timeout: 4 * time.Minute, opts: options{dir: t.TempDir(), settle: time.Minute}}
			r, err := j.once(context.Background(), floorSystem())
			if err != nil {
				t.Fatal(err)
			}
			if r.Sent != 3000 || r.Received != 3000 || r.Lost+r.Duplicates+r.Foreign > 0 || r.SendError != "" || r.PeakMiB == 0 {
				t.Errorf("%+v", r)
			}
			if s.load.format() == formatSyslog && r.Reordered > 0 {
				t.Errorf("%d reordered", r.Reordered)
			}
		})
	}
}
