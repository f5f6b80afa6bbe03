package access

import (
	"strings"
	"testing"

	"logrelay/relay/ingest/s3"
	"logrelay/relay/relaytest"
)

func TestQueueNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, url, resource, region, wrong string }{
		{in: "https://sqs.eu-west-1.amazonaws.com/111122223333/logs", resource: "arn:aws:sqs:eu-west-1:111122223333:logs", region: "eu-west-1"},
		{in: "https://eu-west-1.queue.amazonaws.com/111122223333/logs", resource: "arn:aws:sqs:eu-west-1:111122223333:logs", region: "eu-west-1"},
		{in: "https://queue.amazonaws.com/111122223333/logs", resource: "arn:aws:sqs:us-east-1:111122223333:logs", region: "us-east-1"},
		{in: "https://sqs-fips.us-east-2.amazonaws.com/111122223333/logs.fifo", resource: "arn:aws:sqs:us-east-2:111122223333:logs.fifo", region: "us-east-2"},
		{in: "https://sqs.us-east-2.api.aws/111122223333/logs", resource: "arn:aws:sqs:us-east-2:111122223333:logs", region: "us-east-2"},
		{in: "https://vpce-0123-abcd.sqs.us-east-2.vpce.amazonaws.com/111122223333/logs", resource: "arn:aws:sqs:us-east-2:111122223333:logs", region: "us-east-2"},
		{in: "arn:aws:sqs:us-west-2:111122223333:logs", url: "https://sqs.us-west-2.amazonaws.com/111122223333/logs", resource: "arn:aws:sqs:us-west-2:111122223333:logs", region: "us-west-2"},
		{in: "http://localhost:9324/000000000000/logs", resource: "http://localhost:9324/000000000000/logs", region: "us-east-1"},
		{in: "https://queues.example.com/logs", resource: "https://queues.example.com/logs", region: "us-east-1"},
		{in: "arn:aws-cn:sqs:cn-north-1:111122223333:logs", wrong: "partition aws-cn"},
		{in: "https://sqs.cn-north-1.amazonaws.com.cn/111122223333/logs", wrong: "partition aws-cn"},
		{in: "https://sqs.cn-north-1.amazonaws.com/111122223333/logs", wrong: "not at this host"},
		{in: "arn:aws:sqs:us-gov-west-1:111122223333:logs", wrong: "aws-us-gov"},
		{in: "arn:aws-iso:sqs:us-iso-east-1:111122223333:logs", wrong: "no region"},
		{in: "arn:aws:s3:::logs", wrong: "no ARN of a queue"},
		{in: "arn:aws:sqs:us-east-1:1:logs", wrong: "no ARN of a queue"},
		{in: "http://sqs.us-east-1.amazonaws.com/111122223333/logs", wrong: "should be like"},
		{in: "https://sqs.us-east-1.amazonaws.com/logs", wrong: "should be like"},
		{in: "https://s3.us-east-1.amazonaws.com/111122223333/logs", wrong: "none that SQS has"},
		{in: "http://queues.example.com/logs", wrong: "plain http"},
		{in: "https://me:canary@queues.example.com/logs", wrong: "neither"},
		{in: "logs", wrong: "neither"},
		{in: "", wrong: "neither"},
	} {
		q, err := newAccess(t, Options{Keys: static(testKeys)}).Queue(c.in)
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s: %v, want %q", c.in, err, c.wrong)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
		} else if q.url != or(c.url, c.in) || q.Resource() != c.resource || q.Region() != c.region {
			t.Errorf("%s: url %s, resource %s, region %s", c.in, q.url, q.Resource(), q.Region())
		}
	}
	if r := RegionOf("arn:aws-cn:sqs:cn-north-1:111122223333:logs"); r != "cn-north-1" {
		t.Errorf("RegionOf: %q", r)
	}
	if r := RegionOf("https://queues.example.com/logs"); r != "" {
		t.Errorf("RegionOf: %q", r)
	}
}

