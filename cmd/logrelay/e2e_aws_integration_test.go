//go:build integration

package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"logrelay/relay/relaytest"
	"logrelay/relay/status"
)

// servers are real servers of S3 and SQS, and who may ask them.
type servers struct {
	s3URL, sqsURL, stsURL string
	keyID, secret         string
}

// account is a bucket and the queue that tells of it, at real servers.
type account struct {
	objects
	servers
	t             *testing.T
	s3            *s3.Client
	sqs           *sqs.Client
	bucket, queue string
}

func (v servers) account(t *testing.T, name string) *account {
	t.Helper()
	keys := credentials.NewStaticCredentialsProvider(v.keyID, v.secret, "")
	a := &account{
		servers: v, t: t, bucket: name,
		s3:  s3.New(s3.Options{Region: "us-east-1", BaseEndpoint: &v.s3URL, UsePathStyle: true, Credentials: keys}),
		sqs: sqs.New(sqs.Options{Region: "us-east-1", BaseEndpoint: &v.sqsURL, Credentials: keys}),
	}
	a.objects = a.put
	if _, err := a.s3.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &a.bucket}); err != nil {
		t.Fatal(err)
	}
	queue, err := a.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		t.Fatal(err)
	}
	a.queue = aws.ToString(queue.QueueUrl)
	return a
}

func (a *account) put(key string, body []byte) relaytest.S3Notice {
	a.t.Helper()
	out, err := a.s3.PutObject(a.t.Context(), &s3.PutObjectInput{Bucket: &a.bucket, Key: &key, Body: bytes.NewReader(body)})
	if err != nil {
		a.t.Fatal(err)
	}
	return relaytest.S3Notice{Bucket: a.bucket, Key: key, ETag: strings.Trim(aws.ToString(out.ETag), `"`), Size: int64(len(body)), Time: time.Now()}
}

// tell sends messages.
func (a *account) tell(bodies ...string) {
	a.t.Helper()
	for len(bodies) > 0 {
		var batch []types.SendMessageBatchRequestEntry
		for i, b := range bodies[:min(10, len(bodies))] {
			batch = append(batch, types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: &b})
		}
		out, err := a.sqs.SendMessageBatch(a.t.Context(), &sqs.SendMessageBatchInput{QueueUrl: &a.queue, Entries: batch})
		if err != nil || len(out.Failed) > 0 {
			a.t.Fatal(err, out)
		}
		bodies = bodies[len(batch):]
	}
}

// messages counts what the queue holds, hidden ones included.
func (a *account) messages() (n int) {
	a.t.Helper()
	names := []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible}
	out, err := a.sqs.GetQueueAttributes(a.t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &a.queue, AttributeNames: names})
	if err != nil {
		a.t.Fatal(err)
	}
	for _, name := range names {
		count, err := strconv.Atoi(out.Attributes[string(name)])
		if err != nil {
			a.t.Fatal(err)
		}
		n += count
	}
	return n
}

// pullsFrom configures an input that pulls, through s3URL if that is not the server's own.
func (s *site) pullsFrom(a *account, s3URL, outputs, more string) {
	s.t.Helper()
	s.env = append(s.env, "LOGRELAY_AWS_TEST_SECRET_ACCESS_KEY="+a.secret, "AWS_EC2_METADATA_DISABLED=true")
	s.configure(fmt.Sprintf("  trail: {type: s3, credentials: test, queue: '%s', sqs_endpoint: '%s', s3_endpoint: '%s', sts_endpoint: '%s', visibility_timeout: 30s, buckets: ['%s']%s}\n",
		a.queue, a.sqsURL, s3URL, a.stsURL, a.bucket, more),
		outputs, "aws: {test: {region: us-east-1, access_key_id: "+a.keyID+"}}\n", "drain_timeout: 100ms\nbuffer: {quota: 4GiB, reserve: 0}\n")
}

// keepAll is an output to a SIEM that is away, so that the log keeps everything until it was looked through.
const keepAll = "  away: {type: syslog, address: '127.0.0.1:1', from: oldest}\n"

// emptied waits until every message is deleted and everything that is in custody has come over HTTPS.
func (s *site) emptied(a *account) status.Snapshot {
	s.t.Helper()
	return s.await("the queue is empty, and all is delivered", func(st status.Snapshot) bool {
		return output(st, "https").Sum.Waiting == 0 && st.Inputs[0].Pull.Messages == 0 && a.messages() == 0
	})
}
