package encode_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
	"logrelay/relay/relaytest"
)

// TestPublishedPairs compares what records become with pairs written by hand from the mapping rules. What is the product's own is left out.
// All but flow log rows, which need their columns, are recognised without anybody naming their kind.
func TestPublishedPairs(t *testing.T) {
	t.Parallel()
	for file, kind := range map[string]relay.Kind{
		"cloudtrail.jsonl": relay.KindCloudTrail, "cloudtrail-iam.jsonl": relay.KindCloudTrail, "eks-audit.jsonl": relay.KindK8sAudit,
		"route53.jsonl": relay.KindRoute53, "vpcflow.jsonl": relay.KindVPCFlow, "waf.jsonl": relay.KindWAF,
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			s := schemas(t)
			enc, err := encode.New("ocsf", encode.Options{})
			if err != nil {
				t.Fatal(err)
			}
			n := normalize.New()
			var es relay.Events
			for _, line := range sampleLines(t, relaytest.Reference(t, "ocsf", "examples", file)) {
				var pair struct {
					ID, Header, Raw string
					Expected        json.RawMessage
				}
				if err := json.Unmarshal([]byte(line), &pair); err != nil {
					t.Fatal(err)
				}
				es.Reset()
				n.Append(&es, &relay.Record{Raw: []byte(pair.Raw), Origin: &relay.Origin{Input: "main", Columns: pair.Header}, Received: 1})
				if len(es.List) != 1 || es.List[0].Kind != kind {
					t.Fatalf("%s: %d events, the first of kind %s: %v", pair.ID, len(es.List), es.List[0].Kind, es.List[0].Fault)
				}
				got := checkOCSF(t, s, enc(nil, &es.List[0]))
				want := decode(t, pair.Expected)
				strip(got)
				strip(want)
				accept(pair.ID, want, got)
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("%s (-want +got):\n%s", pair.ID, d)
				}
			}
		})
	}
}

// strip takes away what is left to the product.
func strip(v map[string]any) {
	for k := range v {
		if strings.HasPrefix(k, "raw_data") || k == "observables" {
			delete(v, k)
		}
	}
	m := v["metadata"].(map[string]any)
	for k := range m {
		if strings.HasPrefix(k, "log_") || k == "uid" || k == "logged_time" || k == "processed_time" || k == "tenant_uid" {
			delete(m, k)
		}
	}
}

// accept takes away what differs for a reason.
func accept(id string, want, got map[string]any) {
	// The expectations drop members of userIdentity that have no place ("ec2RoleDelivery", "accesKeyId"), against their own rule that what is not
	// mapped goes to unmapped. Here nothing is dropped.
	if rest, ok := got["unmapped"].(map[string]any); ok && rest["userIdentity"] != nil {
		if w, ok := want["unmapped"].(map[string]any); !ok || w["userIdentity"] == nil {
			delete(rest, "userIdentity")
			if len(rest) == 0 {
				delete(got, "unmapped")
			}
		}
	}
	// The expectation is Success although responseElements.PasswordUpdated is "Failure": the rule reads the outcome of ConsoleLogin alone
	// there. It failed.
	if strings.HasSuffix(id, "#Root Password Change Failed") && got["status"] == "Failure" {
		for _, v := range []map[string]any{want, got} {
			delete(v, "status")
			delete(v, "status_id")
		}
	}
}
