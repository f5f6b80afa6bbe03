package notice

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Bounds on what a message may say.
const (
	MaxBody    = 1 << 20 // bytes; what SQS allows
	MaxObjects = 1000    // S3 sends one, CloudTrail a few
	maxNesting = 3       // SNS in SNS in SNS
)

// Object is an object that a notification names.
type Object struct {
	Bucket, Key, Version string // the key as it is, decoded; Version is "" where the bucket keeps none, or it is "null"
	ETag                 string // without quotes; "" when not said
	Region               string // of the bucket; "" when not said
	Size                 int64  // bytes; -1 when not said
	Time                 time.Time
}

// Notice is what a message says.
type Notice struct {
	Objects []Object // to be read
	Ignored int      // events that name nothing to read: removals, tags, folders, test events
}

// message has the members by which the shapes are told apart.
type message struct {
	Records *[]record // S3

	Type    string // SNS
	Message *string

	Service, Event string // S3's test

	Bucket string   `json:"s3Bucket"` // CloudTrail
	Keys   []string `json:"s3ObjectKey"`

	Source     string `json:"source"` // EventBridge
	DetailType string `json:"detail-type"`
	Region     string `json:"region"`
	Time       string `json:"time"`
	Detail     *detail
}

// Parse reads the body of a message. An error says why it is none that is known. It keeps nothing of body.
func Parse(body []byte) (Notice, error) {
	if len(body) > MaxBody {
		return Notice{}, fmt.Errorf("a message of %d bytes: SQS allows %d", len(body), MaxBody)
	}
	var n Notice
	if err := n.take(body, 0); err != nil {
		return Notice{}, err
	}
	return n, nil
}

// take adds what a body says.
func (n *Notice) take(body []byte, depth int) error {
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		return fmt.Errorf("reading a notification: %w", err)
	}
	switch {
	case m.Records != nil:
		return n.takeRecords(*m.Records)
	case m.Type != "":
		return n.takeSNS(&m, depth)
	case m.Source != "" && m.DetailType != "":
		return n.takeEventBridge(&m)
	case m.Bucket != "":
		return n.takeCloudTrail(&m)
	case m.Event == "s3:TestEvent":
		n.Ignored++
		return nil
	}
	return errors.New("JSON that is no notification of S3, SNS, EventBridge or CloudTrail")
}

// validation is what CloudTrail publishes when a trail is given a topic.
const validation = "CloudTrail validation message."

func (n *Notice) takeSNS(m *message, depth int) error {
	switch {
	case m.Type == "SubscriptionConfirmation":
		return errors.New("an SNS subscription that waits to be confirmed: confirm it, or subscribe the queue from its own account")
	case m.Type != "Notification" || m.Message == nil:
		return fmt.Errorf("an SNS message of type %.40q, which tells of no object", m.Type)
	case strings.TrimSpace(*m.Message) == validation:
		n.Ignored++
		return nil
	case depth == maxNesting:
		return fmt.Errorf("SNS messages nested deeper than %d", maxNesting)
	}
	return n.take([]byte(*m.Message), depth+1)
}

func (n *Notice) takeCloudTrail(m *message) error {
	if len(m.Keys) == 0 {
		return errors.New("a CloudTrail notification without keys")
	}
	for _, key := range m.Keys {
		if err := n.add(Object{Bucket: m.Bucket, Key: key, Size: -1}); err != nil {
			return err
		}
	}
	return nil
}

// add checks an object and adds it.
func (n *Notice) add(o Object) error {
	if o.Version == "null" {
		o.Version = ""
	}
	o.ETag = strings.Trim(o.ETag, `"`)
	if o.Size < -1 {
		return fmt.Errorf("an object of %d bytes", o.Size)
	}
	if err := o.check(); err != nil {
		return err
	}
	if o.Size == 0 && strings.HasSuffix(o.Key, "/") { // what a console makes as a folder
		n.Ignored++
		return nil
	}
	if len(n.Objects) == MaxObjects {
		return fmt.Errorf("more than %d objects in one message", MaxObjects)
	}
	n.Objects = append(n.Objects, o)
	return nil
}

// sizeOf returns what was said of a size, or -1.
func sizeOf(n *int64) int64 {
	if n == nil {
		return -1
	}
	return *n
}

// timeOf returns the time, or none when it is not one: a wrong time is no reason to refuse an object.
func timeOf(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
