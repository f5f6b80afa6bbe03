package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"logrelay/relay"
	"logrelay/relay/ingest/s3/notice"
	"logrelay/relay/ingest/s3/object"
)

// probeHiding is how long a message stays hidden if a probe dies before it shows it again.
const probeHiding = 30 * time.Second

// Probed is what Probe found.
type Probed struct {
	Redrives    bool // the queue has a redrive policy
	RedrivesErr error
	ReceiveErr  error
	Message     *Message // nil: none was there
	ShowErr     error    // the message could not be shown again: it comes back when its visibility is over

	Object    string // "s3://bucket/key" that was tried; "" for none
	ObjectErr error
	Size      int64  // bytes of the object
	Untried   string // why no object was tried
}

// Probe tries what Run needs and leaves nothing behind: it receives a message, if there is one within the long poll, shows it again at once, which
// counts as a receipt, and opens an object: the named one, s3://bucket/key, else the first that the message names and Run would read. Of the options it needs
// Queue, Store and what selects objects.
func Probe(ctx context.Context, o Options, named string) (p Probed) {
	var messages []Message
	p.RedrivesErr = within(ctx, callTime, func(ctx context.Context) (err error) {
		p.Redrives, err = o.Queue.Redrives(ctx)
		return err
	})
	p.ReceiveErr = within(ctx, pollTime+callTime, func(ctx context.Context) (err error) {
		messages, err = o.Queue.Receive(ctx, 1, probeHiding)
		return err
	})
	if len(messages) > 0 {
		p.Message = &messages[0]
		p.ShowErr = within(context.WithoutCancel(ctx), callTime, func(ctx context.Context) error { return show(ctx, o.Queue, messages) })
	}
	var obj *notice.Object
	if rest, ok := strings.CutPrefix(named, "s3://"); ok {
		bucket, key, _ := strings.Cut(rest, "/")
		obj = &notice.Object{Bucket: bucket, Key: key}
	} else if obj, p.Untried = firstWanted(&Source{o: o}, p.Message); obj == nil {
		return p
	}
	p.Object = "s3://" + obj.Bucket + "/" + obj.Key
	p.ObjectErr = within(ctx, callTime, func(ctx context.Context) (err error) {
		p.Size, err = open(ctx, o.Store, obj)
		return err
	})
	return p
}

// within bounds one thing that is tried, so that one that hangs leaves time for the others, and is named as such.
func within(ctx context.Context, d time.Duration, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	err := try(ctx)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = relay.WithHint(fmt.Errorf("no answer within %s", d), "check that the endpoint can be reached: its name, proxy, firewall, routes and VPC endpoints; AWS itself answers in time")
	}
	return err
}

// show gives messages back at once.
func show(ctx context.Context, q Queue, messages []Message) error {
	changes := make([]Hiding, len(messages))
	for i, m := range messages {
		changes[i] = Hiding{Handle: m.Handle}
	}
	each, err := q.Hide(ctx, changes)
	for i := 0; err == nil && i < len(each); i++ {
		err = each[i]
	}
	return err
}

// firstWanted returns the first object of a message that Run would read, or why there is none.
func firstWanted(s *Source, m *Message) (*notice.Object, string) {
	if m == nil {
		return nil, "no message told of an object"
	}
	n, err := notice.Parse([]byte(m.Body))
	if err != nil {
		return nil, fmt.Sprintf("the message names no object: %s", err)
	}
	why := "the message names no object to read"
	for i := range n.Objects {
		j := &job{s: s, object: n.Objects[i], layout: object.Recognize(n.Objects[i].Key)}
		reason := s.wanted(j)
		if reason == "" {
			return &n.Objects[i], ""
		}
		why = fmt.Sprintf("s3://%s/%s is not read: %s", j.object.Bucket, j.object.Key, map[string]string{
			objForeign:  "its bucket is not among those that may be",
			objExcluded: "include and exclude say so",
			objSkipped:  "it is no log: " + j.layout.Skip,
		}[reason])
	}
	return nil, why
}

// open reads the beginning of an object.
func open(ctx context.Context, s Store, o *notice.Object) (size int64, err error) {
	got, err := s.Get(ctx, Request{Bucket: o.Bucket, Key: o.Key, Version: o.Version, Region: o.Region})
	if err != nil {
		return 0, err
	}
	_, err = io.CopyN(io.Discard, got.Body, min(got.Size, 1))
	_ = got.Body.Close() // the rest is not wanted
	return got.Size, err
}
