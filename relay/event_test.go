package relay

import (
	"bytes"
	"fmt"
	"testing"
)

// TestEventsKeepTheirPlace: what an Events has handed out stays as it is until Reset, however much follows.
func TestEventsKeepTheirPlace(t *testing.T) {
	t.Parallel()
	var es Events
	for round := range 3 {
		var flows []*NetworkFlow
		var fields [][]Field
		var params [][]Param
		var texts []string
		for i := range 1000 {
			f := es.NetworkFlow()
			if f.Product.Version != "" || f.Src.Port.Set {
				t.Fatal("a class value is not empty")
			}
			f.Product.Version, f.Src.Port = fmt.Sprint(round, i), Number{int64(i), true}
			flows = append(flows, f)
			fields = append(fields, es.Fields(make([]Field, i%700)))
			for k := range fields[i] {
				fields[i][k].Name = f.Product.Version
			}
			params = append(params, es.Params([]Param{{Element: f.Product.Version}}))
			texts = append(texts, es.Text(bytes.Repeat([]byte{byte(i)}, i)))
		}
		for i := range flows {
			want := fmt.Sprint(round, i)
			if flows[i].Product.Version != want || params[i][0].Element != want || len(fields[i]) != i%700 || len(texts[i]) != i {
				t.Fatalf("event %d has changed", i)
			}
			for k := range fields[i] {
				if fields[i][k].Name != want {
					t.Fatalf("field %d of event %d has changed", k, i)
				}
			}
			for k := range len(texts[i]) {
				if texts[i][k] != byte(i) {
					t.Fatalf("text of event %d has changed", i)
				}
			}
			if extra := append(params[i], Param{}); cap(params[i]) != 1 || &extra[0] == &params[i][0] {
				t.Fatal("appending to parameters writes into their neighbours")
			}
		}
		es.Reset()
	}
	if es.Fields(nil) != nil || es.Params(nil) != nil {
		t.Error("nothing is not nil")
	}
}

func TestAddUnparsed(t *testing.T) {
	t.Parallel()
	var es Events
	r := &Record{Raw: []byte("x"), Received: 7}
	es.AddUnparsed(r, KindJSON, Fault{Reason: FaultSyntax, Offset: 3, Detail: "why"})
	e := es.List[0]
	if o, ok := e.Class.(*Other); !ok || o.Text != "x" || string(e.Fault.AppendTo(nil)) != "syntax: why, at byte 3" || e.Kind != KindJSON || e.Time != 7 || e.Of != 1 {
		t.Errorf("%+v", e)
	}
	if got := string(e.AppendID(nil)); got != "00000000000000000000000000000000-0" {
		t.Error(got)
	}
	e.N, e.Of = 12, 20
	if got := string(e.AppendID(nil)); got != "00000000000000000000000000000000-0/12" {
		t.Error(got)
	}
}
