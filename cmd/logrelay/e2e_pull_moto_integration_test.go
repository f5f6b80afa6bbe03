//go:build integration

package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"logrelay/relay/relaytest"
	"logrelay/relay/status"
)

// What the relay is allowed, as README asks for it, and what its user is allowed: to take the role. In AWS the batches need no permission of their
// own (SQS developer guide, API permissions: actions and resource reference); in moto they do.
const (
	rolePolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","sqs:ReceiveMessage","sqs:DeleteMessage","sqs:ChangeMessageVisibility","sqs:DeleteMessageBatch","sqs:ChangeMessageVisibilityBatch"],"Resource":"*"}]}`
	userPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}`
	allPolicy  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	roleARN    = "arn:aws:iam::123456789012:role/relay"
)

// iam asks moto's IAM, which checks no keys yet.
func iam(t *testing.T, endpoint, action string, parameters ...string) (keyID, secret string) {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		form.Set(parameters[i], parameters[i+1])
	}
	var answer struct {
		Key    string `xml:"CreateAccessKeyResult>AccessKey>AccessKeyId"`
		Secret string `xml:"CreateAccessKeyResult>AccessKey>SecretAccessKey"`
	}
	if err := xml.Unmarshal(query(t, endpoint, "iam", action, "2010-05-08", form), &answer); err != nil {
		t.Fatalf("%s: %v", action, err)
	}
	return answer.Key, answer.Secret
}

// iamUser makes a user who may do what the policy says.
func iamUser(t *testing.T, endpoint, name, policy string) (keyID, secret string) {
	t.Helper()
	iam(t, endpoint, "CreateUser", "UserName", name)
	iam(t, endpoint, "PutUserPolicy", "UserName", name, "PolicyName", "p", "PolicyDocument", policy)
	return iam(t, endpoint, "CreateAccessKey", "UserName", name)
}

// TestPullFromMoto: S3 itself tells the queue, and the relay, which has assumed a role with an external id, may do no more than README asks for.
func TestPullFromMoto(t *testing.T) {
	t.Parallel()
	endpoint := relaytest.Moto(t)
	iam(t, endpoint, "CreateRole", "RoleName", "relay", "AssumeRolePolicyDocument", allPolicy)
	iam(t, endpoint, "PutRolePolicy", "RoleName", "relay", "PolicyName", "p", "PolicyDocument", rolePolicy)
	adminID, adminSecret := iamUser(t, endpoint, "admin", allPolicy)
	keyID, secret := iamUser(t, endpoint, "relay", userPolicy)
	resp, err := http.Post(endpoint+"/moto-api/reset-auth", "text/plain", strings.NewReader("0")) // from here on it checks keys
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	resp.Body.Close()

	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	var named atomic.Bool
	sts := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host // and the host that was signed stays
		r.Out.Host = r.In.Host
		body, _ := io.ReadAll(r.In.Body)
		if bytes.Contains(body, []byte("ExternalId=customer-7")) {
			named.Store(true)
		}
		r.Out.Body = io.NopCloser(bytes.NewReader(body))
	}})
	t.Cleanup(sts.Close)

	a := servers{endpoint, endpoint, sts.URL, adminID, adminSecret}.account(t, "logs")
	about, err := a.sqs.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &a.queue, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn}})
	if err != nil {
		t.Fatal(err)
	}
	queueARN := about.Attributes[string(types.QueueAttributeNameQueueArn)]
	_, err = a.s3.PutBucketNotificationConfiguration(t.Context(), &s3.PutBucketNotificationConfigurationInput{
		Bucket: &a.bucket, NotificationConfiguration: &s3types.NotificationConfiguration{QueueConfigurations: []s3types.QueueConfiguration{{
			QueueArn: aws.String(queueARN), Events: []s3types.Event{s3types.EventS3ObjectCreated},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s, n := newSite(t), newNumbers()
	s.env = append(s.env, "LOGRELAY_AWS_TEST_SECRET_ACCESS_KEY="+secret, "AWS_EC2_METADATA_DISABLED=true")
	s.configure(fmt.Sprintf("  trail: {type: s3, credentials: test, queue: '%s', sqs_endpoint: '%s', s3_endpoint: '%s', sts_endpoint: '%s', buckets: [logs]}\n", queueARN, endpoint, endpoint, sts.URL),
		s.httpsOutput(""), "aws: {test: {region: us-east-1, access_key_id: "+keyID+", role_arn: '"+roleARN+"', external_id: customer-7}}\n")
	s.start()
	for i := range 5 {
		a.flows(n, fmt.Sprintf("a b+%d", i), 100)
		a.trail(n, fmt.Sprint(i), 50)
	}
	s.await("all is in custody, and the messages are deleted", func(st status.Snapshot) bool {
		return int(st.Buffer.Records) == n.count() && a.messages() == 0
	})
	if !named.Load() {
		t.Error("no external id was sent to STS")
	}
	s.settled(n.count())
	s.verified(n.count())
	s.tally.complete(t, "https", n)
}
