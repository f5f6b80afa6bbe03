package notice

import (
	"fmt"
	"net/url"
	"strings"
)

// record is one element of an S3 event notification.
type record struct {
	Version string `json:"eventVersion"`
	Source  string `json:"eventSource"`
	Name    string `json:"eventName"`
	Region  string `json:"awsRegion"`
	Time    string `json:"eventTime"`
	S3      struct {
		Bucket struct {
			Name string `json:"name"`
		} `json:"bucket"`
		Object struct {
			Key     string `json:"key"`
			Size    *int64 `json:"size"`
			ETag    string `json:"eTag"`
			Version string `json:"versionId"`
		} `json:"object"`
	} `json:"s3"`
}

func (n *Notice) takeRecords(records []record) error {
	for i := range records {
		r := &records[i]
		if !strings.HasSuffix(r.Source, ":s3") {
			return fmt.Errorf("record %d is an event of %.40q, not of S3", i+1, r.Source)
		}
		if !strings.HasPrefix(r.Version, "2.") {
			return fmt.Errorf("record %d is an S3 event of version %.40q: 2.x is known", i+1, r.Version)
		}
		name := strings.TrimPrefix(r.Name, "s3:")
		if !strings.HasPrefix(name, "ObjectCreated:") && name != "ObjectRestore:Completed" {
			if name == "" {
				return fmt.Errorf("record %d names no event", i+1)
			}
			n.Ignored++
			continue
		}
		key, err := url.QueryUnescape(r.S3.Object.Key)
		if err != nil {
			return fmt.Errorf("record %d: decoding the key: %w", i+1, err)
		}
		err = n.add(Object{
			Bucket:  r.S3.Bucket.Name,
			Key:     key,
			Version: r.S3.Object.Version,
			ETag:    r.S3.Object.ETag,
			Region:  r.Region,
			Size:    sizeOf(r.S3.Object.Size),
			Time:    timeOf(r.Time),
		})
		if err != nil {
			return fmt.Errorf("record %d: %w", i+1, err)
		}
	}
	return nil
}

// detail is that of an S3 event in EventBridge.
type detail struct {
	Bucket struct {
		Name string `json:"name"`
	} `json:"bucket"`
	Object struct {
		Key     string `json:"key"`
		Size    *int64 `json:"size"`
		ETag    string `json:"etag"`
		Version string `json:"version-id"`
	} `json:"object"`
}

func (n *Notice) takeEventBridge(m *message) error {
	switch {
	case m.Source != "aws.s3":
		return fmt.Errorf("an EventBridge event of %.40q, not of S3", m.Source)
	case m.DetailType != "Object Created" && m.DetailType != "Object Restore Completed":
		if !strings.HasPrefix(m.DetailType, "Object ") {
			return fmt.Errorf("an EventBridge event %.60q, which tells of no object: use \"Object Created\"", m.DetailType)
		}
		n.Ignored++
		return nil
	case m.Detail == nil:
		return fmt.Errorf("an EventBridge event %q without detail", m.DetailType)
	}
	return n.add(Object{
		Bucket:  m.Detail.Bucket.Name,
		Key:     m.Detail.Object.Key,
		Version: m.Detail.Object.Version,
		ETag:    m.Detail.Object.ETag,
		Region:  m.Region,
		Size:    sizeOf(m.Detail.Object.Size),
		Time:    timeOf(m.Time),
	})
}
