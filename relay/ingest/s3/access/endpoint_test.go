package access

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"logrelay/relay/ingest/s3"
)

// recorder answers nothing and keeps where requests would have gone.
type recorder struct{ to string }

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.to = req.URL.Scheme + "://" + req.URL.Host + req.URL.EscapedPath()
	if req.Body != nil {
		_, _ = io.Copy(io.Discard, req.Body)
	}
	return nil, errors.New("nobody is there")
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		o              Options
		queue          string
		s3, sqs, token string
	}{
		{"plain", Options{Region: "eu-west-1"}, "arn:aws:sqs:us-west-2:111122223333:q", "https://logs.s3.eu-west-1.amazonaws.com/k", "https://sqs.us-west-2.amazonaws.com/", "https://sts.eu-west-1.amazonaws.com/"},
		{"FIPS", Options{Region: "us-east-1", FIPS: true}, "arn:aws:sqs:us-east-1:111122223333:q", "https://logs.s3-fips.us-east-1.amazonaws.com/k", "https://sqs-fips.us-east-1.amazonaws.com/", "https://sts-fips.us-east-1.amazonaws.com/"},
		{"dual-stack", Options{Region: "us-east-1", DualStack: true}, "arn:aws:sqs:us-east-1:111122223333:q", "https://logs.s3.dualstack.us-east-1.amazonaws.com/k", "https://sqs.us-east-1.api.aws/", "https://sts.us-east-1.api.aws/"},
		{"China", Options{Region: "cn-north-1"}, "arn:aws-cn:sqs:cn-northwest-1:111122223333:q", "https://logs.s3.cn-north-1.amazonaws.com.cn/k", "https://sqs.cn-northwest-1.amazonaws.com.cn/", "https://sts.cn-north-1.amazonaws.com.cn/"},
		{"GovCloud", Options{Region: "us-gov-west-1", FIPS: true}, "arn:aws-us-gov:sqs:us-gov-west-1:111122223333:q", "https://logs.s3-fips.us-gov-west-1.amazonaws.com/k", "https://sqs.us-gov-west-1.amazonaws.com/", "https://sts.us-gov-west-1.amazonaws.com/"},
		{"path style", Options{Region: "us-east-1", PathStyle: true}, "https://vpce-1.sqs.us-east-1.vpce.amazonaws.com/111122223333/q", "https://s3.us-east-1.amazonaws.com/logs/k", "https://vpce-1.sqs.us-east-1.vpce.amazonaws.com/", "https://sts.us-east-1.amazonaws.com/"},
		{"custom by name", Options{Region: "us-east-1", S3Endpoint: "https://s3.example.com", SQSEndpoint: "https://sqs.example.com", STSEndpoint: "https://sts.example.com", FIPS: true}, "arn:aws:sqs:us-east-1:111122223333:q", "https://logs.s3.example.com/k", "https://sqs.example.com/", "https://sts.example.com/"},
		{"custom by address", Options{Region: "us-east-1", S3Endpoint: "http://127.0.0.1:9000", SQSEndpoint: "http://127.0.0.1:9324", STSEndpoint: "http://127.0.0.1:1"}, "arn:aws:sqs:us-east-1:111122223333:q", "http://127.0.0.1:9000/logs/k", "http://127.0.0.1:9324/", "http://127.0.0.1:1/"},
		{"custom queue", Options{Region: "us-east-1"}, "http://localhost:9324/000000000000/q", "https://logs.s3.us-east-1.amazonaws.com/k", "http://localhost:9324/", "https://sts.us-east-1.amazonaws.com/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.o.Keys = static(testKeys)
			a := newAccess(t, c.o)
			var seen recorder
			a.objects.Transport, a.calls.Transport = &seen, &seen
			want := func(what, url string) {
				t.Helper()
				if seen.to != url {
					t.Errorf("%s: %s, want %s", what, seen.to, url)
				}
			}
			s, err := a.Store(StoreOptions{})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Get(t.Context(), s3.Request{Bucket: "logs", Key: "k"})
			wantClass(t, err, s3.Transient)
			want("S3", c.s3)
			q, err := a.Queue(c.queue)
			if err != nil {
				t.Fatal(err)
			}
			_, err = q.Receive(t.Context(), 1, time.Minute)
			wantClass(t, err, s3.Transient)
			want("SQS", c.sqs)
			_, err = a.Identity(t.Context())
			wantClass(t, err, s3.Transient)
			want("STS", c.token)
		})
	}
}

// TestRegionOfTheNotice: what a notification says saves the way over the wrong region, inside the partition.
func TestRegionOfTheNotice(t *testing.T) {
	t.Parallel()
	a := newAccess(t, Options{Keys: static(testKeys)})
	var seen recorder
	a.objects.Transport = &seen
	s, err := a.Store(StoreOptions{Region: "eu-central-1"})
	if err != nil {
		t.Fatal(err)
	}
	for region, want := range map[string]string{"": "eu-central-1", "ap-south-1": "ap-south-1"} {
		_, err := s.Get(t.Context(), s3.Request{Bucket: "logs", Key: "k", Region: region})
		wantClass(t, err, s3.Transient)
		if seen.to != "https://logs.s3."+want+".amazonaws.com/k" {
			t.Errorf("%q: %s", region, seen.to)
		}
	}
	if _, err := a.Store(StoreOptions{Region: "cn-north-1"}); err == nil {
		t.Error("a store in another partition")
	}
}
