//go:build integration

package elastic

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/relaytest"
)

// takesAllKinds: with README's template, one data stream takes the ECS of all that the tests of the kinds know; no field is a text in one event and an
// object in another.
func (s openSearch) takesAllKinds(t *testing.T) {
	files, err := filepath.Glob("../../../testdata/*/*/want.ecs.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	var lines []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			lines = append(lines, string(bytes.TrimSpace(line)))
		}
	}
	// What of Resolver's answers is none (it has no data) stays as it came, and so do labels of WAF that have no name: such records are
	// samples of ours, not of AWS.
	accepted := []string{"[aws.route53.answers]", "[aws.waf.labels]"}
	err = s.open(t, Options{Encode: raw, Index: "logs-all-default", DataStream: true}).Send(t.Context(), relaytest.EventsOf(lines...))
	reject, rejected := errors.AsType[*relay.RejectError](err)
	if !rejected {
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	for k, i := range reject.Events {
		answer := reject.AnswerTo(k)
		if !slices.ContainsFunc(accepted, func(field string) bool { return strings.Contains(answer, field) }) {
			t.Errorf("%s\n%.1000s", answer, lines[i])
		}
	}
}
