package main

import (
	"strings"
	"testing"

	"logrelay/relay/status"
)

// The relay is believed to pull with a key only when its queue has answered a request that was signed with it.
func TestPullsWith(t *testing.T) {
	t.Parallel()
	const id = "AKIAEXAMPLENEW1"
	pull := func(key string, answers uint64, trouble string) *status.Snapshot {
		return &status.Snapshot{Inputs: []status.Input{{Name: "web"}, {Name: "trail", Pull: &status.Pull{State: "idle", AccessKey: status.KeyEnd(key), Answers: answers, LastError: trouble}}}}
	}
	for name, row := range map[string]struct {
		reloaded bool
		seen     []*status.Snapshot
		want     string // why not, after the last of them; "" when it does
	}{
		"another key":                 {true, []*status.Snapshot{pull("AKIAEXAMPLEOLD1", 7, "")}, "has key …OLD1 and not …NEW1"},
		"no answer yet":               {true, []*status.Snapshot{pull(id, 0, "")}, "has not answered yet"},
		"one answer to a new input":   {true, []*status.Snapshot{pull(id, 1, "")}, ""},
		"trouble":                     {true, []*status.Snapshot{pull(id, 1, "AccessDenied")}, "AccessDenied"},
		"answers to the key before":   {false, []*status.Snapshot{pull("AKIAEXAMPLEOLD1", 90, ""), pull(id, 92, ""), pull(id, 93, "")}, "has not answered yet"},
		"enough answers, no reload":   {false, []*status.Snapshot{pull(id, 92, ""), pull(id, 96, "")}, ""},
		"back to the key before":      {false, []*status.Snapshot{pull(id, 92, ""), pull("AKIAEXAMPLEOLD1", 96, ""), pull(id, 97, "")}, "has not answered yet"},
		"no such input in the relay":  {true, []*status.Snapshot{{}}, "no input trail"},
		"an input that does not pull": {true, []*status.Snapshot{{Inputs: []status.Input{{Name: "trail"}}}}, "no input trail"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, why, answers := map[string]uint64{}, "", uint64(answersAlone)
			if row.reloaded {
				answers = 1
			}
			for _, s := range row.seen {
				why = pullsWith(s, "trail", id, first, answers)
			}
			if row.want == "" && why != "" || !strings.Contains(why, row.want) {
				t.Errorf("%q, want %q", why, row.want)
			}
		})
	}
}
