package https

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"logrelay/relay/relaytest"
)

// TestAcceptFails: accept(2) passes on what is wrong with one connection. That must not end the input, and with it the relay.
func TestAcceptFails(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	in := relaytest.NewTroubled(l, 3)
	s, err := New(Options{Name: "web", Listener: in, Auth: Auth{None: true}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, &memory{}) }()
	client := &http.Client{Transport: &http.Transport{}, Timeout: patience}
	resp, err := client.Post("http://"+l.Addr().String(), "text/plain", strings.NewReader("a\n"))
	if err != nil {
		select {
		case ran := <-ended:
			t.Fatalf("%v; Run returned %v", err, ran)
		case <-time.After(patience):
			t.Fatal(err)
		}
	}
	resp.Body.Close()
	client.CloseIdleConnections()
	cancel()
	if err := <-ended; err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("%d, Run: %v", resp.StatusCode, err)
	}
}
