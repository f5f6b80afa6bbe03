package encode_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
	"logrelay/relay/relaytest"
)

// TestPairsOfKinds compares what records become that nobody names with pairs written by hand from the mapping rules.
func TestPairsOfKinds(t *testing.T) {
	t.Parallel()
	for file, kind := range map[string]relay.Kind{"route53.jsonl": relay.KindRoute53, "waf.jsonl": relay.KindWAF, "eks-audit.jsonl": relay.KindK8sAudit} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			name := relaytest.Reference(t, "ocsf", "examples", file)
			s := schemas(t)
			enc, err := encode.New("ocsf", encode.Options{})
			if err != nil {
				t.Fatal(err)
			}
			n := normalize.New()
			var es relay.Events
			for _, line := range sampleLines(t, name) {
				var pair struct {
					ID, Raw  string
					Expected json.RawMessage
				}
				if err := json.Unmarshal([]byte(line), &pair); err != nil {
					t.Fatal(err)
				}
				es.Reset()
				n.Append(&es, &relay.Record{Raw: []byte(pair.Raw), Origin: &relay.Origin{Input: "main"}, Received: 1})
				if len(es.List) != 1 || es.List[0].Kind != kind {
					t.Fatalf("%s: %d events of %s: %v", pair.ID, len(es.List), es.List[0].Kind, es.List[0].Fault)
				}
				got := checkOCSF(t, s, enc(nil, &es.List[0]))
				want := decode(t, pair.Expected)
				strip(got)
				strip(want)
				if d := cmp.Diff(want, got); d != "" {
					t.Fatalf("%s (-want +got):\n%s", pair.ID, d)
				}
			}
		})
	}
}
