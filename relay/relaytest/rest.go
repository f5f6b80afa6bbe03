package relaytest

import (
	"encoding/json"
	"testing"

	"logrelay/relay"
)

// CheckRest fails the test when a field of Rest has the name of another of its event, or says that it is JSON and is not.
func CheckRest(t testing.TB, events []relay.Event) {
	t.Helper()
	for i := range events {
		names := map[string]bool{}
		for _, f := range events[i].Rest {
			if names[f.Name] {
				t.Errorf("Rest has two fields %q", f.Name)
			}
			names[f.Name] = true
			if f.Type != relay.FieldString && !json.Valid([]byte(f.Value)) {
				t.Errorf("%s of Rest is no JSON: %s", f.Name, f.Value)
			}
		}
	}
}
