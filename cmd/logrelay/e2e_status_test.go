package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"logrelay/relay/status"
)

// get asks the admin socket, as text.
func (s *site) get(path string) (code int, text string, err error) {
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", s.path("admin.sock"))
	}}}
	req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, "http://localhost"+path, nil)
	if err != nil {
		return 0, "", err
	}
	res, err := c.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}

func (s *site) askStatus() (st status.Snapshot, err error) {
	a, err := newAdminClient(s.path("admin.sock"))
	if err != nil {
		return st, err
	}
	defer a.http.CloseIdleConnections()
	return st, a.get(s.ctx, "/api/v1/status", &st)
}

func (s *site) status() status.Snapshot {
	s.t.Helper()
	st, err := s.askStatus()
	if err != nil {
		s.t.Fatal(err)
	}
	return st
}

// await asks for the status until it is as wanted. The sums of every status seen on the way have to add up.
func (s *site) await(what string, wanted func(status.Snapshot) bool) status.Snapshot {
	s.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		st, err := s.askStatus()
		if err == nil {
			checkSums(s.t, st)
			if wanted(st) {
				return st
			}
		}
		select {
		case <-tick.C:
		case <-s.relay.done:
			s.t.Fatalf("the relay ended with status %d before: %s", s.relay.code, what)
		case <-s.ctx.Done():
			s.t.Fatalf("never came: %s; %v\n%s", what, err, statusText(st))
		}
	}
}

func statusText(st status.Snapshot) string {
	var b bytes.Buffer
	_ = printStatus(&b, st)
	return b.String()
}

// checkSums checks promise 2 for each output.
func checkSums(t testing.TB, st status.Snapshot) {
	t.Helper()
	for _, o := range st.Outputs {
		u := o.Sum
		if sum := u.Delivered + u.DeadLettered + u.Waiting + u.Dropped + u.Discarded + u.Damaged; u.Accepted != sum || !u.AddsUp {
			t.Fatalf("output %s: %d accepted, but the parts are %d: %+v", o.Name, u.Accepted, sum, u)
		}
	}
}

func output(st status.Snapshot, name string) status.Output {
	for _, o := range st.Outputs {
		if o.Name == name {
			return o
		}
	}
	return status.Output{}
}

// settled waits until nothing waits any more at any output and at least n records were accepted.
func (s *site) settled(n int) status.Snapshot {
	s.t.Helper()
	return s.await(fmt.Sprintf("%d records accepted and nothing waiting", n), func(st status.Snapshot) bool {
		for _, o := range st.Outputs {
			if o.Sum.Accepted < uint64(n) || o.Sum.Waiting > 0 {
				return false
			}
		}
		return true
	})
}
