package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"logrelay/relay/status"
)

// patience bounds how long a script waits for the relay.
const patience = 4 * time.Minute

// running SOCKET: waits until the relay is ready, and puts the address of each input into a variable: $AT_WEB is that of "web".
func running(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: running SOCKET")
	}
	s := await(ts, args[0], func(s status.Snapshot) bool { return s.Ready })
	for _, in := range s.Inputs {
		ts.Setenv("AT_"+strings.ToUpper(in.Name), in.Address)
	}
}

// delivered SOCKET N: waits until every output has delivered N records.
func delivered(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: delivered SOCKET N")
	}
	n, err := strconv.ParseUint(args[1], 10, 64)
	ts.Check(err)
	await(ts, args[0], func(s status.Snapshot) bool {
		for _, out := range s.Outputs {
			if out.Sum.Delivered < n {
				return false
			}
		}
		return true
	})
}

// watched SOCKET: waits until somebody tails.
func watched(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: watched SOCKET")
	}
	await(ts, args[0], func(s status.Snapshot) bool { return s.Tails > 0 })
}

// accepted SOCKET N: waits until N records have come in and the outputs that can have them are through.
func accepted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: accepted SOCKET N")
	}
	n, err := strconv.ParseUint(args[1], 10, 64)
	ts.Check(err)
	await(ts, args[0], func(s status.Snapshot) bool {
		for _, out := range s.Outputs {
			if out.Sum.Accepted < n || out.Sum.Waiting > 0 && out.LastError == "" {
				return false
			}
		}
		return true
	})
}

// await asks the relay for its state until it is what is wanted.
func await(ts *testscript.TestScript, socket string, wanted func(status.Snapshot) bool) status.Snapshot {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	a, err := newAdminClient(ts.MkAbs(socket))
	ts.Check(err)
	for {
		var s status.Snapshot
		err := a.get(ctx, "/api/v1/status", &s)
		if err == nil && wanted(s) {
			return s
		}
		if sleep(ctx, 20*time.Millisecond) != nil {
			ts.Fatalf("the relay is not what it should be: %v, %+v", err, s)
		}
	}
}
