package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"logrelay/relay/relaytest"
	"logrelay/relay/status"
)

// TestDeadLetters has some records refused for good: the others arrive, and a person sees, retries and drops the refused ones, with sums
// that add up at every step, also after a kill -9.
func TestDeadLetters(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const records, bad = 400, 4
	s.siem.Set(relaytest.Fault{Reject: func(record []byte) bool {
		seq, ok := relaytest.Sequence(record)
		return !ok || seq%100 == 7
	}})
	s.configure(webInput, s.hecOutput(", batch_records: 50")+s.httpsOutput(", batch_records: 50"))
	s.start()
	n := newNumbers()
	s.httpSender(n).must(records)
	// sums waits until nothing waits, and checks the parts.
	sums := func(name string, delivered, letters, discarded uint64) {
		t.Helper()
		u := output(s.settled(records), name).Sum
		if u.Delivered != delivered || u.DeadLettered != letters || u.Discarded != discarded || u.Accepted != records {
			t.Errorf("output %s: want %d delivered, %d dead letters, %d discarded: %+v", name, delivered, letters, discarded, u)
		}
	}
	list := func() map[string][]string {
		t.Helper()
		var letters []status.Letter
		if err := json.Unmarshal([]byte(s.must(0, append(args("buffer dead-letters ls"), "--json")).stdout), &letters); err != nil {
			t.Fatal(err)
		}
		ids := map[string][]string{}
		for _, l := range letters {
			if l.Input != "web" || l.Peer == "" || !strings.Contains(l.Answer, "400") {
				t.Errorf("a dead letter does not say where it is from or why: %+v", l)
			}
			ids[l.Output] = append(ids[l.Output], l.ID)
		}
		return ids
	}
	for _, name := range []string{"hec", "https"} {
		sums(name, records-bad, bad, 0)
	}
	ids := list()
	if len(ids["hec"]) != bad || len(ids["https"]) != bad {
		t.Fatalf("the list has %v", ids)
	}
	s.must(0, args("buffer dead-letters ls --output hec"), ids["hec"][0], "400")
	_, ordinal, _ := strings.Cut(ids["hec"][0], "-") // which of the refused comes first is chance
	s.must(0, args("buffer dead-letters show "+ids["hec"][0]), `"seq":`+ordinal+"}", "input     web")
	s.must(0, args("status"), fmt.Sprintf("%d dead-lettered", bad))
	if log := s.log(); strings.Contains(log, "mary.major") {
		t.Error("the log holds the content of a record")
	}

	s.must(exitFailed, args("buffer dead-letters retry --all --output hec"), "refused", "4 dead letters left", "hint: ")
	sums("hec", records-bad, bad, 0)
	s.kill()
	s.start()
	for _, name := range []string{"hec", "https"} {
		sums(name, records-bad, bad, 0)
	}
	s.siem.Heal()
	s.must(0, args("buffer dead-letters retry --output hec "+ids["hec"][0]), "1 dead letter delivered")
	sums("hec", records-bad+1, bad-1, 0)
	s.must(exitUsage, args("buffer dead-letters drop --all --output hec"), "--yes")
	s.must(0, args("buffer dead-letters drop --yes --all --output hec"), "3 dead letters dropped")
	s.must(0, args("buffer dead-letters retry --all --output https"), "4 dead letters delivered")
	s.must(0, args("buffer dead-letters ls"), "no dead letters")
	s.kill()
	s.start()
	sums("hec", records-bad+1, 0, bad-1)
	sums("https", records, 0, 0)
	s.tally.complete(t, "https", n)
	if got := s.tally.arrivals("hec"); got != records-bad+1 {
		t.Errorf("hec: %d different records arrived", got)
	}
	s.must(0, args("status"), "No problems.")
}
