//go:build integration

package access

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"logrelay/relay/ingest/s3"
	"logrelay/relay/ingest/s3/notice"
	"logrelay/relay/relaytest"
)

// s3Client is the SDK's own client, to arrange things with.
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

var minioKeys = Keys{AccessKeyID: relaytest.MinIOKeyID, SecretAccessKey: relaytest.MinIOSecret}

func TestStoreOfMinIO(t *testing.T) {
	t.Parallel()
	w := realStore(relaytest.MinIO(t), minioKeys)
	w.badKeys = []string{"a//b"}
	testStore(t, w)
}

func TestQueueOfElasticMQ(t *testing.T) {
	t.Parallel()
	w := realQueue(relaytest.ElasticMQ(t), testKeys)
	w.lax = []string{"hide too long"}
	testQueue(t, func(*testing.T) queueWorld { return w })
}

var motoKeys = Keys{AccessKeyID: "testing", SecretAccessKey: "testing"}

func TestQueueOfMoto(t *testing.T) {
	t.Parallel()
	w := realQueue(relaytest.Moto(t), motoKeys)
	testQueue(t, func(*testing.T) queueWorld { return w })
}

func TestStoreOfMoto(t *testing.T) {
	t.Parallel()
	w := realStore(relaytest.Moto(t), motoKeys)
	w.lax = []string{"unknown key", "wrong secret", "list pages"} // it takes any credentials, and its time
	testStore(t, w)
}

