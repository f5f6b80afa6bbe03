package relaytest

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// S3 is a stand-in for S3, with buckets in the path: objects with ranges, conditions, versions and delete markers, listings, and the errors
// of the real one. It keeps bodies in memory unless they are given as an io.ReaderAt. Set breaks it.
type S3 struct {
	awsServer
	data    sync.Mutex
	buckets map[string]*bucket
}

// Bucket says what a bucket is like.
type Bucket struct {
	Region    string // "" means that of the server
	Versioned bool
	Owner     string // account; "" means AWSAccount
	// Deny refuses reading with this code and message, as a policy or a key would: "AccessDenied". Listing is refused too.
	Deny, Message string
	// NoList refuses listing, and lets a missing object answer 403, as S3 does without s3:ListBucket.
	NoList bool
}

type bucket struct {
	Bucket
	objects map[string][]*version // oldest first
	keys    []string              // sorted
}

type version struct {
	id, etag string
	body     io.ReaderAt
	size     int64
	encoding string
	modified time.Time
	marker   bool // a delete marker
	archived bool
}

// NewS3 starts one without buckets.
func NewS3(o AWSOptions) (*S3, error) {
	s := &S3{buckets: map[string]*bucket{}}
	return s, s.start(o, s.serve)
}

// Bucket makes a bucket, or changes what it is like.
func (s *S3) Bucket(name string, b Bucket) {
	s.data.Lock()
	defer s.data.Unlock()
	if b.Region == "" {
		b.Region = s.region
	}
	if b.Owner == "" {
		b.Owner = AWSAccount
	}
	if old := s.buckets[name]; old != nil {
		old.Bucket = b
		return
	}
	s.buckets[name] = &bucket{Bucket: b, objects: map[string][]*version{}}
}

// Put stores an object and returns its announcement. The bucket is made if there is none.
func (s *S3) Put(bucket, key string, body []byte) S3Notice {
	return s.PutEncoded(bucket, key, "", body)
}

// PutEncoded is Put with a Content-Encoding.
func (s *S3) PutEncoded(bucket, key, encoding string, body []byte) S3Notice {
	sum := md5.Sum(body)
	return s.put(bucket, key, &version{body: bytes.NewReader(body), size: int64(len(body)), etag: hex.EncodeToString(sum[:]), encoding: encoding})
}

// PutReader stores an object that is read from r each time, under an entity tag of its own. r is read by several goroutines.
func (s *S3) PutReader(bucket, key string, r io.ReaderAt, size int64) S3Notice {
	sum := md5.Sum([]byte(key))
	return s.put(bucket, key, &version{body: r, size: size, etag: hex.EncodeToString(sum[:]) + "-2"})
}

func (s *S3) put(name, key string, v *version) S3Notice {
	s.data.Lock()
	b := s.buckets[name]
	s.data.Unlock()
	if b == nil {
		s.Bucket(name, Bucket{})
	}
	s.data.Lock()
	defer s.data.Unlock()
	b = s.buckets[name]
	v.modified = time.Now().UTC().Truncate(time.Second)
	if i, found := slices.BinarySearch(b.keys, key); !found {
		b.keys = slices.Insert(b.keys, i, key)
	}
	if b.Versioned {
		v.id = fmt.Sprintf("v%06d.%s", len(b.objects[key])+1, v.etag[:8])
		b.objects[key] = append(b.objects[key], v)
	} else {
		b.objects[key] = []*version{v}
	}
	return S3Notice{Bucket: name, Key: key, Version: v.id, ETag: v.etag, Size: v.size, Region: b.Region, Time: v.modified}
}

