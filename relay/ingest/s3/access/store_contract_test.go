package access

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"logrelay/relay/ingest/s3"
	"logrelay/relay/relaytest"
)

// storeWorld is an implementation of S3 to run testStore against.
type storeWorld struct {
	endpoint string
	keys     Keys
	make     func(t *testing.T, bucket string, versioned bool)
	put      func(t *testing.T, bucket, key, encoding string, body []byte) (etag, version string)
	remove   func(t *testing.T, bucket, key string) (marker string)
	lax      []string
	badKeys  []string // keys that it refuses
}

type storeTest struct {
	storeWorld
	ctx    context.Context
	bucket string
	store  *Store
}

// testStore checks what s3.Store promises, with a real implementation or a stand-in behind it.
func testStore(t *testing.T, w storeWorld) {
	tests := map[string]func(*storeTest, *testing.T){
		"get":              (*storeTest).get,
		"ranges":           (*storeTest).ranges,
		"if match":         (*storeTest).ifMatch,
		"keys":             (*storeTest).oddKeys,
		"versions":         (*storeTest).versions,
		"missing":          (*storeTest).missing,
		"empty":            (*storeTest).empty,
		"content encoding": (*storeTest).encoding,
		"list":             (*storeTest).list,
		"list pages":       (*storeTest).pages,
		"unknown key":      (*storeTest).unknownKey,
		"wrong secret":     (*storeTest).wrongSecret,
		"wrong region":     (*storeTest).wrongRegion,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if slices.Contains(w.lax, name) {
				t.Skip("not for this implementation")
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			t.Cleanup(cancel)
			c := &storeTest{storeWorld: w, ctx: ctx, bucket: "test-" + strings.ReplaceAll(name, " ", "-")}
			c.make(t, c.bucket, name == "versions")
			c.store = c.open(t, Options{Keys: static(w.keys)})
			test(c, t)
		})
	}
}

