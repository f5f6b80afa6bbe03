package relaytest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/url"
	"strings"
	"time"
)

// S3Notice is an object as notifications announce it.
type S3Notice struct {
	Bucket, Key, Version, ETag string
	Size                       int64
	Region                     string // "" means us-east-1
	Event                      string // "" means ObjectCreated:Put
	Time                       time.Time
}

// object is a JSON object.
type object = map[string]any

func marshal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("BUG: a notification made here is no JSON: " + err.Error())
	}
	return string(b)
}

func (n S3Notice) region() string {
	if n.Region == "" {
		return "us-east-1"
	}
	return n.Region
}

// escaped is a key as S3 writes it into its own events: form encoding, but for the slash.
func escaped(key string) string { return strings.ReplaceAll(url.QueryEscape(key), "%2F", "/") }

// S3Event is a notification of S3 itself (event version 2.x), for one object or several.
func S3Event(notices ...S3Notice) string {
	records := []object{}
	for i, n := range notices {
		event := n.Event
		if event == "" {
			event = "ObjectCreated:Put"
		}
		o := object{"key": escaped(n.Key), "size": n.Size, "eTag": n.ETag, "sequencer": "0055AED6DCD90281E" + string(rune('0'+i%10))}
		if n.Version != "" {
			o["versionId"] = n.Version
		}
		records = append(records, object{
			"eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": n.region(), "eventTime": n.Time.UTC().Format("2006-01-02T15:04:05.000Z"),
			"eventName": event, "userIdentity": object{"principalId": "EXAMPLE"}, "requestParameters": object{"sourceIPAddress": "192.0.2.1"},
			"responseElements": object{"x-amz-request-id": "EXAMPLE123456789", "x-amz-id-2": "EXAMPLE123/abc"},
			"s3": object{
				"s3SchemaVersion": "1.0", "configurationId": "logs",
				"bucket": object{"name": n.Bucket, "ownerIdentity": object{"principalId": "EXAMPLE"}, "arn": "arn:aws:s3:::" + n.Bucket},
				"object": o,
			},
		})
	}
	return marshal(object{"Records": records})
}

// S3Test is what S3 sends when notifications are switched on.
func S3Test(bucket string) string {
	return marshal(object{
		"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-01-02T03:04:05.678Z", "Bucket": bucket, "RequestId": "EXAMPLE", "HostId": "EXAMPLE",
	})
}

// SNS wraps a body as SNS does without raw delivery.
func SNS(subject, body string) string {
	return marshal(object{
		"Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "TopicArn": "arn:aws:sns:us-east-1:" + AWSAccount + ":logs",
		"Subject": subject, "Message": body, "Timestamp": "2026-01-02T03:04:05.678Z", "SignatureVersion": "1", "Signature": "EXAMPLE",
		"SigningCertURL": "https://sns.us-east-1.amazonaws.com/example.pem", "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
	})
}

// EventBridge is S3's event as EventBridge delivers it: the key is not encoded.
func EventBridge(n S3Notice) string {
	o := object{"key": n.Key, "size": n.Size, "etag": n.ETag, "sequencer": "0055AED6DCD90281E5"}
	if n.Version != "" {
		o["version-id"] = n.Version
	}
	return marshal(object{
		"version": "0", "id": "17793124-05d4-b198-2fde-7ededc63b103", "detail-type": "Object Created", "source": "aws.s3", "account": AWSAccount,
		"time": n.Time.UTC().Format(time.RFC3339), "region": n.region(), "resources": []string{"arn:aws:s3:::" + n.Bucket},
		"detail": object{
			"version": "0", "bucket": object{"name": n.Bucket}, "object": o, "request-id": "EXAMPLE", "requester": AWSAccount,
			"source-ip-address": "192.0.2.1", "reason": "PutObject",
		},
	})
}

// CloudTrailNotice is the message that CloudTrail itself gives to SNS, not wrapped.
func CloudTrailNotice(bucket string, keys ...string) string {
	return marshal(object{"s3Bucket": bucket, "s3ObjectKey": keys})
}

// Gzip compresses an object's body.
func Gzip(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(body); err != nil {
		panic("BUG: writing into memory failed: " + err.Error())
	}
	if err := z.Close(); err != nil {
		panic("BUG: writing into memory failed: " + err.Error())
	}
	return b.Bytes()
}
