//go:build integration

package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"logrelay/relay/relaytest"
)

// boto3 lets a function of a template ask moto, by the boto3 that moto brings and its Python.
func (f *function) boto3(endpoint string) {
	f.python = filepath.Join(filepath.Dir(os.Getenv("LOGRELAY_TEST_MOTO")), "python")
	f.stub = ""
	maps.Copy(f.env, map[string]string{"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})
}

func motoS3(t *testing.T, endpoint, bucket string) *s3.Client {
	t.Helper()
	client := s3.New(s3.Options{Region: "us-east-1", BaseEndpoint: &endpoint, UsePathStyle: true, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")})
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	return client
}

// TestPushByBoto3: the function reads S3 by the library that it has in Lambda.
func TestPushByBoto3(t *testing.T) {
	t.Parallel()
	endpoint := relaytest.Moto(t)
	f, n := newFunction(t, "vpc-flow-logs-push", "Function"), newNumbers()
	f.relay()
	f.boto3(endpoint)
	a := &account{t: t, bucket: pullBucket, s3: motoS3(t, endpoint, pullBucket)}
	a.objects = a.put
	for name, value := range map[string]string{"text": f.s.token(), "firehose": `{"api_key":"` + f.s.token() + `"}`} {
		body := motoJSON(t, endpoint, "secretsmanager.CreateSecret", map[string]string{"Name": name, "SecretString": value})
		f.env["TOKEN_SECRET"] = body["ARN"].(string)
		f.want(name, f.push(relaytest.S3Event(a.flows(n, name, 12_000))), []string{})
	}
	f.s.settled(n.count())
	f.s.tally.complete(t, "https", n)
}

// motoJSON asks one of moto's services that speak JSON.
func motoJSON(t *testing.T, endpoint, target string, in any) (out map[string]any) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	service, _, _ := strings.Cut(target, ".")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", target)
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=testing/20260102/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v", target, resp.StatusCode, err)
	}
	return out
}

// TestNotifier: a bucket that has notifications keeps them, and loses ours alone with the stack.
func TestNotifier(t *testing.T) {
	t.Parallel()
	endpoint := relaytest.Moto(t)
	f := newFunction(t, "vpc-flow-logs", "NotifierFunction")
	f.env = map[string]string{"TEST_SECONDS": "60"}
	f.boto3(endpoint)
	client := motoS3(t, endpoint, "shared")
	queues := sqs.New(sqs.Options{Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")})
	for _, name := range []string{"ours", "other"} {
		if _, err := queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := client.PutBucketNotificationConfiguration(t.Context(), &s3.PutBucketNotificationConfigurationInput{
		Bucket: aws.String("shared"), NotificationConfiguration: &types.NotificationConfiguration{QueueConfigurations: []types.QueueConfiguration{{
			Id: aws.String("theirs"), QueueArn: aws.String("arn:aws:sqs:us-east-1:123456789012:other"), Events: []types.Event{types.EventS3ObjectRemoved},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		request, bucket, status string
		want                    int
	}{{"Create", "shared", "SUCCESS", 2}, {"Update", "shared", "SUCCESS", 2}, {"Create", "missing", "FAILED", 2}, {"Delete", "shared", "SUCCESS", 1}, {"Delete", "missing", "SUCCESS", 1}} {
		answer := f.resource(step.request, map[string]string{"Bucket": step.bucket, "Queue": "arn:aws:sqs:us-east-1:123456789012:ours", "Id": "logrelay-ours"})
		now, err := client.GetBucketNotificationConfiguration(t.Context(), &s3.GetBucketNotificationConfigurationInput{Bucket: aws.String("shared")})
		if err != nil || len(now.QueueConfigurations) != step.want || answer.Status != step.status || answer.PhysicalResourceID == "" {
			t.Errorf("%s of %s: %+v, %d notifications, %v\n%s", step.request, step.bucket, answer, len(now.QueueConfigurations), err, f.said)
		}
	}
}
