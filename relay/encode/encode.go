package encode

import (
	"fmt"

	"logrelay/relay"
)

// Schemas names the schemas that New knows.
var Schemas = [...]string{"raw", "json", "ocsf", "ecs", "cef", "leef"}

// Options of an encoder. The zero value works.
type Options struct {
	// Raw adds the record as it arrived to every event (json: raw, ocsf: raw_data, ecs: event.original). Records that could not be understood
	// carry it always.
	Raw bool
}

// New returns the encoder of one of Schemas. RFC5424 puts a syslog header before any of them. It is stateless and safe for concurrent use.
func New(schema string, o Options) (relay.EncodeFunc, error) {
	switch schema {
	case "raw":
		return Raw, nil
	case "json":
		return flat(o).encode, nil
	case "ocsf":
		return ocsf(o).encode, nil
	case "ecs":
		return ecs(o).encode, nil
	case "cef":
		return cef(o).encode, nil
	case "leef":
		return leef(o).encode, nil
	}
	return nil, fmt.Errorf("choosing an encoder: unknown schema %q: use one of %v", schema, Schemas)
}

// Raw appends the record's bytes as they are, line ends included; the output that needs one line passes them through relay.EscapeLine.
// It is a relay.EncodeFunc.
func Raw(dst []byte, e *relay.Event) []byte { return append(dst, e.Record.Raw...) }
