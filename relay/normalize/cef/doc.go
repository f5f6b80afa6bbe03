// Package cef reads the Common Event Format and the Log Event Extended Format (LEEF), bare or behind a syslog header: a header between bars, then
// keys with values.
//
//	CEF:0|Vendor|Product|Version|SignatureID|Name|Severity|key=value key=value
//	LEEF:1.0|Vendor|Product|Version|EventID|key=value<TAB>key=value
//	LEEF:2.0|Vendor|Product|Version|EventID|delimiter|key=value<delimiter>key=value
//
// The keys of LEEF are read as those of CEF that mean the same, so that there is one table. What the event is, its keys say: a request with
// a method or a URL is HTTPRequest; addresses with a port or a protocol are NetworkFlow; all else is Message. Every other key stays in Event.Rest
// under its own name, and goes out under it again where the output speaks CEF or LEEF.
//
// Vendor and product decide where SIEMs put an event, and the sender writes them. An input can name those it lets through (relay.AttrProducts); others
// are kept in Rest, as deviceVendor and deviceProduct, and the relay stands for them.
//
// # Why
//
//   - A value ends where " key=" follows, since blanks in values are not escaped; a "=" that no key stands before belongs to the value, as the world writes it.
//   - CEF in is from the source to the destination (Traffic.BytesOut), by the standard; many firewalls have it the other way round, which nothing in the event tells.
//   - LEEF without tabs, with its pairs separated by blanks, is read like CEF: that is what senders that break the rule do.
//
// Sources: ArcSight Common Event Format Implementation Standard, version 25; IBM QRadar LEEF guide, versions 1.0 and 2.0.
package cef
