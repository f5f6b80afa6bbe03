package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"logrelay/relay/relaytest"
)

const (
	bucketName = "relaybench"
	bucketUser = "relaybench"
	uploads    = 16 // at a time
)

// pull says what a bucket is filled with, and what becomes of it.
type pull struct {
	content string
	records uint64 // of an object
	schema  string // of the output
}

// bucket is a bucket full of objects, and a queue that tells of them.
type bucket struct {
	pull
	endpoint string // of S3
	store    *relaytest.S3
	minio    *proc // or this
	queue    *relaytest.SQS
	queueURL string

	client  *http.Client
	notices []string     // messages, an object each
	sent    []uint64     // records of each object
	text    atomic.Int64 // bytes before compression
	zipped  atomic.Int64
}

// newBucket starts S3 and a queue: MinIO with its data in dir where minio names its binary, else the stand-in inside this process.
func newBucket(minio, dir string, p pull) (*bucket, error) {
	b := &bucket{pull: p, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: uploads}}}
	var err error
	if b.queue, err = relaytest.NewSQS(relaytest.AWSOptions{}); err != nil {
		return nil, err
	}
	b.queueURL = b.queue.Queue(bucketName, relaytest.SQSQueue{Visibility: 2 * time.Minute})
	if minio == "" {
		if b.store, err = relaytest.NewS3(relaytest.AWSOptions{}); err == nil {
			b.endpoint = b.store.URL
		}
	} else {
		err = b.startMinIO(minio, dir)
	}
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bucket) startMinIO(path, dir string) error {
	addr, err := freePort()
	if err != nil {
		return err
	}
	console, err := freePort()
	if err != nil {
		return err
	}
	env := []string{"MINIO_ROOT_USER=" + bucketUser, "MINIO_ROOT_PASSWORD=" + token, "MINIO_REGION=us-east-1", "MINIO_BROWSER=off"}
	b.endpoint = "http://" + addr
	b.minio, err = startProc(filepath.Join(dir, "minio.log"), env, path, "server", "--quiet", "--address", addr, "--console-address", console, filepath.Join(dir, "minio"))
	return err
}

func (b *bucket) close() {
	b.client.CloseIdleConnections()
	if b.minio != nil {
		b.minio.kill()
	}
	if b.store != nil {
		b.store.Close()
	}
	b.queue.Close()
}

// fill stores objects that hold count records in all.
func (b *bucket) fill(ctx context.Context, count uint64) error {
	if err := b.create(ctx); err != nil {
		return err
	}
	n := (count + b.records - 1) / b.records
	if n > maxSenders {
		return fmt.Errorf("%d objects: %d are possible", n, maxSenders)
	}
	b.notices, b.sent = make([]string, n), make([]uint64, n)
	for i := range b.sent {
		b.sent[i] = min(b.records, count-uint64(i)*b.records)
	}
	errs := make([]error, min(uploads, n))
	var next atomic.Int64
	var wg sync.WaitGroup
	for w := range errs {
		wg.Go(func() {
			m := newMaker(b.content)
			for i := int(next.Add(1)) - 1; i < len(b.sent) && errs[w] == nil; i = int(next.Add(1)) - 1 {
				errs[w] = b.put(ctx, m, i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// put makes and stores an object.
func (b *bucket) put(ctx context.Context, m *maker, i int) error {
	made, err := m.object(i, b.sent[i])
	if err != nil {
		return err
	}
	tag, err := b.request(ctx, bucketName+"/"+made.key, made.zipped)
	if err != nil {
		return err
	}
	b.notices[i] = relaytest.S3Event(relaytest.S3Notice{Bucket: bucketName, Key: made.key, ETag: tag, Size: int64(len(made.zipped)), Time: time.Now()})
	b.text.Add(made.text)
	b.zipped.Add(int64(len(made.zipped)))
	return nil
}

// create makes the bucket, once S3 is up.
func (b *bucket) create(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		_, err := b.request(ctx, bucketName, nil)
		if err == nil {
			return nil
		}
		if pause(ctx, 20*time.Millisecond) != nil {
			return fmt.Errorf("waiting for S3: %w", err)
		}
	}
}

// request puts something to a path and returns its entity tag.
func (b *bucket) request(ctx context.Context, path string, data []byte) (tag string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, b.endpoint+"/"+path, bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	sign(req, bucketUser, token, time.Now())
	resp, err := b.client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("storing %s: %s: %s", path, resp.Status, said)
	}
	return strings.Trim(resp.Header.Get("ETag"), `"`), nil
}
