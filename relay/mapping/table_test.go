package mapping

import (
	"slices"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/encode"
)

// TestTables: every kind but text has specimens, all of them are understood, and each schema has a table of them.
func TestTables(t *testing.T) {
	t.Parallel()
	for _, k := range relay.Kinds {
		if k == relay.KindText {
			continue
		}
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			for _, schema := range encode.Schemas {
				rows, err := Table(k, schema)
				if err != nil {
					t.Fatal(err)
				}
				if len(rows) < 4 && schema != "raw" {
					t.Errorf("%s: %d rows", schema, len(rows))
				}
			}
		})
	}
}

// TestMerge: a field of several specimens goes to all the places that any of them shows.
func TestMerge(t *testing.T) {
	t.Parallel()
	rows, err := Table(relay.KindVPCFlow, "ocsf")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(rows, func(r Row) bool { return r.Field == "action" })
	if i < 0 || !slices.Contains(rows[i].Members, "action_id") || !slices.Contains(rows[i].Members, "status_id") {
		t.Errorf("action goes to %v", rows[max(i, 0)].Members)
	}
	seen := map[string]bool{}
	for _, r := range rows {
		if seen[r.Field] && !strings.HasPrefix(r.Field, "#") {
			t.Errorf("%s has two rows", r.Field)
		}
		seen[r.Field] = true
	}
}