func TestOptionsThatDoNotFit(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]Options{
		"ARN of a role":             {RoleARN: "relay"},
		"partition aws-us-gov":      {RoleARN: "arn:aws-us-gov:iam::111122223333:role/relay", Region: "us-east-1"},
		"needs the ARN of a role":   {ExternalID: "x"},
		"neither keys nor":          {WebIdentityTokenFile: "f", RoleARN: testRole, Keys: static(testKeys)},
		"15 minutes to 12 hours":    {Duration: 1},
		"keys and a profile":        {Profile: "p", Keys: static(testKeys)},
		"everyone on the way reads": {S3Endpoint: "http://minio.example.com:9000"},
		"user name or password":     {S3Endpoint: "https://u:canary@minio.example.com"},
		"does not begin with":       {SQSEndpoint: "minio.example.com"},
		"no region":                 {Region: "mars"},
		"no certificate":            {CAFile: []byte("nothing")},
	} {
		o.Region = or(o.Region, "us-east-1")
		if _, err := NewAccess(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := NewAccess(t.Context(), Options{S3Endpoint: "http://minio.example.com:9000", Insecure: true, Region: "us-east-1"}); err != nil {
		t.Errorf("insecure: %v", err)
	}
}

func TestPartitionsOfRegions(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{
		"us-east-1": "aws", "ap-southeast-5": "aws", "il-central-1": "aws", "us-gov-east-1": "aws-us-gov", "cn-northwest-1": "aws-cn",
		"us-iso-east-1": "", "us-isob-east-1": "", "eu-isoe-west-1": "", "": "", "evil.example.com/": "", "us-east-1.evil": "",
	} {
		p, err := partitionOf(region)
		if p.name != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", region, p.name, err)
		}
	}
}

// TestNamesOfStrangers: a notification may name anything; what is no name, or of another partition, is refused before any request.
func TestNamesOfStrangers(t *testing.T) {
	t.Parallel()
	s := newStore(t, Options{}, StoreOptions{})
	for _, r := range []s3.Request{
		{Bucket: "", Key: "k"}, {Bucket: "a", Key: "k"}, {Bucket: "a/b", Key: "k"}, {Bucket: "evil.example.com:80", Key: "k"}, {Bucket: "../x", Key: "k"}, {Bucket: "a..b", Key: "k"},
		{Bucket: "arn:aws:s3:us-east-1:111122223333:accesspoint/x", Key: "k"}, {Bucket: "logs@evil", Key: "k"}, {Bucket: strings.Repeat("b", 300), Key: "k"},
		{Bucket: "logs", Key: ""}, {Bucket: "logs", Key: strings.Repeat("k", 1025)},
		{Bucket: "logs", Key: "k", Region: "cn-north-1"}, {Bucket: "logs", Key: "k", Region: "us-east-1.evil.example.com"}, {Bucket: "logs", Key: "k", Region: "x"},
	} {
		_, err := s.Get(t.Context(), r)
		wantClass(t, err, s3.Missing)
	}
}

func TestRegionOfABucketIsFoundOnce(t *testing.T) {
	t.Parallel()
	server := newS3(t)
	server.Bucket("logs", relaytest.Bucket{Region: "eu-west-1"})
	server.Put("logs", "k", []byte("x"))
	s := newStore(t, Options{S3Endpoint: server.URL}, StoreOptions{})
	for range 3 {
		if got, err := gets(t.Context(), s, s3.Request{Bucket: "logs", Key: "k"}); err != nil || string(got) != "x" {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if n := server.Calls("GetObject"); n != 4 {
		t.Errorf("%d requests for 3 objects", n)
	}
	if err := s.List(t.Context(), "logs", "", "", func(s3.Listed) error { return nil }); err != nil {
		t.Error(err)
	}
	// The bucket was made anew elsewhere.
	server.Bucket("logs", relaytest.Bucket{Region: "ap-south-1"})
	if _, err := gets(t.Context(), s, s3.Request{Bucket: "logs", Key: "k"}); err != nil {
		t.Error(err)
	}
}

func TestRegionsAreBounded(t *testing.T) {
	t.Parallel()
	var r regions
	for i := range 3 * maxRegions {
		r.set(strings.Repeat("b", i%7)+string(rune('a'+i%26))+strings.Repeat("c", i/100), "eu-west-1")
		r.set(strings.Repeat("x", i), "eu-west-1")
	}
	if len(r.of) > maxRegions {
		t.Errorf("%d buckets are remembered", len(r.of))
	}
}
