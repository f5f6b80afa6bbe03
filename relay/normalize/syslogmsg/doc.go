// Package syslogmsg reads syslog messages into the class Message: RFC 5424, RFC 3164 and what devices send in their place.
//
// It takes whatever has a priority or a timestamp. What it recognises of a header goes into the fields of the class, the
// remainder is Text, and nothing is thrown away: a message with an odd header has a longer Text. Only a record with neither
// priority nor timestamp, or with more structured data than maxParams, is unparsed.
//
//	<PRI>1 TIME HOST APP PROCID MSGID [SD] MSG       RFC 5424; a part that is missing or wrong ends the header
//	<PRI>1 EPOCH HOST MSG                            Meraki
//	<PRI>[SEQ: ][HOST: ][*.]TIME[ ZONE][:] HOST TAG[PID]: MSG   RFC 3164 as the world writes it; each part may be missing
//
// Times of RFC 3164: Mmm dd hh:mm:ss with or without year, fraction, weekday and zone, ISO 8601, seconds or milliseconds since 1970.
// A missing year is the one that puts the time nearest to when the relay received the record and not more than a day after it.
// A missing zone is relay.AttrZone of the origin, else UTC; never the relay's own.
//
// The message's own claims (host, time) say nothing about who sent it: that is Origin.Peer and Origin.Identity.
//
// # Why
//
//   - A parser of our own: the reference parser (influxdata/go-syslog v3) costs 2.2 µs and 18 allocations for RFC 5424, and
//     refuses much of what firewalls send. It is the oracle of the tests: what it accepts, this parser accepts with the same
//     fields. Run over all samples and the corpus of the fuzz target it never understood a record that this parser did not, so
//     there is no second try with it here.
//   - Structured data that breaks the grammar (Check Point, ESXi) is text: half an element would be a guess.
//   - A word before a colon is the tag and not the host, unless it is an address, a name with a dot, or CEF or LEEF follow.
//
// Sources: RFC 5424 section 6, RFC 3164 sections 4 and 5, RFC 3339; vendors' own guides for Cisco, Meraki, F5.
package syslogmsg
