// Package raw makes events of records that have no structure to read: lines of text.
package raw

import "logrelay/relay"

// Append is a relay.NormalizeFunc for plain text: class Other with the record's bytes as Text.
func Append(es *relay.Events, r *relay.Record) {
	o := es.Other()
	o.Text = relay.View(r.Raw)
	es.Add(r, relay.KindText).Class = o
}
