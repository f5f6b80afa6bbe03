package status

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"logrelay/relay"
)

func (f *fakeActions) Backfill(_ context.Context, q BackfillRequest, progress func(BackfillProgress)) error {
	if q.Input != "trail" {
		return relay.WithHint(errors.New("no such input"), "name another")
	}
	for n := range uint64(3) {
		progress(BackfillProgress{Found: 3, Objects: n + 1})
	}
	if q.Bucket == "denied" {
		return relay.WithHint(errors.New("AccessDenied"), "allow it")
	}
	return nil
}

// What a backfill says arrives line by line, and its last line says how it ended. One that cannot begin is a plain refusal.
func TestBackfill(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	_, socket, _ := testServer(t, &log)
	for _, tt := range []struct {
		name, question string
		status         int
		want           []BackfillLine
	}{
		{"to the end", `{"input": "trail", "bucket": "b", "since": "2026-01-01T00:00:00Z"}`, http.StatusOK, []BackfillLine{
			{BackfillProgress: BackfillProgress{Found: 3, Objects: 1}},
			{BackfillProgress: BackfillProgress{Found: 3, Objects: 2}},
			{BackfillProgress: BackfillProgress{Found: 3, Objects: 3}},
			{BackfillProgress: BackfillProgress{Found: 3, Objects: 3}, Done: true},
		}},
		{"refused half way", `{"input": "trail", "bucket": "denied"}`, http.StatusOK, []BackfillLine{
			{BackfillProgress: BackfillProgress{Found: 3, Objects: 1}},
			{BackfillProgress: BackfillProgress{Found: 3, Objects: 2}},
			{BackfillProgress: BackfillProgress{Found: 3, Objects: 3}},
			{BackfillProgress: BackfillProgress{Found: 3, Objects: 3}, Error: "AccessDenied", Hint: "allow it"},
		}},
		{"no such input", `{"input": "nosuch", "bucket": "b"}`, http.StatusUnprocessableEntity, []BackfillLine{{Error: "no such input", Hint: "name another"}}},
		{"a misspelt key", `{"bukket": "b"}`, http.StatusBadRequest, []BackfillLine{{Error: `json: unknown field "bukket"`}}},
	} {
		res, err := socket.Post("http://relay/api/v1/backfill", "application/json", strings.NewReader(tt.question))
		if err != nil {
			t.Fatal(err)
		}
		var got []BackfillLine
		for d := json.NewDecoder(res.Body); d.More(); {
			var l BackfillLine
			if err := d.Decode(&l); err != nil {
				t.Fatal(err)
			}
			got = append(got, l)
		}
		res.Body.Close()
		if res.StatusCode != tt.status {
			t.Errorf("%s: status %d, want %d", tt.name, res.StatusCode, tt.status)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// The loopback door shows what a pull input counts, and neither its queue nor words of AWS.
func TestPublicPull(t *testing.T) {
	t.Parallel()
	s := Snapshot{Inputs: []Input{{Name: "trail", Address: "arn:aws:sqs:eu-central-1:123456789012:logs", Pull: &Pull{Taken: 7, LastError: "AccessDenied", Hint: "allow it"}}}}
	want := []Input{{Name: "trail", Pull: &Pull{Taken: 7}}}
	if diff := cmp.Diff(want, s.Public().Inputs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s.Inputs[0].Pull.Hint != "allow it" {
		t.Error("the snapshot itself was changed")
	}
}
