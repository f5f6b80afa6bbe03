package encode_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
	"logrelay/relay/relaytest"
)

// trailSamples returns the events of the sample files of CloudTrail.
func trailSamples(t *testing.T) (records []json.RawMessage) {
	t.Helper()
	dir := relaytest.Reference(t, "samples", "cloudtrail")
	for _, name := range glob(t, dir, "invictus", "*.json.gz") {
		var v struct{ Records []json.RawMessage }
		if err := json.Unmarshal([]byte(strings.Join(sampleLines(t, name), "\n")), &v); err != nil {
			t.Fatal(err)
		}
		records = append(records, v.Records...)
	}
	for _, name := range glob(t, dir, "stratus", "*.json") {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var v []json.RawMessage
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		records = append(records, v...)
	}
	return append(records, pantherSamples(t, filepath.Join(dir, "panther-cloudtrail.jsonl"))...)
}

// pantherSamples returns the events of a file of test events, one in each line.
func pantherSamples(t *testing.T, name string) (records []json.RawMessage) {
	t.Helper()
	for _, line := range sampleLines(t, name) {
		var v struct{ Event json.RawMessage }
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		var head struct{ EventSource, EventTime json.RawMessage }
		if err := json.Unmarshal(v.Event, &head); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(v.Event), `"eventsource"`) || strings.Contains(name, "cloudtrail") && head.EventSource == nil || string(head.EventTime) == `"redacted"` {
			continue // made for a rule alone: names in small letters, no source, no time
		}
		records = append(records, v.Event)
	}
	return records
}

func glob(t *testing.T, path ...string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(path...))
	if err != nil || len(names) == 0 {
		t.Fatalf("no files %v: %v", path, err)
	}
	return names
}

// TestAWSSamples: nobody has to name the kind of an event of CloudTrail or a finding of GuardDuty; each becomes valid OCSF, and nothing of it is lost.
func TestAWSSamples(t *testing.T) {
	t.Parallel()
	s := schemas(t)
	enc, err := encode.New("ocsf", encode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := normalize.New()
	var es relay.Events
	for kind, records := range map[relay.Kind][]json.RawMessage{
		relay.KindCloudTrail: trailSamples(t),
		relay.KindGuardDuty:  pantherSamples(t, relaytest.Reference(t, "samples", "guardduty", "panther-guardduty.jsonl")),
	} {
		classes := map[string]int{}
		for i, raw := range records {
			es.Reset()
			n.Append(&es, &relay.Record{Raw: raw, Origin: &relay.Origin{Input: "main"}, Received: 1})
			e := &es.List[0]
			if len(es.List) != 1 || e.Kind != kind || e.Fault.Reason != relay.FaultNone {
				t.Fatalf("%d events, the first of kind %s: %v: %s", len(es.List), e.Kind, e.Fault, raw)
			}
			if lost := relaytest.Lost(raw, es.List, "true", "false"); lost != nil {
				t.Fatalf("%q is lost of %s", lost, raw)
			}
			if c, ok := e.Class.(*relay.APICall); !ok || c.Change.Activity != 0 || i%8 == 0 {
				classes[checkOCSF(t, s, enc(nil, e))["class_name"].(string)]++
			}
		}
		t.Logf("%s: %d records, of those checked: %v", kind, len(records), classes)
	}
}
