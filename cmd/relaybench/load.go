package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// load says what the generator sends.
type load struct {
	protocol string // tls, tcp, udp: syslog; https: NDJSON; hec; s3: pulled, what follows up to count does not apply
	addr     string
	tls      *tls.Config
	token    string
	size     int
	conns    int
	rate     float64 // messages a second over all connections; 0: as fast as they are taken
	count    uint64  // messages over all connections
	duration time.Duration
	retry    bool // HTTP: a request that was not answered is sent again, on a new connection, until ctx ends
	together bool // all connections are opened before the first message
	pull     pull // s3: what there is to pull; conns is how many objects are to be read at a time
}

// chunkBytes is about what one write or request holds.
const chunkBytes = 128 << 10

// httpChunk is how many messages one request holds.
const httpChunk = 500

// generator sends. acked and sent are for each connection: messages written, and for HTTP answered with 200.
type generator struct {
	load
	bucket   *bucket  // s3
	sent     []uint64 // read after run
	progress atomic.Uint64
	connect  time.Duration   // until all connections were open
	hard     context.Context // its end closes connections, whatever is under way
}

func (l load) format() string {
	switch l.protocol {
	case "https", "s3":
		return formatNDJSON
	case "hec":
		return formatHEC
	}
	return formatSyslog
}

// run sends until count, duration or ctx ends, and returns the first error of a connection. The connections are closed in order.
func (g *generator) run(ctx context.Context) error {
	if g.bucket != nil {
		g.bucket.queue.Send(bucketName, g.bucket.notices...)
		g.sent = g.bucket.sent
		return nil
	}
	g.sent = make([]uint64, g.conns)
	stop, cancel := context.WithCancel(ctx)
	defer cancel()
	g.hard = ctx
	errs := make([]error, g.conns)
	var wg, ready sync.WaitGroup
	ready.Add(g.conns)
	begin := time.Now()
	for i := range g.conns {
		wg.Go(func() { errs[i] = g.one(stop, i, &ready) })
	}
	ready.Wait()
	g.connect = time.Since(begin)
	if g.duration > 0 {
		defer time.AfterFunc(g.duration, cancel).Stop()
	}
	wg.Wait()
	return errors.Join(errs...)
}

// one is one connection.
func (g *generator) one(ctx context.Context, i int, ready *sync.WaitGroup) error {
	isHTTP := g.format() != formatSyslog
	n := max(chunkBytes/g.size, 1)
	if isHTTP {
		n = min(httpChunk, max(4<<20/g.size, 1))
	}
	if g.protocol == "udp" {
		n = 1
	}
	b, err := newBlock(g.format(), g.size, n, i)
	if err != nil {
		ready.Done()
		return err
	}
	c, err := g.dial(g.hard)
	ready.Done()
	if err != nil {
		return fmt.Errorf("connection %d: %w", i, err)
	}
	if g.together {
		ready.Wait()
	}
	defer func() { c.close() }()
	count := g.count / uint64(g.conns)
	if uint64(i) < g.count%uint64(g.conns) {
		count++
	}
	p := newPacer(g.rate / float64(g.conns))
	for done := uint64(0); done < count && ctx.Err() == nil; {
		m := min(p.wait(ctx, n), int(count-done))
		if m == 0 {
			break
		}
		data := b.stamp(m, done, time.Now().UnixNano())
		if g.protocol == "udp" {
			data = data[len(fmt.Sprintf("%d ", g.size)):]
		}
		err := c.send(data)
		for err != nil && g.retry && ctx.Err() == nil {
			c.close()
			time.Sleep(20 * time.Millisecond)
			var again *conn
			if again, err = g.dial(g.hard); err == nil {
				c = again
				err = c.send(data)
			}
		}
		if err != nil {
			if ctx.Err() != nil && g.retry {
				return nil
			}
			return fmt.Errorf("connection %d after %d messages: %w", i, done, err)
		}
		done += uint64(m)
		g.sent[i] = done
		g.progress.Add(uint64(m))
	}
	return nil
}

// pacer spreads messages over time.
type pacer struct {
	rate  float64
	begin time.Time
	given float64
}

func newPacer(rate float64) *pacer { return &pacer{rate: rate, begin: time.Now()} }

// wait waits until at least one message is due and returns how many are, at most n. 0: ctx ended.
func (p *pacer) wait(ctx context.Context, n int) int {
	if p.rate <= 0 {
		return n
	}
	for ctx.Err() == nil {
		due := time.Since(p.begin).Seconds()*p.rate - p.given
		if due >= 1 {
			m := min(int(due), n)
			p.given += float64(m)
			return m
		}
		time.Sleep(max(time.Duration((1-due)/p.rate*1e9), 100*time.Microsecond))
	}
	return 0
}

// conn is one connection of a generator.
type conn struct {
	net.Conn
	raw    net.Conn
	unhook func() bool
	answer *bufio.Reader // HTTP
	head   string
	buf    []byte
}

func (g *generator) dial(ctx context.Context) (*conn, error) {
	network := "tcp"
	if g.protocol == "udp" {
		network = "udp"
	}
	d := net.Dialer{Timeout: 30 * time.Second}
	raw, err := d.DialContext(ctx, network, g.addr)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: raw, raw: raw, unhook: context.AfterFunc(g.hard, func() { _ = raw.Close() })}
	if g.tls != nil {
		t := tls.Client(raw, g.tls)
		if err := t.HandshakeContext(ctx); err != nil {
			raw.Close()
			return nil, err
		}
		c.Conn = t
	}
	if g.format() != formatSyslog {
		path, auth, kind := "/", "Bearer ", "application/x-ndjson"
		if g.protocol == "hec" {
			path, auth, kind = "/services/collector/event", "Splunk ", "application/json"
		}
		c.answer = bufio.NewReader(c.Conn)
		c.head = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + kind + "\r\n"
		if g.token != "" {
			c.head += "Authorization: " + auth + g.token + "\r\n"
		}
	}
	return c, nil
}

// send writes the bytes, and for HTTP waits for the answer 200.
func (c *conn) send(data []byte) error {
	if c.answer == nil {
		_, err := c.Write(data)
		return err
	}
	c.buf = append(fmt.Appendf(c.buf[:0], "%sContent-Length: %d\r\n\r\n", c.head, len(data)), data...)
	if err := c.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		return err
	}
	if _, err := c.Write(c.buf); err != nil {
		return err
	}
	resp, err := http.ReadResponse(c.answer, nil)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	resp.Body.Close()
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("answer %s: %s", resp.Status, body)
	}
	return nil
}

// close ends the connection in order and waits until the far end has read everything and closed too. To close at once would reset the
// connection where TLS session tickets lie unread, and the far end would lose what it has not read.
func (c *conn) close() {
	defer c.unhook()
	defer c.raw.Close()
	if c.answer != nil {
		return // answered: nothing is under way
	}
	_ = c.SetDeadline(time.Now().Add(2 * time.Minute))
	if t, ok := c.Conn.(*tls.Conn); ok && t.CloseWrite() != nil {
		return
	}
	if t, ok := c.raw.(*net.TCPConn); ok && t.CloseWrite() == nil {
		_, _ = io.Copy(io.Discard, c.raw)
	}
}
