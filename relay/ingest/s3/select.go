package s3

import (
	"crypto/sha256"
	"io"
	"strings"

	"logrelay/relay"
	"logrelay/relay/ingest/s3/notice"
)

// wanted says what is to be done with an object before anything is asked of S3: "" to read it, or why not.
func (s *Source) wanted(j *job) string {
	o := &j.object
	switch {
	case j.tally == nil && len(s.o.Buckets) > 0 && !matchAny(s.o.Buckets, o.Bucket):
		return objForeign
	case len(s.o.Include) > 0 && !matchAny(s.o.Include, o.Key), matchAny(s.o.Exclude, o.Key):
		return objExcluded
	case j.layout.Skip != "" && s.rule(o.Key) == nil:
		return objSkipped
	}
	return ""
}

// rule returns the first rule that fits a key, or nil.
func (s *Source) rule(key string) *Rule {
	for i := range s.o.Rules {
		if strings.HasPrefix(key, s.o.Rules[i].Prefix) {
			return &s.o.Rules[i]
		}
	}
	return nil
}

// delivery names what the object holds: bucket, key, and version, or where there is none the entity tag. The second result is its hash, which is zero
// when neither is known.
func (j *job) delivery(version, etag string) (string, relay.ID) {
	name := "s3://" + j.object.Bucket + "/" + j.object.Key
	switch {
	case version != "" && version != "null":
		name += "?versionId=" + version
	case etag != "":
		name += "?etag=" + etag
	default:
		return name, relay.ID{}
	}
	name += j.suffix
	return name, hashOf(name)
}

// idOf names an object as a notification does.
func idOf(o *notice.Object) relay.ID { return hashOf(o.Bucket, o.Key, o.Version, o.ETag) }

func hashOf(parts ...string) (id relay.ID) {
	h := sha256.New()
	for _, p := range parts {
		_, _ = io.WriteString(h, p)
		_, _ = h.Write([]byte{0})
	}
	copy(id[:], h.Sum(nil))
	return id
}
