package mapping

import (
	"fmt"
	"strings"
	"testing"

	"logrelay/relay"
)

// TestExplainLarge: a record of very many fields is explained as far as that goes quickly, and the explanation says where it ends.
func TestExplainLarge(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&b, `,"name-%d":%q`, i, strings.Repeat("v", 200))
	}
	x, err := Explain(&relay.Record{Raw: []byte("{" + b.String()[1:] + "}"), Origin: &relay.Origin{}}, "json")
	if err != nil {
		t.Fatal(err)
	}
	if last := x.Rows[len(x.Rows)-1]; len(x.Rows) != 101 || last.Note != NoteMore || last.Field != "name-100" || x.Own != nil {
		t.Errorf("%d rows, the last is %+v; %v", len(x.Rows), last, x.Own)
	}
}
