package access

import (
	"io"
	"log"
	"testing"
	"time"

	"logrelay/relay/relaytest"
)

// The contracts against the stand-ins of relaytest; integration_test.go runs them against real servers.

var testKeys = Keys{AccessKeyID: "AKIATEST", SecretAccessKey: "secret"}

// knownKeys knows testKeys.
func knownKeys() *relaytest.AWSKeys {
	k := &relaytest.AWSKeys{}
	k.Add(testKeys.AccessKeyID, "", "arn:aws:iam::"+relaytest.AWSAccount+":user/test")
	return k
}

func newSQS(t *testing.T) *relaytest.SQS {
	t.Helper()
	s, err := relaytest.NewSQS(relaytest.AWSOptions{Keys: knownKeys()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func newS3(t *testing.T) *relaytest.S3 {
	t.Helper()
	s, err := relaytest.NewS3(relaytest.AWSOptions{Keys: knownKeys()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestQueueOfStandIn(t *testing.T) {
	t.Parallel()
	testQueue(t, func(t *testing.T) queueWorld { // one each, as its clock is moved
		s := newSQS(t)
		s.Wait = 50 * time.Millisecond
		return queueWorld{
			endpoint: s.URL, keys: testKeys,
			make: func(_ *testing.T, name string, q relaytest.SQSQueue) string { return s.Queue(name, q) },
			send: func(_ *testing.T, url, group string, bodies ...string) {
				for _, b := range bodies {
					s.SendGroup(url[len(s.URL+"/"+relaytest.AWSAccount+"/"):], group, b)
				}
			},
			pass: s.Advance,
		}
	})
}

func TestStoreOfStandIn(t *testing.T) {
	t.Parallel()
	s := newS3(t)
	testStore(t, storeWorld{
		endpoint: s.URL, keys: testKeys,
		make: func(_ *testing.T, bucket string, versioned bool) {
			s.Bucket(bucket, relaytest.Bucket{Versioned: versioned})
		},
		put: func(_ *testing.T, bucket, key, encoding string, body []byte) (etag, version string) {
			n := s.PutEncoded(bucket, key, encoding, body)
			return n.ETag, n.Version
		},
		remove: func(_ *testing.T, bucket, key string) string { return s.Delete(bucket, key) },
		lax:    []string{"wrong secret"},
	})
}

// discard is for servers that would log what a test does to them.
func discard() *log.Logger { return log.New(io.Discard, "", 0) }
