package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"logrelay/relay/relaytest"
	"logrelay/relay/status"
)

const (
	pullBucket = "logs"
	pullQueue  = "notices"
	flowPrefix = "AWSLogs/111122223333/vpcflowlogs/us-east-1/2026/01/02/111122223333_vpcflowlogs_us-east-1_fl-1234_20260102T0304Z_"
	trailPath  = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/02/111122223333_CloudTrail_us-east-1_20260102T0304Z_"
)

// cloud is an account of AWS with a bucket and the queue that tells of it.
type cloud struct {
	objects
	s3  *relaytest.S3
	sqs *relaytest.SQS
	sts *relaytest.STS
	url string // of the queue
}

func newCloud(t testing.TB, q relaytest.SQSQueue) *cloud {
	t.Helper()
	var c cloud
	var err error
	if c.s3, err = relaytest.NewS3(relaytest.AWSOptions{}); err == nil {
		t.Cleanup(c.s3.Close)
		c.sqs, err = relaytest.NewSQS(relaytest.AWSOptions{})
	}
	if err == nil {
		t.Cleanup(c.sqs.Close)
		c.sts, err = relaytest.NewSTS(relaytest.AWSOptions{}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.sts.Close)
	c.sqs.Wait = 100 * time.Millisecond
	c.url = c.sqs.Queue(pullQueue, q)
	c.s3.Bucket(pullBucket, relaytest.Bucket{})
	c.objects = func(key string, body []byte) relaytest.S3Notice { return c.s3.Put(pullBucket, key, body) }
	return &c
}

// input is the configuration of an input that pulls, and of its credentials.
func (c *cloud) input(more string) (input, aws string) {
	return fmt.Sprintf("  trail: {type: s3, credentials: test, queue: '%s', s3_endpoint: '%s', sts_endpoint: '%s', visibility_timeout: 30s%s}\n",
		c.url, c.s3.URL, c.sts.URL, more), "aws: {test: {region: us-east-1, access_key_id: AKIAEXAMPLE}}\n"
}

func (s *site) pulls(c *cloud, outputs, more string) {
	s.t.Helper()
	s.env = append(s.env, "LOGRELAY_AWS_TEST_SECRET_ACCESS_KEY=e2e-secret-access-key", "AWS_EC2_METADATA_DISABLED=true")
	input, aws := c.input(more)
	// Some stop while the SIEM is away, and in some the log keeps everything.
	s.configure(input, outputs, aws, "drain_timeout: 100ms\nbuffer: {quota: 512MiB, reserve: 0}\n")
}

// objects puts an object of some shape, each record with a number of its own.
type objects func(key string, body []byte) relaytest.S3Notice

func (put objects) flows(n *numbers, name string, records int) relaytest.S3Notice {
	return put(flowPrefix+name+".log.gz", relaytest.Gzip(flowLines(n, records)))
}

func flowLines(n *numbers, records int) []byte {
	b := []byte(relaytest.VPCFlowHeader + "\n")
	for _, q := range given(n, records) {
		b = append(relaytest.VPCFlowWide(b, q, time.Unix(1767323045, 0)), '\n')
	}
	return b
}

func (put objects) trail(n *numbers, name string, records int) relaytest.S3Notice {
	var events []json.RawMessage
	for _, q := range given(n, records) {
		events = append(events, relaytest.JSON(nil, q, time.Unix(1767323045, 0)))
	}
	body, err := json.Marshal(map[string]any{"Records": events})
	if err != nil {
		panic("BUG: events that are no JSON: " + err.Error())
	}
	return put(trailPath+name+".json.gz", relaytest.Gzip(body))
}

func (put objects) lines(n *numbers, name string, records int) relaytest.S3Notice {
	var b bytes.Buffer
	for _, q := range given(n, records) {
		b.Write(append(relaytest.JSON(nil, q, time.Unix(1767323045, 0)), '\n'))
	}
	return put("app/"+name+".ndjson", b.Bytes())
}

// given takes numbers of records that have to arrive once.
func given(n *numbers, count int) []uint64 {
	seqs := n.take(count)
	n.attempt(seqs)
	n.ack(seqs)
	return seqs
}

// inLog counts the records in the log, and fails if an id is there twice.
func (s *site) inLog() int {
	s.t.Helper()
	var v struct {
		Records  int  `json:"records"`
		Repeated *int `json:"repeated_ids"`
	}
	if err := json.Unmarshal([]byte(s.must(0, append(args("buffer verify"), "--ids", "--json")).stdout), &v); err != nil {
		s.t.Fatal(err)
	}
	if v.Repeated == nil || *v.Repeated != 0 {
		s.t.Errorf("repeated ids in the log: %v", v.Repeated)
	}
	return v.Records
}

// verified looks through the log: every record there, and no id twice.
func (s *site) verified(records int) {
	s.t.Helper()
	if got := s.inLog(); got != records {
		s.t.Errorf("the log holds %d records, want %d", got, records)
	}
}

// TestPullExactlyOnce ends the relay with SIGKILL in the middle of objects, while notifications come twice and are shown again: the log holds
// each record once, and so does the SIEM.
func TestPullExactlyOnce(t *testing.T) {
	t.Parallel()
	kills := 10
	if thorough {
		kills = 50
	}
	s, c, n := newSite(t), newCloud(t, relaytest.SQSQueue{}), newNumbers()
	s.siem.Set(relaytest.Fault{Refuse: true}) // so that the log keeps everything until it was looked through
	s.pulls(c, s.httpsOutput(""), ", workers: 4, buckets: [logs]")
	for k := range kills {
		name := fmt.Sprint(k)
		notices := []relaytest.S3Notice{c.flows(n, name, 1500), c.trail(n, name, 400), c.lines(n, name, 2500)}
		bodies := []string{relaytest.S3Event(notices...), relaytest.SNS("x", relaytest.S3Event(notices[0])), relaytest.EventBridge(notices[1]), relaytest.S3Event(notices[2])}
		c.sqs.Send(pullQueue, append(bodies, bodies...)...)
	}
	c.s3.Set(relaytest.AWSFault{Action: "GetObject", Pause: 6 * time.Millisecond})
	for range kills {
		s.start()
		before := s.status().Buffer.Records
		s.await("something more is in custody", func(st status.Snapshot) bool {
			return st.Buffer.Records > before || int(st.Buffer.Records) == n.count()
		})
		if err := sleep(s.ctx, time.Duration(rand.IntN(int(40*time.Millisecond)))); err != nil {
			t.Fatal(err)
		}
		s.kill()
		c.sqs.Advance(31 * time.Second) // what was in hand is shown again
	}
	c.s3.Heal()
	s.start()
	st := s.await("the queue is empty", func(status.Snapshot) bool { return c.sqs.Len(pullQueue) == 0 })
	if int(st.Buffer.Records) != n.count() {
		t.Errorf("%d records in custody, want %d", st.Buffer.Records, n.count())
	}
	if p := st.Inputs[0].Pull; p == nil || p.State != "idle" && p.State != "working" || p.SetAside != 0 {
		t.Errorf("the input shows %+v", p)
	}
	s.stop()
	s.verified(n.count())
	s.siem.Heal()
	s.start()
	s.settled(n.count())
	if err := s.tally.wait(s.ctx, "https", n.count()); err != nil {
		t.Error(err)
	}
	if ids, _ := s.tally.complete(t, "https", n); ids != n.count() {
		t.Errorf("%d different records arrived, want %d", ids, n.count())
	}
}

// TestPullMissing is told of an object that is not there: the pointer is a dead letter, shown, and retried once the object is there. The
// sums of outputs know nothing of it.
func TestPullMissing(t *testing.T) {
	t.Parallel()
	s, c, n := newSite(t), newCloud(t, relaytest.SQSQueue{}), newNumbers()
	s.pulls(c, s.httpsOutput(""), "")
	notice := c.lines(n, "late", 10)
	c.s3.Delete(pullBucket, notice.Key)
	c.sqs.Send(pullQueue, relaytest.S3Event(notice), relaytest.S3Event(c.lines(n, "there", 5)))
	s.start()
	s.await("the pointer is set aside, and the rest in custody", func(st status.Snapshot) bool {
		return st.Inputs[0].Pull.Waiting == 1 && st.Buffer.Records == 5 && c.sqs.Len(pullQueue) == 0
	})
	s.must(0, args("status"), "input trail: 1 objects or messages are set aside", "dead-letters ls --output input/trail")
	s.must(0, args("buffer dead-letters ls --output input/trail"), "s3://logs/"+notice.Key)
	s.must(1, args("buffer dead-letters retry --output input/trail --all"), "0 dead letters delivered", "refused: input trail: ", "NoSuchKey")
	again := newNumbers()
	c.lines(again, "late", 10)
	s.must(0, args("buffer dead-letters retry --output input/trail --all"), "1 dead letter delivered")
	st := s.settled(15)
	if o := output(st, "https").Sum; o.DeadLettered != 0 || !o.AddsUp || o.Accepted != 15 {
		t.Errorf("the output's sum: %+v", o)
	}
	if st.Inputs[0].Pull.Waiting != 0 {
		t.Errorf("the input still shows %d dead letters", st.Inputs[0].Pull.Waiting)
	}
}

// TestPullBackfill takes in what is already there, twice: the second time adds nothing.
func TestPullBackfill(t *testing.T) {
	t.Parallel()
	s, c, n := newSite(t), newCloud(t, relaytest.SQSQueue{}), newNumbers()
	s.pulls(c, s.httpsOutput(""), "")
	told := c.lines(n, "told", 20)
	for i := range 5 {
		c.flows(n, fmt.Sprint(i), 100)
	}
	c.s3.Put(pullBucket, "other/x.ndjson", []byte("{}\n"))
	s.start()
	c.sqs.Send(pullQueue, relaytest.S3Event(told))
	s.await("the object that was told of is in custody", func(st status.Snapshot) bool { return st.Buffer.Records == 20 })
	s.must(0, args("backfill s3://logs/a --since 1h"), "1 object: 0 taken in, 1 in custody before", "0 records")
	s.must(0, args("backfill s3://logs/AWSLogs/ --since all"), "5 objects: 5 taken in, 0 in custody before", "500 records")
	s.must(0, args("backfill s3://logs/AWSLogs/ --since 7d --input trail --json"), `"before":5`, `"records":0`, `"done":true`)
	s.must(0, args("backfill s3://logs/AWSLogs/ --since all --until 2000-01-01"), "0 objects")
	s.must(1, args("backfill s3://nosuch/ --since all"), "NoSuchBucket", "hint: ")
	s.must(1, args("backfill s3://logs/ --since all --input trial"), "there is no input trial", "hint: ")
	s.settled(n.count())
	s.verified(n.count())
}

// TestPullCheck says who the relay is, and whether it may receive and read; and what to allow where it may not.
func TestPullCheck(t *testing.T) {
	t.Parallel()
	s, c, n := newSite(t), newCloud(t, relaytest.SQSQueue{}), newNumbers()
	s.pulls(c, s.httpsOutput(""), "")
	s.must(0, args("check"), "input trail identity", "arn:aws:iam::111122223333:user/test", "no message came; not tested", "no message told of an object; name an object with --object",
		"set buckets to those that write logs")
	notice := c.lines(n, "x", 3)
	s.must(0, args("check --object s3://logs/"+notice.Key), "Connection established: s3://logs/"+notice.Key+" can be read")
	s.must(3, args("check --object s3://logs/app/nosuch"), "s3:GetObject arn:aws:s3:::logs/app/nosuch", "NoSuchKey")
	c.sqs.Send(pullQueue, relaytest.S3Event(notice))
	for receive := 1; receive < 3; receive++ {
		s.must(0, args("check"), "received a message and showed it again at once, which counts as a receive", fmt.Sprintf("(its number %d)", receive), "can be read")
	}
	s.must(0, args("check --config-only"), "input trail", "nothing is connected with --config-only")
	c.s3.Bucket(pullBucket, relaytest.Bucket{Deny: "AccessDenied", Message: "Access Denied"})
	r := s.must(3, args("check"), "hint: allow s3:GetObject on arn:aws:s3:::logs/"+notice.Key)
	if strings.Contains(r.stdout+r.stderr, "e2e-secret-access-key") {
		t.Error("the secret access key is shown")
	}
	c.sqs.Queue(pullQueue, relaytest.SQSQueue{Deny: []string{"ReceiveMessage"}})
	s.must(3, args("check"), "hint: allow sqs:ReceiveMessage on ")
	s.must(2, args("check --object logs/x"), `"logs/x" names no object`)
}

// TestPullReload replaces an input while it reads: its messages go to the next one, and nothing is read twice or left out. An AWS that is away
// keeps nothing from starting.
func TestPullReload(t *testing.T) {
	t.Parallel()
	s, c, n := newSite(t), newCloud(t, relaytest.SQSQueue{}), newNumbers()
	c.sqs.Set(relaytest.AWSFault{Hang: true})
	s.siem.Set(relaytest.Fault{Refuse: true})
	s.pulls(c, s.httpsOutput(""), ", workers: 2")
	for i := range 4 {
		c.sqs.Send(pullQueue, relaytest.S3Event(c.lines(n, fmt.Sprint(i), 6000))) // in four batches
	}
	s.start()
	c.s3.Set(relaytest.AWSFault{Action: "GetObject", Pause: 20 * time.Millisecond})
	c.sqs.Heal()
	for i := range 3 {
		before := s.status().Buffer.Records
		s.await("something more is in custody", func(st status.Snapshot) bool {
			return st.Buffer.Records > before || int(st.Buffer.Records) == n.count()
		})
		s.pulls(c, s.httpsOutput(""), fmt.Sprintf(", workers: %d", 3+i))
		s.must(0, args("reload"), "reloaded")
	}
	c.s3.Heal()
	s.await("the queue is empty", func(status.Snapshot) bool { return c.sqs.Len(pullQueue) == 0 })
	s.stop()
	s.verified(n.count())
}
