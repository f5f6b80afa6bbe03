package notice

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// vectors returns the sample messages, or skips.
func vectors(t testing.TB) []byte {
	dir, err := os.Getwd()
	for ; err == nil && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if b, err := os.ReadFile(filepath.Join(dir, "shared/reference/samples/s3events/sqs-bodies.jsonl")); err == nil {
			return b
		}
	}
	return nil
}

func TestVectors(t *testing.T) {
	t.Parallel()
	all := vectors(t)
	if all == nil {
		t.Skip("no folder shared/reference beside the repository: its messages are not run through")
	}
	for sc := bufio.NewScanner(bytes.NewReader(all)); sc.Scan(); {
		var v struct {
			ID, Body, Expect string
			Objects          []struct {
				Bucket, Key, Region string
				Size                int64
				Version             string `json:"version_id"`
			}
		}
		if err := json.Unmarshal(sc.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		t.Run(v.ID, func(t *testing.T) {
			n, err := Parse([]byte(v.Body))
			if (err != nil) != (v.Expect == "poison") {
				t.Fatalf("%s, got error %v", v.Expect, err)
			}
			if v.Expect == "delete" && n.Ignored == 0 {
				t.Error("nothing was ignored")
			}
			if len(n.Objects) != len(v.Objects) {
				t.Fatalf("%d objects, want %d", len(n.Objects), len(v.Objects))
			}
			for i, w := range v.Objects {
				o := n.Objects[i]
				if o.Bucket != w.Bucket || o.Key != w.Key || o.Size != w.Size || o.Version != w.Version || o.Region != w.Region {
					t.Errorf("got %+v, want %+v", o, w)
				}
				if o.Time.IsZero() {
					t.Error("no time")
				}
			}
		})
	}
}

// event returns an S3 event of one record.
func event(name, bucket, region, object string) string {
	return `{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"` + region + `","eventTime":"2026-11-21T09:15:32.123Z","eventName":"` + name +
		`","s3":{"bucket":{"name":"` + bucket + `"},"object":` + object + `}}]}`
}

// inSNS puts a body into an SNS envelope.
func inSNS(body string) string {
	b, _ := json.Marshal(map[string]string{"Type": "Notification", "Message": body})
	return string(b)
}

const bridge = `{"version":"0","detail-type":"Object Created","source":"aws.s3","time":"2026-11-21T09:15:32Z","region":"eu-central-1",` +
	`"detail":{"bucket":{"name":"logs"},"object":{"key":"a+b%20c","size":5,"etag":"d41d","version-id":"v1"}}}`

func TestShapes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		want       string // bucket key version etag region size; "" when nothing is to be read
	}{
		{"keys of S3 are form-encoded", event("ObjectCreated:Put", "logs", "us-east-1", `{"key":"a+b%2Bc%252B/%C3%BC","size":7,"eTag":"\"e1\"","versionId":"v"}`), "logs a b+c%2B/ü v e1 us-east-1 7"},
		{"no size", event("ObjectCreated:Copy", "logs", "us-east-1", `{"key":"k"}`), "logs k   us-east-1 -1"},
		{"version null is none", event("ObjectCreated:Put", "logs", "us-east-1", `{"key":"k","versionId":"null"}`), "logs k   us-east-1 -1"},
		{"restored", event("ObjectRestore:Completed", "logs", "us-east-1", `{"key":"k","size":1}`), "logs k   us-east-1 1"},
		{"restore begun", event("ObjectRestore:Post", "logs", "us-east-1", `{"key":"k","size":1}`), ""},
		{"replication", event("s3:Replication:OperationFailedReplication", "logs", "us-east-1", `{"key":"k"}`), ""},
		{"S3-compatible", strings.Replace(event("s3:ObjectCreated:Put", "logs", "", `{"key":"k","size":1}`), "aws:s3", "minio:s3", 1), "logs k    1"},
		{"later version", strings.Replace(event("ObjectCreated:Put", "logs", "us-east-1", `{"key":"k","size":1}`), "2.1", "2.17", 1), "logs k   us-east-1 1"},
		{"keys of EventBridge are not encoded", bridge, "logs a+b%20c v1 d41d eu-central-1 5"},
		{"EventBridge in SNS", inSNS(bridge), "logs a+b%20c v1 d41d eu-central-1 5"},
		{"EventBridge, removed", strings.Replace(bridge, "Object Created", "Object Deleted", 1), ""},
		{"EventBridge, restored", strings.Replace(bridge, "Object Created", "Object Restore Completed", 1), "logs a+b%20c v1 d41d eu-central-1 5"},
		{"CloudTrail in SNS", inSNS(`{"s3Bucket":"trail","s3ObjectKey":["AWSLogs/a+b"]}`), "trail AWSLogs/a+b    -1"},
		{"CloudTrail raw", `{"s3Bucket":"trail","s3ObjectKey":["AWSLogs/a"]}`, "trail AWSLogs/a    -1"},
		{"CloudTrail's validation", inSNS("CloudTrail validation message."), ""},
		{"test in SNS", inSNS(`{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"logs"}`), ""},
		{"folder", event("ObjectCreated:Put", "logs", "us-east-1", `{"key":"a/","size":0}`), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n, err := Parse([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" {
				if len(n.Objects) != 0 || n.Ignored != 1 {
					t.Errorf("got %+v, want one ignored event", n)
				}
				return
			}
			if len(n.Objects) != 1 || n.Ignored != 0 {
				t.Fatalf("got %+v, want one object", n)
			}
			o := n.Objects[0]
			size, _ := json.Marshal(o.Size)
			if got := strings.Join([]string{o.Bucket, o.Key, o.Version, o.ETag, o.Region, string(size)}, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPoison(t *testing.T) {
	t.Parallel()
	put := func(bucket, region, object string) string { return event("ObjectCreated:Put", bucket, region, object) }
	deep := bridge
	for range maxNesting + 1 {
		deep = inSNS(deep)
	}
	for _, c := range []struct{ name, body, says string }{
		{"empty", "", "JSON"},
		{"text", "hello", "invalid character"},
		{"an array", "[]", "array"},
		{"null", "null", "no notification"},
		{"foreign", `{"foo":1}`, "no notification"},
		{"too large", `{"Records":[]` + strings.Repeat(" ", MaxBody) + "}", "bytes"},
		{"another service", strings.Replace(put("logs", "us-east-1", `{"key":"k"}`), "aws:s3", "aws:kinesis", 1), "aws:kinesis"},
		{"another major version", strings.Replace(put("logs", "us-east-1", `{"key":"k"}`), "2.1", "3.0", 1), "3.0"},
		{"no event name", event("", "logs", "us-east-1", `{"key":"k"}`), "no event"},
		{"bucket with a path", put("logs/../x", "us-east-1", `{"key":"k"}`), "name of a bucket"},
		{"bucket that is an address", put("169.254.169.254", "us-east-1", `{"key":"k"}`), "name of a bucket"},
		{"bucket of capitals", put("Logs", "us-east-1", `{"key":"k"}`), "name of a bucket"},
		{"bucket too short", put("ab", "us-east-1", `{"key":"k"}`), "name of a bucket"},
		{"region that is a host", put("logs", "evil.example.com/", `{"key":"k"}`), "name of a region"},
		{"region without number", put("logs", "us-east-one", `{"key":"k"}`), "name of a region"},
		{"no key", put("logs", "us-east-1", `{}`), "key of an object"},
		{"long key", put("logs", "us-east-1", `{"key":"`+strings.Repeat("k", maxKey+1)+`"}`), "key of an object"},
		{"key that is no UTF-8", put("logs", "us-east-1", `{"key":"%ff"}`), "key of an object"},
		{"key badly encoded", put("logs", "us-east-1", `{"key":"%zz"}`), "decoding the key"},
		{"version with a line end", put("logs", "us-east-1", `{"key":"k","versionId":"a\r\nb"}`), "version"},
		{"entity tag with a line end", put("logs", "us-east-1", `{"key":"k","eTag":"a\nb"}`), "entity tag"},
		{"negative size", put("logs", "us-east-1", `{"key":"k","size":-5}`), "bytes"},
		{"nested too deep", deep, "nested"},
		{"SNS around text", inSNS("hello"), "invalid character"},
		{"SNS confirmation", `{"Type":"SubscriptionConfirmation","Message":"..."}`, "confirm"},
		{"EventBridge of another service", strings.Replace(bridge, "aws.s3", "aws.ec2", 1), "aws.ec2"},
		{"EventBridge by CloudTrail", strings.Replace(bridge, "Object Created", "AWS API Call via CloudTrail", 1), "tells of no object"},
		{"CloudTrail without keys", `{"s3Bucket":"trail","s3ObjectKey":[]}`, "without keys"},
		{"too many objects", `{"s3Bucket":"trail","s3ObjectKey":["k"` + strings.Repeat(`,"k"`, MaxObjects) + `]}`, "more than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n, err := Parse([]byte(c.body))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %+v and error %v, want one that says %q", n, err, c.says)
			}
			if len(n.Objects) != 0 || n.Ignored != 0 {
				t.Errorf("poison gave %+v", n)
			}
			if len(err.Error()) > 1000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	}
}

func TestRegions(t *testing.T) {
	t.Parallel()
	for _, r := range []string{"us-east-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "cn-north-1", "cn-northwest-1", "eusc-de-east-1", "ap-southeast-5", "mx-central-1"} {
		if !ValidRegion(r) {
			t.Errorf("%s is a region", r)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(bridge))
	f.Add([]byte(inSNS(bridge)))
	f.Add([]byte(event("ObjectCreated:Put", "logs", "us-east-1", `{"key":"a+b","size":1}`)))
	f.Add([]byte(`{"s3Bucket":"trail","s3ObjectKey":["AWSLogs/a"]}`))
	for line := range bytes.Lines(vectors(f)) {
		var v struct{ Body string }
		if json.Unmarshal(line, &v) == nil {
			f.Add([]byte(v.Body))
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := Parse(body)
		if err != nil {
			if len(n.Objects) != 0 || n.Ignored != 0 {
				t.Fatalf("error and %+v", n)
			}
			return
		}
		if len(n.Objects) > MaxObjects {
			t.Fatalf("%d objects", len(n.Objects))
		}
		for i := range n.Objects {
			if err := n.Objects[i].check(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