// Delete removes an object; where there are versions it adds a delete marker and returns its version id.
func (s *S3) Delete(name, key string) string {
	s.data.Lock()
	defer s.data.Unlock()
	b := s.buckets[name]
	if b.Versioned {
		id := fmt.Sprintf("v%06d.marker", len(b.objects[key])+1)
		b.objects[key] = append(b.objects[key], &version{id: id, marker: true, modified: time.Now()})
		return id
	}
	delete(b.objects, key)
	if i, found := slices.BinarySearch(b.keys, key); found {
		b.keys = slices.Delete(b.keys, i, i+1)
	}
	return ""
}

// Archive puts an object out of reach until it is restored.
func (s *S3) Archive(name, key string) {
	s.data.Lock()
	defer s.data.Unlock()
	for _, v := range s.buckets[name].objects[key] {
		v.archived = true
	}
}

func (s *S3) serve(w http.ResponseWriter, r *http.Request) {
	name, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	action := map[string]string{http.MethodGet: "GetObject", http.MethodHead: "HeadObject", http.MethodPut: "PutObject", http.MethodDelete: "DeleteObject"}[r.Method]
	if key == "" {
		action = map[string]string{http.MethodGet: "ListObjectsV2", http.MethodPut: "CreateBucket"}[r.Method]
	}
	f := s.fault(action, key)
	if !s.early(w, r, f) {
		return
	}
	x := &s3Request{S3: s, w: w, r: r, name: name, key: key, fault: f}
	arn, region, code := s.signer(r)
	x.arn = arn
	s.data.Lock()
	b := s.buckets[name]
	var is Bucket
	if b != nil {
		is = b.Bucket
	}
	s.data.Unlock()
	switch {
	case f.Status != 0:
		x.fail(f.Status, f.Code, f.Message)
		return
	case f.Region != "":
		x.elsewhere(f.Region)
		return
	case code == "ExpiredToken" || code == "InvalidToken":
		x.fail(http.StatusBadRequest, code, "The provided token is not good.")
		return
	case code != "":
		x.fail(http.StatusForbidden, code, "The AWS Access Key Id you provided does not exist in our records.")
		return
	case action == "CreateBucket":
		s.Bucket(name, Bucket{})
		return
	case b == nil:
		x.fail(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
		return
	case region != is.Region:
		x.elsewhere(is.Region)
		return
	}
	x.bucket = b
	if owner := r.Header.Get("X-Amz-Expected-Bucket-Owner"); owner != "" && owner != is.Owner {
		x.fail(http.StatusForbidden, "AccessDenied", "Access Denied")
		return
	}
	switch action {
	case "GetObject", "HeadObject":
		x.get()
	case "PutObject":
		x.put()
	case "DeleteObject":
		s.Delete(name, key)
		w.WriteHeader(http.StatusNoContent)
	case "ListObjectsV2":
		x.list()
	default:
		x.fail(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
	}
}

// s3Request is one request in hand.
type s3Request struct {
	*S3
	w         http.ResponseWriter
	r         *http.Request
	name, key string
	arn       string
	bucket    *bucket
	fault     AWSFault
}

func (x *s3Request) fail(status int, code, message string) {
	x.w.Header().Set("Content-Type", "application/xml")
	x.w.Header().Set("X-Amz-Request-Id", "EXAMPLE123456789")
	x.w.WriteHeader(status)
	fmt.Fprintf(x.w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>%s</Message><RequestId>EXAMPLE123456789</RequestId></Error>`,
		escape(code), escape(message))
}

func (x *s3Request) elsewhere(region string) {
	x.w.Header().Set("X-Amz-Bucket-Region", region)
	x.w.Header().Set("Location", "http://192.0.2.1/"+x.name) // nobody should follow it
	x.fail(http.StatusMovedPermanently, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint.")
}

func (x *s3Request) put() {
	body, err := io.ReadAll(x.r.Body)
	if err != nil {
		return
	}
	n := x.Put(x.name, x.key, body)
	x.w.Header().Set("ETag", `"`+n.ETag+`"`)
	if n.Version != "" {
		x.w.Header().Set("X-Amz-Version-Id", n.Version)
	}
}
