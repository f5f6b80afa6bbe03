package syslog

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTCP(t *testing.T) {
	t.Parallel()
	out := newMemorySink()
	_, addr, _ := startTCP(t, Options{Tenant: "acme", Source: "edge", Zone: "Europe/Paris"}, out)
	c := dial(t, addr)
	send(t, c, "<13>one\n7 <13>two<13>three\r\n")
	got := out.wait(t, 3)
	if diff := cmp.Diff([]string{"<13>one", "<13>two", "<13>three"}, raws(got)); diff != "" {
		t.Error(diff)
	}
	o := got[0].origin
	if o.Input != "in" || o.Tenant != "acme" || o.Source != "edge" || o.Kind != "syslog" || o.Peer != c.LocalAddr().String() || o.Attrs[0].Value != "Europe/Paris" {
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
