//go:build integration

package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"logrelay/relay/relaytest"
)

// maxMemory bounds what a relay that pulls may hold, in bytes.
const maxMemory = 200 << 20

// memory returns the most that the running relay had in memory, in bytes.
func (s *site) memory() int64 {
	s.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.relay.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmHWM:" {
			kib, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				s.t.Fatal(err)
			}
			return kib << 10
		}
	}
	s.t.Fatal("the kernel does not say how much memory the relay had")
	return 0
}

// pullSmall takes in many small objects with many in hand. LOGRELAY_TEST_OBJECTS says how many.
func pullSmall(t *testing.T, a *account) {
	count := 20000
	if text := os.Getenv("LOGRELAY_TEST_OBJECTS"); text != "" {
		var err error
		if count, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	const together, uploaders = 1000, 3 // objects, which MinIO makes of one archive
	n := newNumbers()
	var wg sync.WaitGroup
	begun := time.Now()
	for u := range uploaders {
		wg.Go(func() {
			for first := u * together; first < count && !t.Failed(); first += uploaders * together {
				a.tell(a.archive(n, first, min(first+together, count))...)
			}
		})
	}
	wg.Wait()
	uploaded := time.Since(begun)
	s := newSite(t)
	s.ctx = t.Context()
	s.pullsFrom(a, a.s3URL, s.httpsOutput(""), ", workers: 64")
	begun = time.Now()
	s.start()
	st := s.emptied(a)
	took := time.Since(begun)
	if p := st.Inputs[0].Pull; int(p.Taken) != count || p.SetAside != 0 || int(st.Buffer.Records) != n.count() {
		t.Errorf("%d records of %d: %+v", st.Buffer.Records, n.count(), p)
	}
	if ids, _ := s.tally.complete(t, "https", n); ids != n.count() {
		t.Errorf("%d different records arrived, want %d", ids, n.count())
	}
	if m := s.memory(); m > maxMemory {
		t.Errorf("the relay had %d MiB in memory", m>>20)
	}
	t.Logf("%d objects: put in %s, taken in %s (%.0f/s), %d MiB of memory", count, uploaded, took, float64(count)/took.Seconds(), s.memory()>>20)
}

// archive puts objects of two records each, numbered from first on, and returns what S3 would tell of them.
func (a *account) archive(n *numbers, first, end int) (notices []string) {
	a.t.Helper()
	var body bytes.Buffer
	w := tar.NewWriter(&body)
	put := objects(func(key string, object []byte) relaytest.S3Notice {
		_ = w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: key, Size: int64(len(object)), Mode: 0o600})
		_, _ = w.Write(object) // into memory
		sum := md5.Sum(object)
		return relaytest.S3Notice{Bucket: a.bucket, Key: key, ETag: hex.EncodeToString(sum[:]), Size: int64(len(object)), Time: time.Now()}
	})
	for i := first; i < end; i++ {
		notices = append(notices, relaytest.S3Event(put.lines(n, fmt.Sprintf("%03d/%d", i%1000, i), 2)))
	}
	if err := w.Close(); err != nil {
		a.t.Error(err)
	}
	_, err := a.s3.PutObject(a.t.Context(), &s3.PutObjectInput{
		Bucket: &a.bucket, Key: aws.String(fmt.Sprintf("%d.tar", first)), Body: bytes.NewReader(body.Bytes()),
		Metadata: map[string]string{"Snowball-Auto-Extract": "true"},
	})
	if err != nil {
		a.t.Error(err)
	}
	return notices
}

// pullLarge takes in one object of a gigabyte.
func pullLarge(t *testing.T, a *account) {
	const size = 1 << 30
	up := a.upload("app/large.ndjson.gz")
	z, err := gzip.NewWriterLevel(up, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(z, 64<<10)
	filler := strings.Repeat("x", 2000)
	records := 0
	for written := 0; written < size; records++ {
		k, err := fmt.Fprintf(w, `{"seq":%d,"filler":"%s"}`+"\n", records, filler)
		if err != nil {
			t.Fatal(err)
		}
		written += k
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	s := newSite(t)
	s.pullsFrom(a, a.s3URL, s.httpsOutput(""), "")
	a.tell(relaytest.S3Event(up.done()))
	begun := time.Now()
	s.start()
	st := s.emptied(a)
	if sum := output(st, "https").Sum; int(st.Buffer.Records) != records || int(sum.Delivered) != records {
		t.Errorf("%d records in custody, want %d: %+v", st.Buffer.Records, records, sum)
	}
	if got := s.tally.arrivals("https"); got != records {
		t.Errorf("%d different records arrived, want %d", got, records)
	}
	if m := s.memory(); m > maxMemory {
		t.Errorf("the relay had %d MiB in memory", m>>20)
	}
	t.Logf("1 GiB taken and delivered in %s, %d MiB of memory", time.Since(begun), s.memory()>>20)
}

// upload is an object that is put while it is being made.
type upload struct {
	a     *account
	key   string
	id    *string
	part  bytes.Buffer
	size  int64
	parts []types.CompletedPart
}

func (a *account) upload(key string) *upload {
	a.t.Helper()
	out, err := a.s3.CreateMultipartUpload(a.t.Context(), &s3.CreateMultipartUploadInput{Bucket: &a.bucket, Key: &key})
	if err != nil {
		a.t.Fatal(err)
	}
	return &upload{a: a, key: key, id: out.UploadId}
}

func (u *upload) Write(p []byte) (int, error) {
	u.part.Write(p)
	if u.part.Len() < 5<<20 { // the least that a part may have
		return len(p), nil
	}
	return len(p), u.send()
}

func (u *upload) send() error {
	number := aws.Int32(int32(len(u.parts)) + 1)
	out, err := u.a.s3.UploadPart(u.a.t.Context(), &s3.UploadPartInput{
		Bucket: &u.a.bucket, Key: &u.key, UploadId: u.id, PartNumber: number, Body: bytes.NewReader(u.part.Bytes()),
	})
	if err != nil {
		return err
	}
	u.parts = append(u.parts, types.CompletedPart{ETag: out.ETag, PartNumber: number})
	u.size += int64(u.part.Len())
	u.part.Reset()
	return nil
}

// done makes the object of the parts.
func (u *upload) done() relaytest.S3Notice {
	u.a.t.Helper()
	if err := u.send(); err != nil {
		u.a.t.Fatal(err)
	}
	out, err := u.a.s3.CompleteMultipartUpload(u.a.t.Context(), &s3.CompleteMultipartUploadInput{
		Bucket: &u.a.bucket, Key: &u.key, UploadId: u.id, MultipartUpload: &types.CompletedMultipartUpload{Parts: u.parts},
	})
	if err != nil {
		u.a.t.Fatal(err)
	}
	return relaytest.S3Notice{Bucket: u.a.bucket, Key: u.key, ETag: strings.Trim(aws.ToString(out.ETag), `"`), Size: u.size, Time: time.Now()}
}
