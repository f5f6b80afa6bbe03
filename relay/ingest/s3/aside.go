package s3

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"logrelay/relay"
	"logrelay/relay/ingest/s3/notice"
)

const maxReason = 4 << 10 // bytes kept of why something was set aside

// pointer is what is set aside of a message, or of one object: enough to take it in again.
type pointer struct {
	body string // of a message
	peer string // "s3://bucket/key", or "" where the message names no object
}

// pointerTo makes a pointer to one object: the event that S3 would send of it.
func (s *Source) pointerTo(o *notice.Object) pointer {
	type named struct {
		Name string `json:"name"`
	}
	type object struct {
		Key       string `json:"key"` // form-encoded, as S3 does it
		Size      int64  `json:"size,omitempty"`
		ETag      string `json:"eTag,omitempty"`
		VersionID string `json:"versionId,omitempty"`
	}
	type entity struct {
		Bucket named  `json:"bucket"`
		Object object `json:"object"`
	}
	type event struct {
		EventVersion string `json:"eventVersion"`
		EventSource  string `json:"eventSource"`
		AWSRegion    string `json:"awsRegion,omitempty"`
		EventTime    string `json:"eventTime,omitempty"`
		EventName    string `json:"eventName"`
		S3           entity `json:"s3"`
	}
	e := event{
		EventVersion: "2.1", EventSource: "aws:s3", AWSRegion: o.Region, EventName: "ObjectCreated:Put",
		S3: entity{named{o.Bucket}, object{url.QueryEscape(o.Key), max(0, o.Size), o.ETag, o.Version}},
	}
	if !o.Time.IsZero() {
		e.EventTime = o.Time.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	body, err := json.Marshal(struct{ Records []event }{[]event{e}})
	if err != nil {
		panic("BUG: an event that is no JSON: " + err.Error())
	}
	return pointer{string(body), "s3://" + o.Bucket + "/" + o.Key}
}

// setAside puts a pointer into the dead-letter store. A repeat of the same is stored once.
func (s *Source) setAside(ctx context.Context, p pointer, reason string) error {
	now := time.Now().UnixNano()
	if len(reason) > maxReason {
		reason = reason[:maxReason]
	}
	err := s.o.DeadLetters.Put(ctx, relay.DeadLetter{
		Output: s.output,
		Record: &relay.Record{
			Raw:      []byte(p.body),
			Origin:   &relay.Origin{Input: s.o.Name, Kind: relay.KindJSON, Tenant: s.o.Tenant, Source: s.o.Source, Peer: p.peer},
			Received: now,
			Base:     hashOf(p.body),
		},
		Answer:  reason,
		Refused: now,
	})
	if err != nil {
		if !ended(err) {
			s.metrics.failed(&s.metrics.setting, err)
		}
		return &putError{fmt.Errorf("setting %s aside: %w", p.name(), err)}
	}
	s.metrics.setting.over()
	s.metrics.aside.Add(1)
	s.asides.report(p.name(), reason)
	return nil
}

func (p pointer) name() string {
	if p.peer == "" {
		return "a message"
	}
	return p.peer
}

// Retry takes the objects that a dead letter of this input points at into custody. What is there already is not stored again; an object that was read in
// part goes on where that ended. An error means that the letter has to stay; a *relay.RejectError, that others need not wait for it.
func (s *Source) Retry(ctx context.Context, d relay.DeadLetter) error {
	ctx, r, leave, err := s.enterRun(ctx)
	if err != nil {
		return err
	}
	defer leave()
	n, err := notice.Parse(d.Record.Raw)
	if err != nil {
		return &relay.RejectError{Answer: err.Error(), Err: err}
	}
	var errs []error
	final := true
	for _, o := range n.Objects {
		j := job{s: s, r: r, object: o, retry: true}
		if err := j.run(ctx); err != nil {
			errs = append(errs, fmt.Errorf("retrying s3://%s/%s: %w", o.Bucket, o.Key, err))
			final = final && stands(err)
		}
	}
	err = errors.Join(errs...)
	if err != nil && final {
		return &relay.RejectError{Answer: err.Error(), Err: err}
	}
	return err
}

// stands reports whether an error is about the object, or its bucket, alone: the next letter may fare better.
func stands(err error) bool {
	if ended(err) {
		return false
	}
	if _, ok := errors.AsType[*putError](err); ok {
		return false
	}
	if _, ok := errors.AsType[*contentError](err); ok {
		return true
	}
	class := classOf(err)
	return err == errForeign || class.own() || class.needsPerson()
}
