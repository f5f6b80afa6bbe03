package syslog

import (
	"crypto/tls"
	"fmt"
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTCP(t *testing.T) {
	t.Parallel()
	out := newMemorySink()
	_, addr, _ := startTCP(t, Options{Tenant: "acme", Source: "edge", Zone: "Europe/Paris", Columns: "srcaddr dstaddr"}, out)
	c := dial(t, addr)
	send(t, c, "<13>one\n7 <13>two<13>three\r\n")
	got := out.wait(t, 3)
	if diff := cmp.Diff([]string{"<13>one", "<13>two", "<13>three"}, raws(got)); diff != "" {
		t.Error(diff)
	}
	o := got[0].origin
	if o.Input != "in" || o.Tenant != "acme" || o.Source != "edge" || o.Kind != "syslog" || o.Peer != c.LocalAddr().String() || o.Attrs[0].Value != "Europe/Paris" ||
		o.Columns != "srcaddr dstaddr" {
		t.Errorf("origin is %+v", o)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	out := newMemorySink()
	_, addr, _ := startTLS(t, Options{}, out)
	c := dialTLS(t, addr, nil)
	send(t, c, "7 <13>one7 <13>t")
	out.wait(t, 1)
	send(t, c, "wo<13>three\n<13>half")
	out.wait(t, 3)
	c.Close()
	if diff := cmp.Diff([]string{"<13>one", "<13>two", "<13>three", "<13>half"}, raws(out.wait(t, 4))); diff != "" {
		t.Error(diff)
	}
}

// TestTLSSendAndClose: a sender that never reads and closes right after its message has nothing unread, for which its kernel would reset the
// connection and throw away what it did not yet send.
func TestTLSSendAndClose(t *testing.T) {
	t.Parallel()
	const n = 50
	out := newMemorySink()
	_, addr, _ := startTLS(t, Options{}, out)
	for i := range n {
		plain := dial(t, addr)
		if err := plain.SetNoDelay(false); err != nil { // as most programs have it
			t.Fatal(err)
		}
		c := tls.Client(sips{plain}, &tls.Config{InsecureSkipVerify: true, ClientSessionCache: tls.NewLRUClientSessionCache(1)}) // it would take tickets
		send(t, c, fmt.Sprintf("<13>%d\n", i))
		plain.Close()
	}
	out.wait(t, n)
}

// sips reads little more than it is asked for, as OpenSSL does.
type sips struct{ net.Conn }

func (c sips) Read(p []byte) (int, error) { return c.Conn.Read(p[:min(len(p), 16)]) }