func (c *storeTest) open(t *testing.T, o Options) *Store {
	t.Helper()
	o.S3Endpoint = c.endpoint
	s, err := newAccess(t, o).Store(StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// read gets an object whole.
func (c *storeTest) read(t *testing.T, r s3.Request) (*s3.Object, string) {
	t.Helper()
	o, err := c.store.Get(c.ctx, r)
	if err != nil {
		t.Fatalf("Get %+v: %v", r, err)
	}
	defer o.Body.Close()
	body, err := io.ReadAll(o.Body)
	if err != nil {
		t.Fatalf("reading %+v: %v", r, err)
	}
	return o, string(body)
}

func (c *storeTest) get(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789"), 300000)
	etag, _ := c.put(t, c.bucket, "dir/object", "", body)
	o, got := c.read(t, s3.Request{Bucket: c.bucket, Key: "dir/object"})
	if got != string(body) {
		t.Errorf("%d bytes came as %d, or others", len(body), len(got))
	}
	if o.Size != int64(len(body)) || o.ETag != etag || o.Version != "" {
		t.Errorf("got %+v, want size %d, tag %s", o, len(body), etag)
	}
	if d := time.Since(o.Modified); d < -time.Minute || d > time.Hour {
		t.Errorf("modified %s", o.Modified)
	}
}

func (c *storeTest) ranges(t *testing.T) {
	etag, _ := c.put(t, c.bucket, "k", "", []byte("0123456789"))
	for _, r := range []struct {
		from, length int64
		want         string
	}{{0, 3, "012"}, {4, 0, "456789"}, {4, 3, "456"}, {9, 0, "9"}, {8, 100, "89"}, {10, 0, ""}} {
		o, got := c.read(t, s3.Request{Bucket: c.bucket, Key: "k", Offset: r.from, Length: r.length, IfMatch: etag})
		if got != r.want || o.Size != 10 || o.ETag != etag {
			t.Errorf("from %d, %d bytes: %q, %+v", r.from, r.length, got, o)
		}
	}
	_, err := c.store.Get(c.ctx, s3.Request{Bucket: c.bucket, Key: "k", Offset: 11, IfMatch: etag})
	wantClass(t, err, s3.Changed)
}

func (c *storeTest) ifMatch(t *testing.T) {
	old, _ := c.put(t, c.bucket, "k", "", []byte("one"))
	now, _ := c.put(t, c.bucket, "k", "", []byte("two!"))
	_, err := c.store.Get(c.ctx, s3.Request{Bucket: c.bucket, Key: "k", IfMatch: old})
	wantClass(t, err, s3.Changed)
	if _, got := c.read(t, s3.Request{Bucket: c.bucket, Key: "k", IfMatch: now}); got != "two!" {
		t.Errorf("got %q", got)
	}
}

func (c *storeTest) oddKeys(t *testing.T) {
	keys := []string{"a b+c", "ümlaut/é", "100%41", `q"<&>'`, "a//b", "h=1/day=02/x.gz", "a?b=c#d", "~tilde(1)*!"}
	keys = slices.DeleteFunc(keys, func(k string) bool { return slices.Contains(c.badKeys, k) })
	for _, key := range keys {
		c.put(t, c.bucket, key, "", []byte(key))
		if _, got := c.read(t, s3.Request{Bucket: c.bucket, Key: key}); got != key {
			t.Errorf("%q: got %q", key, got)
		}
	}
	var listed []string
	if err := c.store.List(c.ctx, c.bucket, "", "", func(l s3.Listed) error { listed = append(listed, l.Key); return nil }); err != nil {
		t.Fatal(err)
	}
	slices.Sort(keys)
	if !slices.Equal(listed, keys) {
		t.Errorf("listed %q", listed)
	}
}

func (c *storeTest) versions(t *testing.T) {
	_, v1 := c.put(t, c.bucket, "k", "", []byte("one"))
	_, v2 := c.put(t, c.bucket, "k", "", []byte("two"))
	for version, want := range map[string]string{v1: "one", v2: "two", "": "two"} {
		if o, got := c.read(t, s3.Request{Bucket: c.bucket, Key: "k", Version: version}); got != want || o.Version != or(version, v2) {
			t.Errorf("version %q: %q, %+v", version, got, o)
		}
	}
	marker := c.remove(t, c.bucket, "k")
	_, err := c.store.Get(c.ctx, s3.Request{Bucket: c.bucket, Key: "k"})
	wantClass(t, err, s3.Missing)
	_, err = c.store.Get(c.ctx, s3.Request{Bucket: c.bucket, Key: "k", Version: marker})
	wantClass(t, err, s3.Missing)
	if _, got := c.read(t, s3.Request{Bucket: c.bucket, Key: "k", Version: v1}); got != "one" {
		t.Errorf("a version before the delete marker: %q", got)
	}
	_, err = c.store.Get(c.ctx, s3.Request{Bucket: c.bucket, Key: "k", Version: "not-a-version"})
	wantClass(t, err, s3.Missing)
}

func (c *storeTest) missing(t *testing.T) {
	_, err := c.store.Get(c.ctx, s3.Request{Bucket: c.bucket, Key: "not-there"})
	wantClass(t, err, s3.Missing)
	e, ok := errors.AsType[*s3.Error](err)
	if !ok || e.Code != "NoSuchKey" || e.Action != "s3:GetObject" || e.Resource != "arn:aws:s3:::"+c.bucket+"/not-there" {
		t.Errorf("got %+v", e)
	}
	_, err = c.store.Get(c.ctx, s3.Request{Bucket: c.bucket + "-not", Key: "k"})
	wantClass(t, err, s3.NoBucket)
	wantClass(t, c.store.List(c.ctx, c.bucket+"-not", "", "", nil), s3.NoBucket)
}

func (c *storeTest) empty(t *testing.T) {
	etag, _ := c.put(t, c.bucket, "k", "", nil)
	if o, got := c.read(t, s3.Request{Bucket: c.bucket, Key: "k", IfMatch: etag}); got != "" || o.Size != 0 {
		t.Errorf("got %q, %+v", got, o)
	}
}

func (c *storeTest) encoding(t *testing.T) {
	zipped := relaytest.Gzip([]byte("line\n"))
	c.put(t, c.bucket, "k.gz", "gzip", zipped)
	if o, got := c.read(t, s3.Request{Bucket: c.bucket, Key: "k.gz"}); got != string(zipped) || o.Size != int64(len(zipped)) {
		t.Errorf("the body was changed on the way: %q", got)
	}
}

func (c *storeTest) list(t *testing.T) {
	for _, key := range []string{"a/1", "b/1", "b/2", "b/3", "c/1"} {
		c.put(t, c.bucket, key, "", []byte(key))
	}
	for _, l := range []struct {
		prefix, start, want string
	}{{"", "", "a/1 b/1 b/2 b/3 c/1"}, {"b/", "", "b/1 b/2 b/3"}, {"b/", "b/1", "b/2 b/3"}, {"", "b/2", "b/3 c/1"}, {"d/", "", ""}} {
		var got []string
		err := c.store.List(c.ctx, c.bucket, l.prefix, l.start, func(o s3.Listed) error {
			if o.Size != 3 || o.ETag == "" || strings.Contains(o.ETag, `"`) || o.Modified.IsZero() {
				t.Errorf("listed %+v", o)
			}
			got = append(got, o.Key)
			return nil
		})
		if err != nil || strings.Join(got, " ") != l.want {
			t.Errorf("prefix %q from %q: %q, %v", l.prefix, l.start, got, err)
		}
	}
	enough := errors.New("enough")
	n := 0
	if err := c.store.List(c.ctx, c.bucket, "", "", func(s3.Listed) error { n++; return enough }); err != enough || n != 1 { //nolint:errorlint // as it is
		t.Errorf("%d calls, %v", n, err)
	}
}

func (c *storeTest) pages(t *testing.T) {
	const objects = 1003
	work := make(chan int)
	done := make(chan struct{})
	for range 8 {
		go func() {
			for i := range work {
				c.put(t, c.bucket, fmt.Sprintf("key-%05d", i), "", nil)
			}
			done <- struct{}{}
		}()
	}
	for i := range objects {
		work <- i
	}
	close(work)
	for range 8 {
		<-done
	}
	n := 0
	err := c.store.List(c.ctx, c.bucket, "key-", "", func(l s3.Listed) error {
		if want := fmt.Sprintf("key-%05d", n); l.Key != want {
			return fmt.Errorf("%s comes where %s should", l.Key, want)
		}
		n++
		return nil
	})
	if err != nil || n != objects {
		t.Errorf("%d of %d, %v", n, objects, err)
	}
}

func (c *storeTest) unknownKey(t *testing.T) {
	c.put(t, c.bucket, "k", "", []byte("x"))
	s := c.open(t, Options{Keys: static(Keys{AccessKeyID: "AKIANOTHERE", SecretAccessKey: "canary-secret"})})
	_, err := s.Get(c.ctx, s3.Request{Bucket: c.bucket, Key: "k"})
	wantDenied(t, err, "InvalidAccessKeyId", "access key id")
}

func (c *storeTest) wrongSecret(t *testing.T) {
	c.put(t, c.bucket, "k", "", []byte("x"))
	s := c.open(t, Options{Keys: static(Keys{AccessKeyID: c.keys.AccessKeyID, SecretAccessKey: "canary-secret"})})
	_, err := s.Get(c.ctx, s3.Request{Bucket: c.bucket, Key: "k"})
	wantDenied(t, err, "SignatureDoesNotMatch", "secret access key")
}

// wantDenied checks code and advice of a refusal, and that no secret is in it.
func wantDenied(t *testing.T, err error, code, advice string) {
	t.Helper()
	e, ok := errors.AsType[*s3.Error](err)
	if !ok || e.Class != s3.Denied || e.Code != code || !strings.Contains(e.Advice, advice) {
		t.Errorf("got %#v\nwant %s, advice with %q", err, code, advice)
	} else if strings.Contains(e.Error()+e.Advice, "canary") {
		t.Errorf("a secret is in %v", e)
	}
}

func (c *storeTest) wrongRegion(t *testing.T) {
	c.put(t, c.bucket, "k", "", []byte("x"))
	s := c.open(t, Options{Keys: static(c.keys), Region: "eu-central-1"})
	o, err := s.Get(c.ctx, s3.Request{Bucket: c.bucket, Key: "k"})
	if err != nil {
		t.Fatalf("the region was not found: %v", err)
	}
	_ = o.Body.Close()
	if err := s.List(c.ctx, c.bucket, "", "", func(s3.Listed) error { return nil }); err != nil {
		t.Error(err)
	}
}
