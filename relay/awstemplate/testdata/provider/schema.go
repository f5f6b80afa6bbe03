package main

import (
	"encoding/json"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// block is as schema.py writes it.
type block struct {
	Attributes map[string]struct {
		Type               json.RawMessage
		Required, Computed bool
	}
	Blocks map[string]struct {
		Nesting  string
		Min, Max int64
		Block    block
	}
}

func (b block) schema(top bool) *tfprotov5.SchemaBlock {
	s := &tfprotov5.SchemaBlock{}
	for name, a := range b.Attributes {
		typ, err := tftypes.ParseJSONType(a.Type) //nolint:staticcheck // there is no other
		if err != nil {
			panic(err)
		}
		only := strings.HasSuffix(name, "_wo")
		s.Attributes = append(s.Attributes, &tfprotov5.SchemaAttribute{
			Name: name, Type: typ, Required: a.Required, Optional: !a.Required && !a.Computed,
			Computed: a.Computed || top && !a.Required && !only, WriteOnly: only,
		})
	}
	nestings := map[string]tfprotov5.SchemaNestedBlockNestingMode{
		"list": tfprotov5.SchemaNestedBlockNestingModeList, "set": tfprotov5.SchemaNestedBlockNestingModeSet, "single": tfprotov5.SchemaNestedBlockNestingModeSingle,
	}
	for name, inner := range b.Blocks {
		nested := &tfprotov5.SchemaNestedBlock{TypeName: name, Nesting: nestings[inner.Nesting], Block: inner.Block.schema(false)}
		if inner.Nesting != "single" {
			nested.MinItems, nested.MaxItems = inner.Min, inner.Max
		}
		s.BlockTypes = append(s.BlockTypes, nested)
	}
	return s
}
