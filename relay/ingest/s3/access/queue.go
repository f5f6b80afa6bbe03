package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go/logging"

	"logrelay/relay/ingest/s3"
)

const (
	batchMost     = 10
	maxVisibility = 12 * time.Hour
)

// Queue is an SQS queue, standard or FIFO. It implements s3.Queue. Safe for concurrent use.
type Queue struct {
	access   *Access
	client   *sqs.Client
	url      string
	region   string
	resource string // its ARN, or its URL where there is none
}

// Queue reaches a queue by its URL or ARN. The URL of a host that is not AWS's is its own endpoint, unless Options has one. Nothing is asked of AWS.
func (a *Access) Queue(urlOrARN string) (*Queue, error) {
	at, err := parseQueue(urlOrARN)
	if err != nil {
		return nil, err
	}
	q := &Queue{access: a, url: at.url, region: or(at.region, a.region), resource: or(at.arn, at.url)}
	own := or(a.o.SQSEndpoint, at.endpoint)
	if own != "" {
		if err := checkEndpoint(own, a.o.Insecure); err != nil {
			return nil, fmt.Errorf("queue %s: %w", urlOrARN, err)
		}
	}
	if p, err := partitionOf(q.region); err == nil && p.name != a.partition.name {
		return nil, fmt.Errorf("queue %s is in partition %s, and the credentials are for region %s in %s", urlOrARN, p.name, a.region, a.partition.name)
	} else if err != nil && own == "" {
		return nil, fmt.Errorf("queue %s: %w", urlOrARN, err)
	}
	if q.url == "" {
		q.url = fmt.Sprintf("%s/%s/%s", or(own, "https://sqs."+q.region+"."+a.partition.suffix), at.account, at.name)
	}
	q.client = sqs.New(sqs.Options{
		Region: q.region, Credentials: a.creds, HTTPClient: a.calls, Retryer: retryer(), Logger: logging.Nop{}, BaseEndpoint: endpoint(own),
		EndpointOptions: sqs.EndpointResolverOptions{UseFIPSEndpoint: a.fips(own), UseDualStackEndpoint: a.dualStack(own)},
	})
	return q, nil
}

// Resource is the queue's ARN, or its URL where it has none.
func (q *Queue) Resource() string { return q.resource }

// Region is the queue's.
func (q *Queue) Region() string { return q.region }

// Receive implements s3.Queue.
func (q *Queue) Receive(ctx context.Context, limit int, visibility time.Duration) ([]s3.Message, error) {
	out, err := q.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &q.url, MaxNumberOfMessages: int32(min(limit, batchMost)), VisibilityTimeout: seconds(visibility),
		WaitTimeSeconds: int32(longPoll / time.Second),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameApproximateReceiveCount, types.MessageSystemAttributeNameSentTimestamp,
		},
	})
	if err != nil {
		return nil, q.classify(ctx, err, "sqs:ReceiveMessage")
	}
	messages := make([]s3.Message, len(out.Messages))
	for i, m := range out.Messages {
		messages[i] = s3.Message{ID: aws.ToString(m.MessageId), Handle: aws.ToString(m.ReceiptHandle), Body: aws.ToString(m.Body), Receives: 1}
		if n, err := strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)]); err == nil && n > 0 {
			messages[i].Receives = n
		}
		if ms, err := strconv.ParseInt(m.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64); err == nil && ms > 0 {
			messages[i].Sent = time.UnixMilli(ms)
		}
	}
	return messages, nil
}

// Delete implements s3.Queue.
func (q *Queue) Delete(ctx context.Context, handles []string) ([]error, error) {
	const action = "sqs:DeleteMessage"
	if len(handles) == 0 {
		return nil, nil
	}
	in := &sqs.DeleteMessageBatchInput{QueueUrl: &q.url}
	for i, h := range handles {
		in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(h)})
	}
	out, err := q.client.DeleteMessageBatch(ctx, in)
	if err != nil {
		return nil, q.classify(ctx, err, action)
	}
	done := make([]*string, len(out.Successful))
	for i, s := range out.Successful {
		done[i] = s.Id
	}
	return q.outcomes(action, len(handles), done, out.Failed), nil
}

// Hide implements s3.Queue.
func (q *Queue) Hide(ctx context.Context, messages []s3.Hiding) ([]error, error) {
	const action = "sqs:ChangeMessageVisibility"
	if len(messages) == 0 {
		return nil, nil
	}
	in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &q.url}
	for i, m := range messages {
		in.Entries = append(in.Entries, types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(m.Handle), VisibilityTimeout: seconds(m.For),
		})
	}
	out, err := q.client.ChangeMessageVisibilityBatch(ctx, in)
	if err != nil {
		return nil, q.classify(ctx, err, action)
	}
	done := make([]*string, len(out.Successful))
	for i, s := range out.Successful {
		done[i] = s.Id
	}
	return q.outcomes(action, len(messages), done, out.Failed), nil
}

// outcomes puts the answer to a batch in the order of its entries. What the answer does not name did not happen.
func (q *Queue) outcomes(action string, n int, done []*string, failed []types.BatchResultErrorEntry) []error {
	result := make([]error, n)
	for i := range result {
		id := strconv.Itoa(i)
		if slices.ContainsFunc(done, func(s *string) bool { return aws.ToString(s) == id }) {
			continue
		}
		f := slices.IndexFunc(failed, func(e types.BatchResultErrorEntry) bool { return aws.ToString(e.Id) == id })
		if f < 0 {
			result[i] = &s3.Error{Action: action, Resource: q.resource, Err: errors.New("the answer does not say what became of this message")}
			continue
		}
		result[i] = q.access.refused(site{action: action, resource: q.resource}, refusal{code: aws.ToString(failed[f].Code), message: aws.ToString(failed[f].Message)})
	}
	return result
}

// Redrives implements s3.Queue.
func (q *Queue) Redrives(ctx context.Context) (bool, error) {
	out, err := q.client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &q.url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameRedrivePolicy},
	})
	if err != nil {
		return false, q.classify(ctx, err, "sqs:GetQueueAttributes")
	}
	return out.Attributes[string(types.QueueAttributeNameRedrivePolicy)] != "", nil
}

func (q *Queue) classify(ctx context.Context, err error, action string) error {
	return q.access.classify(ctx, err, site{action: action, resource: q.resource})
}

// seconds rounds up: what is hidden too short is received twice.
func seconds(d time.Duration) int32 {
	return int32((min(max(d, 0), maxVisibility) + time.Second - 1) / time.Second)
}
