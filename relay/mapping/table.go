package mapping

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/vpcflow"
)

// specimens holds made-up records of each kind, one a line, in a file named after it.
//
//go:embed specimens
var specimens embed.FS

// Kinds lists the kinds of which there are specimens.
func Kinds() (kinds []relay.Kind) {
	for _, k := range relay.Kinds {
		if text, err := specimens.ReadFile("specimens/" + string(k)); err == nil && len(text) > 0 {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// Table returns where the fields of all specimens of a kind go. A field that several have goes to all the places that any of them shows.
func Table(kind relay.Kind, schema string) (rows []Row, err error) {
	text, err := specimens.ReadFile("specimens/" + string(kind))
	if err != nil {
		return nil, fmt.Errorf("there is no specimen of kind %q: `logrelay mapping` lists the kinds that have one", kind)
	}
	o := &relay.Origin{Input: "specimens", Kind: kind}
	for line := range bytes.Lines(text) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		if len(line) == 0 {
			continue
		}
		if kind == relay.KindVPCFlow && vpcflow.IsHeader(line) {
			o = &relay.Origin{Input: o.Input, Kind: kind, Columns: string(line)}
			continue
		}
		x, err := Explain(&relay.Record{Raw: line, Origin: o, Received: specimenTime}, schema)
		if err != nil {
			return nil, err
		}
		if x.Fault != "" {
			return nil, fmt.Errorf("BUG: the specimen %q of kind %s is not understood: %s", line, kind, x.Fault)
		}
		rows = merge(rows, x.Rows)
	}
	return rows, nil
}

// specimenTime is when the specimens were received: 2026-11-21T09:15:33Z.
const specimenTime = 1_795_252_533_000_000_000

func merge(rows, more []Row) []Row {
	for _, r := range more {
		if !strings.HasPrefix(r.Field, "#") { // numbered fields of different lines are different fields
			if i := slices.IndexFunc(rows, func(have Row) bool { return have.Field == r.Field }); i >= 0 {
				have := &rows[i]
				for _, m := range r.Members {
					if !slices.Contains(have.Members, m) {
						have.Members = append(have.Members, m)
					}
				}
				if len(have.Members) > 0 && have.Note != NoteClass {
					have.Note = ""
				}
				continue
			}
		}
		rows = append(rows, r)
	}
	return rows
}
