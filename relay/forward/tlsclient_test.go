package forward_test

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/forward"
	"logrelay/relay/relaytest"
)

// patience bounds what a test waits for; it is never waited for when all is well.
const patience = 4 * time.Minute

// serve answers one TLS connection with a line, and returns the address.
func serve(t *testing.T, config *tls.Config) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(patience))
		if _, err := io.WriteString(c, "hello\n"); err == nil {
			io.Copy(io.Discard, c)
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}

// greet connects and reads the line.
func greet(t *testing.T, addr string, o forward.TLSOptions) error {
	t.Helper()
	config, err := forward.TLSConfig(o)
	if err != nil {
		t.Fatal(err)
	}
	if config.ServerName == "" {
		config.ServerName = "127.0.0.1"
	}
	c, err := (&tls.Dialer{NetDialer: &net.Dialer{Timeout: patience}, Config: config}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		return forward.ConnectError(addr, err)
	}
	defer c.Close()
	if _, err = bufio.NewReader(c).ReadString('\n'); err != nil {
		return forward.SendError(addr, err)
	}
	return nil
}

func TestStrictTLS(t *testing.T) {
	t.Parallel()
	ca, other := relaytest.NewCA(), relaytest.NewCA()
	good := ca.Server()
	leaf, err := x509.ParseCertificate(good.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	pin := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	wrong := sha256.Sum256([]byte("another key"))
	mine := ca.Client("relay")
	client := func() (*tls.Certificate, error) { return &mine, nil }
	wantsClient := &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.Pool()}
	plain := func(c tls.Certificate) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{c}} }
	for name, c := range map[string]struct {
		server *tls.Config
		o      forward.TLSOptions
		says   string // part of the error; "" for none
		hint   string // part of the hint
	}{
		"good":                       {plain(good), forward.TLSOptions{CAFile: ca.PEM()}, "", ""},
		"unknown CA":                 {plain(good), forward.TLSOptions{CAFile: other.PEM()}, "unknown authority", "tls.ca_file"},
		"no CA file":                 {plain(good), forward.TLSOptions{}, "unknown authority", "tls.ca_file"},
		"wrong host":                 {plain(ca.WrongHost()), forward.TLSOptions{CAFile: ca.PEM()}, "for other names", "tls.server_name"},
		"expired":                    {plain(ca.Expired()), forward.TLSOptions{CAFile: ca.PEM()}, "is valid from", "renewed"},
		"old TLS":                    {&tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, forward.TLSOptions{CAFile: ca.PEM()}, "refuses TLS", "TLS version"},
		"pinned, hex":                {plain(good), forward.TLSOptions{CAFile: ca.PEM(), Pins: []string{hex.EncodeToString(pin[:])}}, "", ""},
		"pinned, base64":             {plain(good), forward.TLSOptions{CAFile: ca.PEM(), Pins: []string{hex.EncodeToString(wrong[:]), "sha256/" + base64.StdEncoding.EncodeToString(pin[:])}}, "", ""},
		"other key":                  {plain(good), forward.TLSOptions{CAFile: ca.PEM(), Pins: []string{hex.EncodeToString(wrong[:])}}, "pinned key", "pin_sha256"},
		"a pin does not replace CAs": {plain(good), forward.TLSOptions{Pins: []string{hex.EncodeToString(pin[:])}}, "unknown authority", "tls.ca_file"},
		"not strict":                 {plain(other.Expired()), forward.TLSOptions{Insecure: true}, "", ""},
		"not strict, other key":      {plain(good), forward.TLSOptions{Insecure: true, Pins: []string{hex.EncodeToString(wrong[:])}}, "pinned key", "pin_sha256"},
		"client certificate":         {wantsClient, forward.TLSOptions{CAFile: ca.PEM(), Certificate: client}, "", ""},
		"no client certificate":      {wantsClient, forward.TLSOptions{CAFile: ca.PEM()}, "certificate required", "client certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := greet(t, serve(t, c.server), c.o)
			if c.says == "" {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			if _, ok := errors.AsType[*relay.HoldError](err); !ok {
				t.Fatalf("got %T %v, want a HoldError", err, err)
			}
			if !strings.Contains(err.Error(), c.says) || !strings.Contains(relay.HintOf(err), c.hint) {
				t.Errorf("says %q, hint %q", err, relay.HintOf(err))
			}
		})
	}
}

func TestTLSConfigNamesTheOptionAtFault(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o    forward.TLSOptions
		says string
	}{
		"no PEM":        {forward.TLSOptions{CAFile: []byte("hello")}, "ca_file"},
		"empty":         {forward.TLSOptions{CAFile: []byte{}}, "ca_file"},
		"short pin":     {forward.TLSOptions{Pins: []string{"abcd"}}, "pin_sha256"},
		"pin of no hex": {forward.TLSOptions{Pins: []string{strings.Repeat("?", 44)}}, "pin_sha256"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := forward.TLSConfig(c.o)
			if err == nil || !strings.Contains(err.Error(), c.says) || relay.HintOf(err) == "" {
				t.Errorf("got %v, hint %q", err, relay.HintOf(err))
			}
		})
	}
}

func TestConnectErrorsAreRetriedSoonInPlainWords(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	_, err = net.Dial("tcp", addr)
	err = forward.ConnectError(addr, err)
	retry, ok := errors.AsType[*relay.RetryError](err)
	if !ok || retry.After <= 0 || retry.After > 2*time.Second {
		t.Errorf("got %#v", err)
	}
	if want := "connecting to " + addr + ": connection refused"; err.Error() != want || relay.HintOf(err) == "" {
		t.Errorf("says %q, want %q; hint %q", err, want, relay.HintOf(err))
	}
}

func TestPlainPeerInPlaceOfTLSHolds(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if c, err := l.Accept(); err == nil {
			io.WriteString(c, "220 mail.example.com ESMTP\r\n")
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	err = greet(t, l.Addr().String(), forward.TLSOptions{})
	if _, ok := errors.AsType[*relay.HoldError](err); !ok || !strings.Contains(err.Error(), "does not speak TLS") {
		t.Errorf("got %v", err)
	}
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	fail := errors.New("down")
	for name, c := range map[string]struct {
		balance bool
		answers map[int]error
		want    string // addresses tried in three calls
	}{
		"failover, all well":        {false, nil, "0 0 0"},
		"failover":                  {false, map[int]error{0: fail}, "01 1 1"}, // the failed one comes last for a while
		"all fail":                  {false, map[int]error{0: fail, 1: fail, 2: fail}, "012 012 012"},
		"balance":                   {true, nil, "0 1 2"},
		"balance around a dead one": {true, map[int]error{1: fail}, "0 12 2"},
		"refused is no failure":     {false, map[int]error{0: &relay.RejectError{Err: fail}}, "0 0 0"},
		"partly done is no failure": {false, map[int]error{0: &relay.PartialError{Err: fail}}, "0 0 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := forward.NewEndpoints(3, c.balance)
			var calls []string
			for range 3 {
				var tried strings.Builder
				e.Do(t.Context(), func(i int) error {
					tried.WriteByte(byte('0' + i))
					return c.answers[i]
				})
				calls = append(calls, tried.String())
			}
			if got := strings.Join(calls, " "); got != c.want {
				t.Errorf("tried %s, want %s", got, c.want)
			}
		})
	}
}
