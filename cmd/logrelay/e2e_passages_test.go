package main

import (
	"encoding/json"
	"strings"
	"testing"

	"logrelay/relay/status"
)

// TestPassages: the running relay remembers what it has delivered, and explain says so once the record has left the log.
func TestPassages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure(webInput, s.httpsOutput(""))
	s.start()
	s.httpSender(newNumbers()).must(30)
	s.settled(30)
	ids := strings.Fields(s.must(0, args("buffer dump --ids")).stdout)
	if len(ids) != 30 {
		t.Fatalf("%d ids", len(ids))
	}
	base, _, _ := strings.Cut(ids[7], "-")
	client, err := newAdminClient(s.path("admin.sock"))
	if err != nil {
		t.Fatal(err)
	}
	var list []status.Passage
	if err := client.get(s.ctx, "/api/v1/passages?base="+base+"&ordinal="+ids[7][len(base)+1:], &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].Output != "https" || list[0].Delivered == 0 || list[0].DeadLettered != 0 || list[0].At.IsZero() {
		t.Errorf("%+v", list)
	}
	if err := client.get(s.ctx, "/api/v1/passages?base="+base+"&ordinal=99", &list); err != nil || len(list) != 0 {
		t.Errorf("a record that never was has passed: %+v %v", list, err)
	}
	if err := client.get(s.ctx, "/api/v1/passages?base=zz&ordinal=1", &list); err == nil {
		t.Error("a base that is none is taken")
	}

	for want, p := range map[string]status.Passage{fateDelivered: {Output: "https", Delivered: 30}, "passed": {Output: "hec", Delivered: 29, DeadLettered: 1}} {
		if f := passedFate(p); f.Fate != want || f.Detail == "" {
			t.Errorf("%+v", f)
		}
	}
	if out := s.must(0, append(args("explain "+ids[7]), "--json")).stdout; !json.Valid([]byte(out)) || !strings.Contains(out, `"delivered"`) {
		t.Error(out)
	}
}
