package s3

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// memStore is S3 in memory. Its buckets exist once they hold something.
type memStore struct {
	noList bool // no s3:ListBucket: 403 stands for 404

	// Faults; nil means none.
	onGet func(r Request) error
	body  func(r Request, rest []byte) io.ReadCloser // of an answer

	mu      sync.Mutex
	keeps   map[string]bool              // buckets that keep versions
	objects map[string]map[string][]kept // bucket, key: versions, the last is the current one
	gets    []Request
	open    int // bodies
	most    int
}

type kept struct {
	data          []byte
	version, etag string
	modified      time.Time
}

func etagOf(data []byte) string {
	sum := md5.Sum(data)
	return hex.EncodeToString(sum[:])
}

// put writes an object and returns the body of the message that tells of it.
func (s *memStore) put(bucket, key, data string) string { return event(s.write(bucket, key, data)) }

func (s *memStore) write(bucket, key, data string) told {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.objects == nil {
		s.objects = map[string]map[string][]kept{}
	}
	if s.objects[bucket] == nil {
		s.objects[bucket] = map[string][]kept{}
	}
	list := s.objects[bucket][key]
	k := kept{data: []byte(data), etag: etagOf([]byte(data)), modified: time.Now()}
	if s.keeps[bucket] {
		k.version = fmt.Sprintf("v%d", len(list)+1)
		list = append(list, k)
	} else {
		list = []kept{k}
	}
	s.objects[bucket][key] = list
	return told{bucket, key, k.version, k.etag, len(data)}
}

func (s *memStore) remove(bucket, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.objects[bucket], key)
}

// told is what a notification says.
type told struct {
	bucket, key, version, etag string
	size                       int
}

func event(objects ...told) string {
	var b strings.Builder
	b.WriteString(`{"Records":[`)
	for i, o := range objects {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-west-1","eventTime":"2026-01-02T03:04:05.000Z","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":%q},"object":{"key":%q,"size":%d,"eTag":%q`, o.bucket, url.QueryEscape(o.key), o.size, o.etag)
		if o.version != "" {
			fmt.Fprintf(&b, `,"versionId":%q`, o.version)
		}
		b.WriteString(`}}}`)
	}
	b.WriteString(`]}`)
	return b.String()
}

func storeError(class Class, code string, r Request) error {
	return &Error{
		Class: class, Code: code, Action: "s3:GetObject", Resource: "arn:aws:s3:::" + r.Bucket + "/" + r.Key,
		Advice: "allow s3:GetObject on arn:aws:s3:::" + r.Bucket + "/*", Err: errors.New(code),
	}
}

func (s *memStore) Get(ctx context.Context, r Request) (*Object, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.gets = append(s.gets, r)
	s.mu.Unlock()
	if s.onGet != nil {
		if err := s.onGet(r); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.objects[r.Bucket] == nil {
		return nil, storeError(NoBucket, "NoSuchBucket", r)
	}
	list := s.objects[r.Bucket][r.Key]
	if r.Version != "" {
		list = slices.DeleteFunc(slices.Clone(list), func(k kept) bool { return k.version != r.Version })
	}
	switch {
	case len(list) == 0 && s.noList:
		return nil, storeError(Denied, "AccessDenied", r)
	case len(list) == 0:
		return nil, storeError(Missing, "NoSuchKey", r)
	}
	k := list[len(list)-1]
	if r.IfMatch != "" && r.IfMatch != k.etag {
		return nil, storeError(Changed, "PreconditionFailed", r)
	}
	rest := k.data[r.Offset:]
	if r.Length > 0 {
		rest = rest[:min(r.Length, int64(len(rest)))]
	}
	body := io.NopCloser(bytes.NewReader(rest))
	if s.body != nil {
		body = s.body(r, rest)
	}
	s.open++
	s.most = max(s.most, s.open)
	return &Object{
		Body: &counted{ReadCloser: body, s: s, ctx: ctx}, Size: int64(len(k.data)), ETag: k.etag, Version: k.version, Modified: k.modified,
	}, nil
}

// counted notices bodies that are left open, and ends with its context.
type counted struct {
	io.ReadCloser
	s    *memStore
	ctx  context.Context
	once sync.Once
}

func (c *counted) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	if w, ok := c.ReadCloser.(interface {
		ReadContext(context.Context, []byte) (int, error)
	}); ok {
		return w.ReadContext(c.ctx, p)
	}
	return c.ReadCloser.Read(p)
}

func (c *counted) Close() error {
	c.once.Do(func() {
		c.s.mu.Lock()
		c.s.open--
		c.s.mu.Unlock()
	})
	return c.ReadCloser.Close()
}

func (s *memStore) List(ctx context.Context, bucket, prefix, start string, f func(Listed) error) error {
	s.mu.Lock()
	var list []Listed
	for key, versions := range s.objects[bucket] {
		k := versions[len(versions)-1]
		if strings.HasPrefix(key, prefix) && key > start {
			list = append(list, Listed{Key: key, ETag: k.etag, Size: int64(len(k.data)), Modified: k.modified})
		}
	}
	known := s.objects[bucket] != nil
	s.mu.Unlock()
	if !known {
		return storeError(NoBucket, "NoSuchBucket", Request{Bucket: bucket})
	}
	slices.SortFunc(list, func(a, b Listed) int { return strings.Compare(a.Key, b.Key) })
	for _, l := range list {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f(l); err != nil {
			return err
		}
	}
	return nil
}

// requests returns how often anything of a bucket was asked for; "" means any.
func (s *memStore) requests(bucket string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.gets {
		if bucket == "" || r.Bucket == bucket {
			n++
		}
	}
	return n
}

// cutReader gives n bytes and then breaks as a connection does.
type cutReader struct {
	r    io.Reader
	left int
	err  error
}

func (c *cutReader) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, c.err
	}
	n, err := c.r.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

func (c *cutReader) Close() error { return nil }

// stalled never gives a byte, until its context ends.
type stalled struct{}

func (stalled) Read([]byte) (int, error) { panic("BUG: read without a context") }
func (stalled) Close() error             { return nil }
func (stalled) ReadContext(ctx context.Context, _ []byte) (int, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

// peak returns how many bodies were open at a time.
func (s *memStore) peak() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most
}