func TestEncryptedObjectsOfMinIO(t *testing.T) {
	t.Parallel()
	w := realStore(relaytest.MinIO(t), minioKeys)
	w.make(t, "encrypted", true)
	client := s3Client(w.endpoint, minioKeys)
	s := newStore(t, Options{Keys: static(minioKeys), S3Endpoint: w.endpoint}, StoreOptions{})
	body := bytes.Repeat([]byte("0123456789"), 100000)
	for key, sse := range map[string]s3types.ServerSideEncryption{"s3": s3types.ServerSideEncryptionAes256, "kms": s3types.ServerSideEncryptionAwsKms} {
		in := &awss3.PutObjectInput{Bucket: aws.String("encrypted"), Key: &key, Body: bytes.NewReader(body), ServerSideEncryption: sse}
		if key == "kms" {
			in.SSEKMSKeyId = aws.String("logs")
		}
		put, err := client.PutObject(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		tag, version := strings.Trim(aws.ToString(put.ETag), `"`), aws.ToString(put.VersionId)
		r := s3.Request{Bucket: "encrypted", Key: key, Version: version, IfMatch: tag}
		if got, err := gets(t.Context(), s, r); err != nil || !bytes.Equal(got, body) {
			t.Errorf("%s: %d bytes, %v", key, len(got), err)
		}
		r.Offset = 999_000
		if got, err := gets(t.Context(), s, r); err != nil || !bytes.Equal(got, body[r.Offset:]) {
			t.Errorf("%s: a part of %d bytes, %v", key, len(got), err)
		}
	}
}

// TestMultipartOfMinIO: an object of several parts, whose entity tag is no hash of it, read in pieces.
func TestMultipartOfMinIO(t *testing.T) {
	t.Parallel()
	w := realStore(relaytest.MinIO(t), minioKeys)
	w.make(t, "parts", false)
	client := s3Client(w.endpoint, minioKeys)
	bucket, key := aws.String("parts"), aws.String("k")
	up, err := client.CreateMultipartUpload(t.Context(), &awss3.CreateMultipartUploadInput{Bucket: bucket, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	var whole []byte
	var parts []s3types.CompletedPart
	for i := range int32(3) {
		body := bytes.Repeat([]byte{byte('a' + i)}, 5<<20+int(i))
		whole = append(whole, body...)
		out, err := client.UploadPart(t.Context(), &awss3.UploadPartInput{Bucket: bucket, Key: key, UploadId: up.UploadId, PartNumber: aws.Int32(i + 1), Body: bytes.NewReader(body)})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, s3types.CompletedPart{ETag: out.ETag, PartNumber: aws.Int32(i + 1)})
	}
	_, err = client.CompleteMultipartUpload(t.Context(), &awss3.CompleteMultipartUploadInput{
		Bucket: bucket, Key: key, UploadId: up.UploadId, MultipartUpload: &s3types.CompletedMultipartUpload{Parts: parts},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := newStore(t, Options{Keys: static(minioKeys), S3Endpoint: w.endpoint}, StoreOptions{})
	o, err := s.Get(t.Context(), s3.Request{Bucket: "parts", Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	_ = o.Body.Close()
	var got []byte
	for int64(len(got)) < o.Size {
		part, err := gets(t.Context(), s, s3.Request{Bucket: "parts", Key: "k", IfMatch: o.ETag, Offset: int64(len(got)), Length: 4 << 20})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, part...)
	}
	if !bytes.Equal(got, whole) || !strings.Contains(o.ETag, "-") {
		t.Errorf("%d of %d bytes, tag %s", len(got), len(whole), o.ETag)
	}
}

// TestMotoFromObjectToMessage: S3 announces an object to SQS, and who has assumed a role reads both, with keys that moto's IAM checks.
func TestMotoFromObjectToMessage(t *testing.T) {
	t.Parallel()
	endpoint := relaytest.Moto(t)
	client, queues := s3Client(endpoint, motoKeys), sqsClient(endpoint, motoKeys)
	w := realStore(endpoint, motoKeys)
	w.make(t, "logs", true)
	url := realQueue(endpoint, motoKeys).make(t, "notices", relaytest.SQSQueue{})
	about, err := queues.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.PutBucketNotificationConfiguration(t.Context(), &awss3.PutBucketNotificationConfigurationInput{
		Bucket: aws.String("logs"), NotificationConfiguration: &s3types.NotificationConfiguration{QueueConfigurations: []s3types.QueueConfiguration{{
			QueueArn: aws.String(about.Attributes["QueueArn"]), Events: []s3types.Event{s3types.EventS3ObjectCreated},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.PutBucketEncryption(t.Context(), &awss3.PutBucketEncryptionInput{
		Bucket: aws.String("logs"), ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{Rules: []s3types.ServerSideEncryptionRule{{
			ApplyServerSideEncryptionByDefault: &s3types.ServerSideEncryptionByDefault{SSEAlgorithm: s3types.ServerSideEncryptionAwsKms},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, version := w.put(t, "logs", "AWSLogs/a b+c.log", "", []byte("line\n"))

	a := newAccess(t, Options{
		Keys: static(motoKeys), RoleARN: "arn:aws:iam::123456789012:role/relay", ExternalID: "external", SessionName: "edge",
		S3Endpoint: endpoint, SQSEndpoint: endpoint, STSEndpoint: endpoint,
	})
	if id, err := a.Identity(t.Context()); err != nil || !strings.Contains(id.ARN, "assumed-role/relay/edge") {
		t.Errorf("%+v, %v", id, err)
	}
	q, err := a.Queue(about.Attributes["QueueArn"])
	if err != nil {
		t.Fatal(err)
	}
	var body string
	for !strings.Contains(body, "ObjectCreated") { // S3 sends a test event first
		got, err := q.Receive(t.Context(), 1, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range got {
			body = m.Body
			if outcomes, err := q.Delete(t.Context(), []string{m.Handle}); err != nil || outcomes[0] != nil {
				t.Errorf("%v, %v", outcomes, err)
			}
		}
	}
	notice, err := notice.Parse([]byte(body))
	if err != nil || len(notice.Objects) != 1 {
		t.Fatalf("%+v, %v", notice, err)
	}
	o := notice.Objects[0]
	if o.Bucket != "logs" || o.Key != "AWSLogs/a b+c.log" || o.Version != "" && o.Version != version { // moto does not announce versions
		t.Errorf("announced %+v", o)
	}
	s, err := a.Store(StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := gets(t.Context(), s, s3.Request{Bucket: o.Bucket, Key: o.Key, Version: o.Version, Region: o.Region, IfMatch: o.ETag}); err != nil || string(got) != "line\n" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestMotoChecksKeys: with moto's IAM switched on, what an identity may not do is named.
func TestMotoChecksKeys(t *testing.T) {
	t.Parallel()
	endpoint := relaytest.Moto(t, "INITIAL_NO_AUTH_ACTION_COUNT=2")
	w := realStore(endpoint, motoKeys)
	w.make(t, "logs", false) // the two requests that are not checked
	w.put(t, "logs", "k", "", []byte("x"))
	s := newStore(t, Options{Keys: static(Keys{AccessKeyID: "AKIANOTHERE", SecretAccessKey: "canary"}), S3Endpoint: endpoint}, StoreOptions{})
	_, err := s.Get(t.Context(), s3.Request{Bucket: "logs", Key: "k"})
	wantDenied(t, err, "InvalidAccessKeyId", "access key id")
	q, err := newAccess(t, Options{Keys: static(Keys{AccessKeyID: "AKIANOTHERE", SecretAccessKey: "canary"}), SQSEndpoint: endpoint}).Queue("arn:aws:sqs:us-east-1:123456789012:logs")
	if err != nil {
		t.Fatal(err)
	}
	_, err = q.Receive(t.Context(), 1, time.Minute)
	wantClass(t, err, s3.Denied)
}
