package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/urfave/cli/v2"
)

// floorCommand is the reference: what takes the bytes, fsyncs them in a file, and hands them on, can do no less than this.
func floorCommand() *cli.Command {
	return &cli.Command{
		Name:   "floor",
		Usage:  "be a bare pass-through with an fsynced log (started by the other commands)",
		Hidden: true,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "protocol"}, &cli.StringFlag{Name: "in"}, &cli.StringFlag{Name: "out"}, &cli.StringFlag{Name: "dir"},
		},
		Action: func(c *cli.Context) error {
			return runFloor(c.Context, route{protocol: c.String("protocol"), in: c.String("in"), out: c.String("out"), dir: c.String("dir")})
		},
	}
}

// floorLog appends to a file with one fdatasync for all that wait, and hands what is synced to out.
type floorLog struct {
	file *os.File
	mu   sync.Mutex
	turn sync.Cond
	off  int64
	next *floorGroup
	busy bool
	sync chan []byte // synced, in the order of the log
	free chan []byte
}

type floorGroup struct {
	data []byte
	done bool
	err  error
}

// floorSize is the size at which the file starts over, floorGroups how many groups are under way at most.
const (
	floorSize   = 64 << 20
	floorGroups = 4
)

func newFloorLog(f *os.File) *floorLog {
	l := &floorLog{file: f, sync: make(chan []byte, floorGroups), free: make(chan []byte, floorGroups)}
	l.turn.L = &l.mu
	for range floorGroups {
		l.free <- nil
	}
	return l
}

func (l *floorLog) put(b []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.next == nil {
		select {
		case data := <-l.free:
			l.next = &floorGroup{data: data[:0]}
		default:
			l.mu.Unlock()
			data := <-l.free
			l.mu.Lock()
			if l.next == nil {
				l.next = &floorGroup{data: data[:0]}
			} else {
				l.free <- data
			}
		}
	}
	g := l.next
	g.data = append(g.data, b...)
	for !g.done {
		if l.busy {
			l.turn.Wait()
			continue
		}
		l.busy, l.next = true, nil
		l.mu.Unlock()
		err := l.commit(g.data)
		l.mu.Lock()
		l.busy, g.done, g.err = false, true, err
		l.turn.Broadcast()
	}
	return g.err
}

func (l *floorLog) commit(b []byte) error {
	if l.off+int64(len(b)) > floorSize {
		l.off = 0
	}
	if _, err := l.file.WriteAt(b, l.off); err != nil {
		return err
	}
	l.off += int64(len(b))
	if err := syscall.Fdatasync(int(l.file.Fd())); err != nil {
		return err
	}
	l.sync <- b
	return nil
}

// deliver hands what is synced to out until out fails.
func (l *floorLog) deliver(out func([]byte) error) {
	for b := range l.sync {
		if err := out(b); err != nil {
			fmt.Fprintln(os.Stderr, "relaybench: floor:", err)
			os.Exit(1)
		}
		l.free <- b
	}
}

func runFloor(ctx context.Context, r route) error {
	f, err := os.Create(filepath.Join(r.dir, "floor.data"))
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(make([]byte, floorSize)); err != nil { // to overwrite costs a third of appending
		return fmt.Errorf("filling the floor's log: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("filling the floor's log: %w", err)
	}
	cert, err := tls.LoadX509KeyPair(filepath.Join(r.dir, "cert.pem"), filepath.Join(r.dir, "key.pem"))
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(filepath.Join(r.dir, "ca.pem"))
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	server, client := &tls.Config{Certificates: []tls.Certificate{cert}}, &tls.Config{RootCAs: pool, ServerName: "localhost"}
	l := newFloorLog(f)
	ln, err := net.Listen("tcp", r.in)
	if err != nil {
		return err
	}
	defer ln.Close()
	defer context.AfterFunc(ctx, func() { _ = ln.Close() })()
	if r.protocol == "https" || r.protocol == "hec" {
		return floorHTTP(l, ln, r, server, client)
	}
	var out net.Conn
	accept := ln
	if r.protocol == "tls" {
		out, err = tls.Dial("tcp", r.out, client)
		accept = tls.NewListener(ln, server)
	} else {
		out, err = net.Dial("tcp", r.out)
	}
	if err != nil {
		return err
	}
	go l.deliver(func(b []byte) error { _, err := out.Write(b); return err }) // ends with the process
	for {
		c, err := accept.Accept()
		if err != nil {
			return nil // asked to end
		}
		go floorConn(l, c) // ends with its peer, or the process
	}
}

// floorConn reads ahead while what came before is synced: TLS hands out no more than 16 KiB at a time.
func floorConn(l *floorLog, c net.Conn) {
	defer c.Close()
	full, empty := make(chan []byte), make(chan []byte, 2)
	empty <- make([]byte, 0, sinkBuffer)
	empty <- make([]byte, 0, sinkBuffer)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(full)
	wg.Go(func() {
		for b := range full {
			if l.put(b) != nil {
				c.Close()
			}
			empty <- b[:0]
		}
	})
	buf := <-empty
	for {
		n, err := c.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		whole := wholeFrames(buf)
		var next []byte
		switch {
		case whole == 0:
		case len(buf) > sinkBuffer/2 || err != nil:
			next = <-empty
		default:
			select {
			case next = <-empty:
			default: // both are under way: read on
			}
		}
		if next != nil {
			next = append(next, buf[whole:]...)
			full <- buf[:whole]
			buf = next
		}
		if err != nil || len(buf) == cap(buf) {
			return // a frame larger than the buffer is beyond the floor
		}
	}
}

func floorHTTP(l *floorLog, ln net.Listener, r route, server, client *tls.Config) error {
	tr := &http.Transport{TLSClientConfig: client}
	bodies := newBodies()
	path := "/"
	if r.protocol == "hec" {
		path = "/services/collector/event"
	}
	go l.deliver(func(b []byte) error { // ends with the process
		req, err := http.NewRequest(http.MethodPost, "https://"+r.out+path, bytes.NewReader(b))
		if err != nil {
			return err
		}
		resp, err := tr.RoundTrip(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		return errors.Join(err, statusError(resp))
	})
	_ = http.Serve(tls.NewListener(ln, server), http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body := bodies.Get().(*bytes.Buffer)
		defer bodies.Put(body)
		body.Reset()
		body.Grow(int(max(req.ContentLength, 0)) + bytes.MinRead)
		_, err := body.ReadFrom(req.Body)
		if err == nil {
			err = l.put(body.Bytes())
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusOK)
	}))
	return nil // asked to end
}

func statusError(resp *http.Response) error {
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}
