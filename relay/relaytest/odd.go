package relaytest

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

// EachOdd calls f with a JSON record once for each of its values, with something else in that value's place: another type, nothing, or an
// empty value. The text of what is put there is "odd" and a number that comes once.
func EachOdd(t testing.TB, record []byte, f func(record []byte)) {
	t.Helper()
	var root any
	if err := json.Unmarshal(record, &root); err != nil {
		t.Fatal(err)
	}
	n := 0
	var walk func(v any, put func(any))
	walk = func(v any, put func(any)) {
		n++
		text := "odd" + string(rune('a'+n%26)) + string(rune('a'+n/26%26))
		odd := [...]any{text, 4_711_000 + n, []any{text, 4_711_000 + n}, map[string]any{text: text}, nil, map[string]any{}, true}
		put(odd[n%len(odd)])
		b, err := json.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		f(b)
		put(v)
		switch v := v.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				walk(v[name], func(x any) { v[name] = x })
			}
		case []any:
			for i := range v {
				walk(v[i], func(x any) { v[i] = x })
			}
		}
	}
	walk(root, func(x any) { root = x })
}
