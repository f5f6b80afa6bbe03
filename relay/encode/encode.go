package encode

import (
	"fmt"
	"slices"

	"logrelay/relay"
)

// Schemas names the schemas that New knows.
var Schemas = [...]string{"raw", "json", "ocsf", "ecs", "cef", "leef", "rfc5424"}

// Options of an encoder. The zero value works.
type Options struct {
	// Raw adds the record as it arrived to every event (json: raw, ocsf: raw_data, ecs: event.original). Records that could not be understood
	// carry it always.
	Raw bool
	// Observables adds to OCSF events a list of the addresses, host names, user names, resource ids and URLs in them.
	Observables bool
	// OCSFVersion is one of OCSFVersions; "" is the first.
	OCSFVersion string
}

// OCSFVersions are the versions of OCSF that events can be written in. The first is the one of the encoders; an older one is made of it by a
// table of differences.
var OCSFVersions = [...]string{"1.8.0", "1.1.0"}

// New returns the encoder of one of Schemas. RFC5424 puts a syslog header before any of the others. It is stateless and safe for concurrent use.
func New(schema string, o Options) (relay.EncodeFunc, error) {
	switch schema {
	case "raw":
		return Raw, nil
	case "json":
		return flat(o).encode, nil
	case "ocsf":
		if o.OCSFVersion != "" && !slices.Contains(OCSFVersions[:], o.OCSFVersion) {
			return nil, fmt.Errorf("choosing an encoder: no OCSF version %q: use one of %v", o.OCSFVersion, OCSFVersions)
		}
		return ocsf(o).encode, nil
	case "ecs":
		return ecs(o).encode, nil
	case "cef":
		return cef(o).encode, nil
	case "leef":
		return leef(o).encode, nil
	case "rfc5424":
		return RFC5424(flat(o).message), nil
	}
	return nil, fmt.Errorf("choosing an encoder: unknown schema %q: use one of %v", schema, Schemas)
}

// Raw appends the record's bytes as they are, line ends included; the output that needs one line passes them through relay.EscapeLine.
// It is a relay.EncodeFunc.
func Raw(dst []byte, e *relay.Event) []byte { return append(dst, e.Record.Raw...) }
