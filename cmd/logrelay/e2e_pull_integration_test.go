//go:build integration

package main

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"logrelay/relay/relaytest"
	"logrelay/relay/status"
)

// TestPullFromServers pulls from MinIO, told by ElasticMQ.
func TestPullFromServers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts servers and the real program")
	}
	sts, err := relaytest.NewSTS(relaytest.AWSOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sts.Close)
	v := servers{relaytest.MinIO(t), relaytest.ElasticMQ(t), sts.URL, relaytest.MinIOKeyID, relaytest.MinIOSecret}
	for name, test := range map[string]func(*testing.T, *account){
		"killed": pullKilled, "relays": pullTwice, "toxic": pullToxic, "commands": pullCommands,
		"small-objects": pullSmall, "large-object": pullLarge,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, v.account(t, name))
		})
	}
}

// pullKilled ends the relay fifty times with SIGKILL in the middle of objects, while notifications come twice and the SIEM receives: the log holds
// each record once, and what the SIEM got again has the id that it had.
func pullKilled(t *testing.T, a *account) {
	const kills = 50
	s, n, line := newSite(t), newNumbers(), newToxic(t, a.s3URL)
	line.pause.Store(int64(6 * time.Millisecond))
	s.pullsFrom(a, line.url, s.httpsOutput("")+keepAll, ", workers: 4")
	for k := range kills {
		name := fmt.Sprint(k)
		notices := []relaytest.S3Notice{a.flows(n, name, 1500), a.trail(n, name, 400), a.lines(n, name, 2500)}
		bodies := []string{relaytest.S3Event(notices...), relaytest.SNS("x", relaytest.S3Event(notices[0])), relaytest.EventBridge(notices[1]), relaytest.S3Event(notices[2])}
		a.tell(append(bodies, bodies...)...)
	}
	for range kills {
		s.start()
		before := s.status().Buffer.Records
		s.await("something more is in custody", func(st status.Snapshot) bool {
			return st.Buffer.Records > before || int(st.Buffer.Records) == n.count()
		})
		if err := sleep(s.ctx, rand.N(40*time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		s.kill()
	}
	line.pause.Store(0)
	s.start()
	st := s.emptied(a)
	if p := st.Inputs[0].Pull; p.SetAside != 0 || p.Waiting != 0 {
		t.Errorf("set aside: %+v", p)
	}
	s.stop()
	s.verified(n.count())
	ids, repeated := s.tally.complete(t, "https", n)
	if ids != n.count() {
		t.Errorf("%d different records arrived, want %d", ids, n.count())
	}
	t.Logf("%d records, of which %d arrived again, under their ids", ids, repeated)
}

// pullTwice has two relays on one queue, which share nothing. One is killed twice, so that the other gets what it had half read.
func pullTwice(t *testing.T, a *account) {
	n, line := newNumbers(), newToxic(t, a.s3URL)
	line.pause.Store(int64(time.Millisecond))
	one, two := newSite(t), newSite(t)
	two.write("siem-ca.pem", string(one.ca.PEM()))
	for _, s := range []*site{one, two} {
		s.pullsFrom(a, line.url, one.httpsOutput("")+keepAll, ", workers: 4")
	}
	for k := range 40 {
		name := fmt.Sprint(k)
		for _, notice := range []relaytest.S3Notice{a.flows(n, name, 500), a.lines(n, name, 4000)} {
			a.tell(relaytest.S3Event(notice), relaytest.SNS("x", relaytest.S3Event(notice)))
		}
	}
	some := func(st status.Snapshot) bool { return st.Inputs[0].Records > 0 }
	one.start()
	one.await("it has taken some", some)
	two.start()
	one.kill()
	one.start()
	one.await("it has taken some more", some)
	two.await("it has taken some", some)
	one.kill()
	one.start()
	two.emptied(a)
	one.emptied(a)
	one.stop()
	two.stop()
	first, second := one.inLog(), two.inLog()
	ids, repeated := one.tally.complete(t, "https", n)
	if ids != n.count() {
		t.Errorf("%d different records arrived, want %d", ids, n.count())
	}
	if first == 0 || second == 0 || first+second < n.count() {
		t.Errorf("the logs hold %d and %d records of %d", first, second, n.count())
	}
	t.Logf("%d records; %d and %d in the logs, so %d are in both; %d arrived again, under their ids", ids, first, second, first+second-ids, repeated)
}

// pullToxic reads over a line that breaks all the time.
func pullToxic(t *testing.T, a *account) {
	s, n, line := newSite(t), newNumbers(), newToxic(t, a.s3URL)
	line.breaks.Store(1 << 20)
	s.pullsFrom(a, line.url, s.httpsOutput("")+keepAll, ", workers: 8")
	for k := range 12 {
		name := fmt.Sprint(k)
		for _, notice := range []relaytest.S3Notice{a.flows(n, name, 10000), a.trail(n, name, 5000), a.lines(n, name, 10000)} {
			a.tell(relaytest.S3Event(notice))
		}
	}
	s.start()
	st := s.emptied(a)
	if p := st.Inputs[0].Pull; p.SetAside != 0 || int(st.Buffer.Records) != n.count() {
		t.Errorf("%d records in custody, want %d; %+v", st.Buffer.Records, n.count(), p)
	}
	s.stop()
	s.verified(n.count())
	if ids, _ := s.tally.complete(t, "https", n); ids != n.count() {
		t.Errorf("%d different records arrived, want %d", ids, n.count())
	}
	if line.broken.Load() < 10 {
		t.Errorf("only %d connections broke", line.broken.Load())
	}
	t.Logf("%d records over %d broken connections", n.count(), line.broken.Load())
}

// pullCommands: what an operator does by hand.
func pullCommands(t *testing.T, a *account) {
	s, n := newSite(t), newNumbers()
	s.pullsFrom(a, a.s3URL, s.httpsOutput(""), "")
	there, late := a.lines(n, "there", 5), a.lines(n, "late", 10)
	a.tell(relaytest.S3Event(there))
	s.must(0, args("check"), "input trail identity", "received a message and showed it again at once", there.Key+" can be read")
	s.must(0, args("check --object s3://"+a.bucket+"/"+late.Key), "Connection established", late.Key+" can be read")

	if _, err := a.s3.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &a.bucket, Key: &late.Key}); err != nil {
		t.Fatal(err)
	}
	a.tell(relaytest.S3Event(late))
	s.start()
	s.await("the pointer is set aside, and the rest in custody", func(st status.Snapshot) bool {
		return st.Inputs[0].Pull.Waiting == 1 && st.Buffer.Records == 5 && a.messages() == 0
	})
	s.must(1, args("buffer dead-letters retry --output input/trail --all"), "0 dead letters delivered", "NoSuchKey")
	a.lines(newNumbers(), "late", 10)
	s.must(0, args("buffer dead-letters retry --output input/trail --all"), "1 dead letter delivered")

	for i := range 30 {
		a.flows(n, fmt.Sprint(i), 100)
	}
	s.must(0, args("backfill s3://"+a.bucket+"/ --since 1h"), "32 objects: 30 taken in, 2 in custody before", "3000 records")
	s.must(0, args("backfill s3://"+a.bucket+"/AWSLogs/ --since all --json"), `"before":30`, `"records":0`, `"done":true`)
	s.must(1, args("backfill s3://nosuch/ --since all"), "NoSuchBucket", "hint: ")
	s.settled(n.count())
	s.verified(n.count())
}
