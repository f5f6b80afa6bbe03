package access

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"logrelay/relay/ingest/s3"
	"logrelay/relay/relaytest"
)

func TestDeadConnectionsAreNoticed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		defer b.Close()
		c := &watchedConn{Conn: a, stall: 30 * time.Second}
		go func() {
			time.Sleep(29 * time.Second)
			_, _ = b.Write([]byte("x"))
			time.Sleep(time.Hour) // we do not read meanwhile: nobody is dead
			_, _ = b.Write([]byte("y"))
		}()
		p := make([]byte, 1)
		if _, err := c.Read(p); err != nil {
			t.Fatalf("after 29 s: %v", err)
		}
		time.Sleep(time.Hour)
		if _, err := c.Read(p); err != nil {
			t.Fatalf("after a pause of the reader: %v", err)
		}
		begun := time.Now()
		_, err := c.Read(p)
		if !errors.Is(err, os.ErrDeadlineExceeded) || !strings.Contains(err.Error(), "nothing came") || time.Since(begun) != 30*time.Second {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
	})
}

// TestRequestOnAnIdleConnection: the time in which a connection was idle does not count against the answer.
func TestRequestOnAnIdleConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		defer b.Close()
		c := &watchedConn{Conn: a, stall: 30 * time.Second}
		go func() {
			_, _ = io.ReadFull(b, make([]byte, 7))
			time.Sleep(20 * time.Second)
			_, _ = b.Write([]byte("answer"))
		}()
		answer := make(chan error)
		go func() { // as net/http, which reads all the time
			_, err := io.ReadFull(c, make([]byte, 6))
			answer <- err
		}()
		time.Sleep(15 * time.Second)
		if _, err := c.Write([]byte("request")); err != nil {
			t.Fatal(err)
		}
		if err := <-answer; err != nil {
			t.Error(err)
		}
	})
}

func TestBodiesThatBreakOff(t *testing.T) {
	t.Parallel()
	server := newS3(t)
	server.Put("logs", "k", make([]byte, 100000))
	s := newStore(t, Options{S3Endpoint: server.URL}, StoreOptions{})
	server.Set(relaytest.AWSFault{Action: "GetObject", CutAfter: 1000})
	got, err := gets(t.Context(), s, s3.Request{Bucket: "logs", Key: "k"})
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(got) > 1000 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	server.Heal()
	server.Set(relaytest.AWSFault{Action: "GetObject", StallAfter: 1000})
	impatient := newStore(t, Options{S3Endpoint: server.URL, StallTimeout: 200 * time.Millisecond}, StoreOptions{})
	got, err = gets(t.Context(), impatient, s3.Request{Bucket: "logs", Key: "k"})
	if err == nil || len(got) > 1000 {
		t.Errorf("a stalled body: %d bytes, %v", len(got), err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err = gets(ctx, s, s3.Request{Bucket: "logs", Key: "k"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelled in the middle of a body: %v", err)
	}
}

func TestEndpointsThatFail(t *testing.T) {
	t.Parallel()
	server := newS3(t)
	server.Put("logs", "k", []byte("x"))
	s := newStore(t, Options{S3Endpoint: server.URL, StallTimeout: 200 * time.Millisecond}, StoreOptions{})
	for name, f := range map[string]relaytest.AWSFault{"hang": {Hang: true}, "reset": {Reset: true}} {
		server.Set(f)
		_, err := s.Get(t.Context(), s3.Request{Bucket: "logs", Key: "k"})
		wantClass(t, err, s3.Transient)
		if err != nil && !strings.Contains(err.Error(), "reaching 127.0.0.1:") {
			t.Errorf("%s: %v", name, err)
		}
		server.Heal()
	}
	server.Set(relaytest.AWSFault{Status: 500, Code: "InternalError", Times: 1}, relaytest.AWSFault{Key: "none"})
	patient := newStore(t, Options{S3Endpoint: server.URL}, StoreOptions{})
	if _, err := gets(t.Context(), patient, s3.Request{Bucket: "logs", Key: "k"}); err != nil {
		t.Errorf("one error 500 is not worth a failure: %v", err)
	}
	server.Close()
	_, err := s.Get(t.Context(), s3.Request{Bucket: "logs", Key: "k"})
	wantClass(t, err, s3.Transient)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Get(ctx, s3.Request{Bucket: "logs", Key: "k"}); err != context.Canceled { //nolint:errorlint // as it is
		t.Errorf("cancelled: %v", err)
	}
}

func TestPrivateCA(t *testing.T) {
	t.Parallel()
	ca := relaytest.NewCA()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") }))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{ca.Server()}}
	server.Config.ErrorLog = discard()
	server.StartTLS()
	t.Cleanup(server.Close)
	s := newStore(t, Options{S3Endpoint: server.URL, CAFile: ca.PEM()}, StoreOptions{})
	if got, err := gets(t.Context(), s, s3.Request{Bucket: "logs", Key: "k"}); err != nil || string(got) != "x" {
		t.Errorf("%q, %v", got, err)
	}
	_, err := newStore(t, Options{S3Endpoint: server.URL}, StoreOptions{}).Get(t.Context(), s3.Request{Bucket: "logs", Key: "k"})
	wantDenied(t, err, "", "ca_file")
}

// BenchmarkGet is the cost of one small object: what S3 with 2 KB objects is bound by.
func BenchmarkGet(b *testing.B) {
	server, err := relaytest.NewS3(relaytest.AWSOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(server.Close)
	server.Put("logs", "k", make([]byte, 2048))
	a, err := NewAccess(b.Context(), Options{Region: "us-east-1", Keys: static(testKeys), S3Endpoint: server.URL})
	if err != nil {
		b.Fatal(err)
	}
	s, err := a.Store(StoreOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := gets(b.Context(), s, s3.Request{Bucket: "logs", Key: "k"}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
