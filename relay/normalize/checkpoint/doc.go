// Package checkpoint reads logs of Check Point's Log Exporter: structured data of RFC 5424, key:"value"; pairs (which is what its syslog format really sends), and key=value|… (its
// format for Splunk). Logs of connections become a NetworkFlow, logs with a protection or malware a Finding, logins of administrators an Authentication, all others stay a Message with their fields in Rest.
//
// # Why
//
//   - A log with a source and a destination, or one of them and a protocol, a port or the firewall as its blade, is about traffic. The blade (product) is the product's feature.
//   - rule_action and the names of layers come once for each layer: all are kept, as arrays.
//   - service is the destination's port where it is a number; time is seconds or milliseconds since 1970.
//   - severity is a number from 0 to 4 or a word.
//
// Source: Check Point, "Logging and Monitoring Administration Guide", Log Exporter; sk144192 (log fields).
package checkpoint
