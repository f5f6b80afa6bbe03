package access

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"logrelay/relay/ingest/s3"
)

// maxRegions bounds how many buckets are remembered with their regions.
const maxRegions = 1024

// regions remembers where buckets are. Safe for concurrent use.
type regions struct {
	mu sync.Mutex
	of map[string]string
}

func (r *regions) get(bucket string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.of[bucket]
}

func (r *regions) set(bucket, region string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = map[string]string{}
	}
	if len(r.of) >= maxRegions {
		for old := range r.of { // any one: it costs the next reader of that bucket one request
			delete(r.of, old)
			break
		}
	}
	r.of[bucket] = region
}

// begin says in which region to look for a bucket first. It refuses names that are none, before any request: they come from strangers.
func (s *Store) begin(at site, r s3.Request) (string, error) {
	refuse := func(err error) error {
		return &s3.Error{Class: s3.Missing, Action: at.action, Resource: at.resource, Err: err}
	}
	if !bucketName.MatchString(r.Bucket) || strings.Contains(r.Bucket, "..") {
		return "", refuse(fmt.Errorf("%q is no name of a bucket", clean(r.Bucket)))
	}
	if r.Key == "" || len(r.Key) > maxKey {
		return "", refuse(fmt.Errorf("a key has 1 to %d bytes, this one has %d", maxKey, len(r.Key)))
	}
	if known := s.regions.get(r.Bucket); known != "" {
		return known, nil
	}
	if r.Region == "" || s.access.o.S3Endpoint != "" {
		return s.region, nil
	}
	if err := s.access.regionFits(r.Region); err != nil {
		return "", refuse(err)
	}
	return r.Region, nil
}

const maxKey = 1024

// in calls f with a region, and again with the one that the answer names when the bucket is not there.
func (s *Store) in(ctx context.Context, bucket, region string, f func(region string) error) error {
	for try := 0; ; try++ {
		err := f(region)
		if err == nil {
			if region != s.region {
				s.regions.set(bucket, region)
			}
			return nil
		}
		other := elsewhere(err)
		if other == "" || other == region || try == maxRedirections || ctx.Err() != nil {
			return err
		}
		if misfit := s.access.regionFits(other); misfit != nil {
			return fmt.Errorf("the bucket is elsewhere: %w", misfit)
		}
		s.regions.set(bucket, other)
		region = other
	}
}

// expecting is how S3 names the right region to who signed for a wrong one.
var expecting = regexp.MustCompile(`expecting '([A-Za-z0-9-]{1,63})'`)

// elsewhere returns the region in which an answer says the bucket is, "" if it says nothing.
func elsewhere(err error) string {
	status, h := answered(err)
	switch status {
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusBadRequest, http.StatusForbidden:
	default:
		return ""
	}
	if region := h.Get("X-Amz-Bucket-Region"); region != "" {
		return region
	}
	if m := expecting.FindStringSubmatch(refusalOf(err).message); m != nil {
		return m[1]
	}
	return ""
}
