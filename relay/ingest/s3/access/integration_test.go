//go:build integration

package access

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"logrelay/relay/relaytest"
)

// server starts a program of others, whose path an environment variable names, on free ports of loopback, and waits until it answers.
type server struct {
	variable, what string
	args           func(dir string, ports []int) []string
	env            []string
	path           string // to ask for
}

// start returns the program's URLs, one for each of two ports. The test is skipped where there is no such program.
func (s server) start(t *testing.T) []string {
	t.Helper()
	program := os.Getenv(s.variable)
	if program == "" {
		t.Skipf("%s is not here: %s names no program", s.what, s.variable)
	}
	ports := []int{freePort(t), freePort(t)}
	dir := t.TempDir()
	cmd := exec.Command(program, s.args(dir, ports)...)
	cmd.Env = append(os.Environ(), s.env...)
	cmd.Dir = dir
	var output tail
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", s.what, err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", s.what, output.String())
		}
	})
	urls := []string{"http://127.0.0.1:" + strconv.Itoa(ports[0]), "http://127.0.0.1:" + strconv.Itoa(ports[1])}
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		resp, err := http.Get(urls[0] + s.path)
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode < 500 {
				return urls
			}
		}
		if time.Since(begun) > 2*time.Minute {
			t.Fatalf("%s does not answer: %v", s.what, err)
		}
	}
}

// freePort is one that nobody had a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

// tail keeps the end of what a program says.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (w *tail) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.b = append(w.b, p...)
	w.b = w.b[max(0, len(w.b)-8192):]
	return len(p), nil
}

func (w *tail) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.b)
}

// clientFor is the SDK's own client, to arrange things with.
func s3Client(endpoint string, k Keys) *awss3.Client {
	return awss3.New(awss3.Options{
		Region: "us-east-1", BaseEndpoint: &endpoint, UsePathStyle: true,
		Credentials: awscredentials.NewStaticCredentialsProvider(k.AccessKeyID, k.SecretAccessKey, k.SessionToken),
	})
}

func sqsClient(endpoint string, k Keys) *sqs.Client {
	return sqs.New(sqs.Options{
		Region: "us-east-1", BaseEndpoint: &endpoint,
		Credentials: awscredentials.NewStaticCredentialsProvider(k.AccessKeyID, k.SecretAccessKey, k.SessionToken),
	})
}

// realStore arranges things in a real S3.
func realStore(endpoint string, k Keys) storeWorld {
	client := s3Client(endpoint, k)
	return storeWorld{
		endpoint: endpoint, keys: k,
		make: func(t *testing.T, bucket string, versioned bool) {
			t.Helper()
			if _, err := client.CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: &bucket}); err != nil {
				t.Fatal(err)
			}
			if versioned {
				_, err := client.PutBucketVersioning(t.Context(), &awss3.PutBucketVersioningInput{
					Bucket: &bucket, VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled},
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		},
		put: func(t *testing.T, bucket, key, encoding string, body []byte) (etag, version string) {
			t.Helper()
			in := &awss3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(body)}
			if encoding != "" {
				in.ContentEncoding = &encoding
			}
			out, err := client.PutObject(t.Context(), in)
			if err != nil {
				t.Errorf("putting %q: %v", key, err)
				return "", ""
			}
			return strings.Trim(aws.ToString(out.ETag), `"`), aws.ToString(out.VersionId)
		},
		remove: func(t *testing.T, bucket, key string) string {
			t.Helper()
			out, err := client.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: &bucket, Key: &key})
			if err != nil {
				t.Fatal(err)
			}
			return aws.ToString(out.VersionId)
		},
	}
}

// realQueue arranges things in a real SQS.
func realQueue(endpoint string, k Keys) queueWorld {
	client := sqsClient(endpoint, k)
	return queueWorld{
		endpoint: endpoint, keys: k, pass: time.Sleep,
		make: func(t *testing.T, name string, q relaytest.SQSQueue) string {
			t.Helper()
			attributes := map[string]string{}
			if strings.HasSuffix(name, ".fifo") {
				attributes["FifoQueue"], attributes["ContentBasedDeduplication"] = "true", "true"
			}
			if q.DeadLetters != "" {
				dead, err := client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &q.DeadLetters})
				if err != nil {
					t.Fatal(err)
				}
				about, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
					QueueUrl: dead.QueueUrl, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn},
				})
				if err != nil {
					t.Fatal(err)
				}
				attributes["RedrivePolicy"] = fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%d}`, about.Attributes["QueueArn"], q.MaxReceives)
			}
			out, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
			if err != nil {
				t.Fatal(err)
			}
			return aws.ToString(out.QueueUrl)
		},
		send: func(t *testing.T, url, group string, bodies ...string) {
			t.Helper()
			for _, b := range bodies {
				in := &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &b}
				if strings.HasSuffix(url, ".fifo") {
					in.MessageGroupId = &group
				}
				if _, err := client.SendMessage(t.Context(), in); err != nil {
					t.Error(err)
				}
			}
		},
	}
}

var minioKeys = Keys{AccessKeyID: "relaytest", SecretAccessKey: "relaytest-secret"}

func minio(t *testing.T) string {
	t.Helper()
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	return server{
		variable: "LOGRELAY_TEST_MINIO", what: "MinIO", path: "/minio/health/ready",
		args: func(dir string, ports []int) []string {
			return []string{
				"server", "--quiet", "--address", "127.0.0.1:" + strconv.Itoa(ports[0]), "--console-address", "127.0.0.1:" + strconv.Itoa(ports[1]),
				filepath.Join(dir, "data"),
			}
		},
		env: []string{
			"MINIO_ROOT_USER=" + minioKeys.AccessKeyID, "MINIO_ROOT_PASSWORD=" + minioKeys.SecretAccessKey, "MINIO_REGION=us-east-1", "MINIO_BROWSER=off",
			"MINIO_KMS_SECRET_KEY=logs:" + base64.StdEncoding.EncodeToString(key),
		},
	}.start(t)[0]
}

func TestStoreOfMinIO(t *testing.T) {
	t.Parallel()
	w := realStore(minio(t), minioKeys)
	w.badKeys = []string{"a//b"}
	testStore(t, w)
}

func TestQueueOfElasticMQ(t *testing.T) {
	t.Parallel()
	urls := server{
		variable: "LOGRELAY_TEST_ELASTICMQ", what: "ElasticMQ", path: "/health",
		args: func(_ string, ports []int) []string { return []string{strconv.Itoa(ports[0])} },
	}.start(t)
	w := realQueue(urls[0], testKeys)
	w.lax = []string{"hide too long"}
	testQueue(t, func(*testing.T) queueWorld { return w })
}

var motoKeys = Keys{AccessKeyID: "testing", SecretAccessKey: "testing"}

func moto(t *testing.T, env ...string) string {
	t.Helper()
	return server{
		variable: "LOGRELAY_TEST_MOTO", what: "moto's server", path: "/moto-api/", env: env,
		args: func(_ string, ports []int) []string { return []string{"-H", "127.0.0.1", "-p", strconv.Itoa(ports[0])} },
	}.start(t)[0]
}

func TestQueueOfMoto(t *testing.T) {
	t.Parallel()
	w := realQueue(moto(t), motoKeys)
	testQueue(t, func(*testing.T) queueWorld { return w })
}

func TestStoreOfMoto(t *testing.T) {
	t.Parallel()
	w := realStore(moto(t), motoKeys)
	w.lax = []string{"unknown key", "wrong secret"} // it takes any credentials
	testStore(t, w)
}
