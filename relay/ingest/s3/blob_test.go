package s3

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"logrelay/relay"
)

// Reads here and there give what a whole read gives, over connections that break, with few requests, and within the budget.
func TestReadAt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		data := make([]byte, 5<<20+123)
		random := rand.NewChaCha8([32]byte{1})
		_, _ = random.Read(data)
		s := &memStore{}
		o := s.write("logs", "a.parquet", string(data))
		s.body = func(_ Request, rest []byte) io.ReadCloser {
			return &cutReader{r: bytes.NewReader(rest), left: min(len(rest), 100_000), err: errLost}
		}
		b, _, err := openBlob(t.Context(), s, Request{Bucket: o.bucket, Key: o.key})
		if err != nil {
			t.Fatal(err)
		}
		b.cache.budget = relay.NewBudget(6 * cacheBlock)
		check := func(at int64, n int) {
			t.Helper()
			p := make([]byte, n)
			got, err := b.ReadAt(p, at)
			want := data[min(at, int64(len(data))):min(at+int64(n), int64(len(data)))]
			if !bytes.Equal(p[:got], want) || (err == nil) != (len(want) == n) || err != nil && err != io.EOF {
				t.Fatalf("ReadAt(%d bytes, %d): %d bytes, %v", n, at, got, err)
			}
		}
		head := make([]byte, 1000)
		if _, err := io.ReadFull(b, head); err != nil || !bytes.Equal(head, data[:1000]) {
			t.Fatalf("the beginning: %v", err)
		}
		for at := int64(0); at < 3*cacheBlock; at += 500 { // one after the other: from the cache, the last from a fourth block
			check(at, 500)
		}
		if n := s.requests(""); n > 1+4*3 {
			t.Errorf("%d requests for four blocks of three connections each", n)
		}
		for range 300 {
			check(random64(random, int64(len(data))+10), int(random64(random, 2*cacheBlock)))
		}
		if got := b.cache.budget.Used(); got > 6*cacheBlock || len(b.cache.blocks) > cacheMin+6 {
			t.Errorf("%d blocks, %d bytes borrowed", len(b.cache.blocks), got)
		}
		rest, err := io.ReadAll(b)
		if err != nil || !bytes.Equal(rest, data[1000:]) {
			t.Errorf("the rest: %d bytes, %v", len(rest), err)
		}
		budget := b.cache.budget
		b.Close()
		if budget.Used() != 0 || s.open != 0 {
			t.Errorf("after Close: %d bytes borrowed, %d bodies open", budget.Used(), s.open)
		}
		if _, err := b.ReadAt(head, 0); err == nil {
			t.Error("a closed blob reads")
		}
	})
}

func random64(r rand.Source, n int64) int64 { return int64(r.Uint64() % uint64(n)) }

// An object that changes between two ranges is not glued together.
func TestReadAtOfChangedObject(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &memStore{}
		s.write("logs", "a", "first")
		b, _, err := openBlob(t.Context(), s, Request{Bucket: "logs", Key: "a"})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		s.write("logs", "a", "other")
		if _, err := b.ReadAt(make([]byte, 5), 0); classOf(err) != Changed || classOf(b.fault()) != Changed {
			t.Errorf("reading on: %v", err)
		}
	})
}
