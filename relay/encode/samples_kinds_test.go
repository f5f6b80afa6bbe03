package encode_test

import (
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/ingest"
	"logrelay/relay/normalize"
	"logrelay/relay/relaytest"
)

// TestKindSamples: real records are recognised although nobody names their kind, understood, and become valid OCSF.
func TestKindSamples(t *testing.T) {
	t.Parallel()
	samples := relaytest.Reference(t, "samples")
	for folder, kind := range map[string]relay.Kind{"route53": relay.KindRoute53, "waf": relay.KindWAF, "eks": relay.KindK8sAudit, "cloudwatch": relay.KindText} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			files, err := filepath.Glob(filepath.Join(samples, folder, "*"))
			if err != nil || len(files) == 0 {
				t.Fatalf("no samples: %v", err)
			}
			for _, file := range files {
				for _, line := range sampleLines(t, file) {
					var test struct{ Event json.RawMessage } // of a rule's tests
					if json.Unmarshal([]byte(line), &test) == nil && test.Event != nil {
						line = string(test.Event)
					}
					checkSample(t, line, kind)
				}
			}
		})
	}
}

// TestEnvelopeSamples: so are those that Firehose and Splunk senders put into their own envelopes.
func TestEnvelopeSamples(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"firehose", "hec"} {
		for _, line := range sampleLines(t, relaytest.Reference(t, "samples", folder, "requests.jsonl")) {
			var request struct {
				Records []string `json:"expect_records"`
				Events  []string `json:"expect_events"`
			}
			if err := json.Unmarshal([]byte(line), &request); err != nil {
				t.Fatal(err)
			}
			for _, raw := range append(request.Records, request.Events...) {
				kind := relay.KindText
				switch {
				case strings.HasPrefix(raw, "2 "):
					kind = relay.KindVPCFlow
				case strings.HasPrefix(raw, "{"):
					kind = relay.KindJSON
				}
				checkSample(t, raw, kind)
			}
		}
	}
}

// checkSample cuts a body as an input does and checks what its records become.
func checkSample(t *testing.T, body string, kind relay.Kind) {
	t.Helper()
	enc, err := encode.New("ocsf", encode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := schemas(t)
	cut := ingest.NewSplitter([]byte(body), ingest.SplitOptions{})
	n := normalize.New()
	for {
		var p ingest.Piece
		if err := cut.Next(&p); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		o := &relay.Origin{Input: "main"}
		if p.Context != nil {
			o.Attrs = p.Context.Attrs
		}
		var es relay.Events
		n.Append(&es, &relay.Record{Raw: p.Raw, Meta: p.Meta, Origin: o, Received: 1_795_252_533_000_000_000})
		for i := range es.List {
			e := &es.List[i]
			if e.Kind != kind || e.Fault.Reason != relay.FaultNone {
				t.Errorf("kind %s, want %s: %v: %s", e.Kind, kind, e.Fault, p.Raw)
			}
			checkOCSF(t, s, enc(nil, e))
		}
	}
}
