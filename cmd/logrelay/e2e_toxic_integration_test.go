//go:build integration

package main

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// toxic is a TCP proxy, which does to what comes from the server what networks do. Its zero faults are a clear line.
type toxic struct {
	url    string
	target string
	pause  atomic.Int64 // before each 32 KiB, in nanoseconds
	breaks atomic.Int64 // connections break after up to so many bytes; 0: never
	broken atomic.Int64 // so many did
	ctx    context.Context
	wg     sync.WaitGroup
}

// newToxic starts one before the server that the URL names.
func newToxic(t *testing.T, url string) *toxic {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	x := &toxic{url: "http://" + ln.Addr().String(), target: strings.TrimPrefix(url, "http://"), ctx: ctx}
	x.wg.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			x.wg.Go(func() { x.serve(c.(*net.TCPConn)) })
		}
	})
	t.Cleanup(func() {
		cancel()
		ln.Close()
		x.wg.Wait()
	})
	return x
}

func (x *toxic) serve(client *net.TCPConn) {
	defer client.Close()
	server, err := net.Dial("tcp", x.target)
	if err != nil {
		return
	}
	defer server.Close()
	stop := context.AfterFunc(x.ctx, func() {
		client.Close()
		server.Close()
	})
	defer stop()
	x.wg.Go(func() {
		_, _ = io.Copy(server, client)
		server.Close()
	})
	left := int64(1) << 62
	if most := x.breaks.Load(); most > 0 {
		left = 1 + rand.Int64N(most)
	}
	buf := make([]byte, 32<<10)
	for {
		n, err := server.Read(buf[:min(left, int64(len(buf)))])
		if err != nil {
			return
		}
		if pause := x.pause.Load(); pause > 0 && sleep(x.ctx, time.Duration(pause)) != nil {
			return
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
		if left -= int64(n); left == 0 {
			x.end(client)
			return
		}
	}
}

// end breaks a connection in one of the ways in which they break.
func (x *toxic) end(client *net.TCPConn) {
	switch x.broken.Add(1) % 3 {
	case 0: // reset
		_ = client.SetLinger(0)
	case 1: // closed in order, too early
	case 2: // stalled, and then gone
		_ = sleep(x.ctx, 2*time.Second)
	}
}
