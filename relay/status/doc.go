// Package status is what the relay says about itself: the Snapshot, and the admin listeners that serve it.
//
// There are two doors. The unix socket (mode 0660) is for root and the group of the service: everything, changes and pprof
// included; each change is written to the log with the user id of the peer. The listener on a loopback address answers anyone on the host and
// therefore gives only health, metrics and sums: no record content, no far end's words, no change. Its Host header must
// name a loopback address, so that a web page in a browser on the host cannot read it through a rebound name. On another address, over TLS,
// it gives health alone. Who has logged in at the status page (package page) gets more from it.
//
// Neither door can take what senders need: connections are bounded, and where there are too many the one that has waited longest for a request ends; at an
// address so does who asks and does not take the answer. What shows records ends with the session that may see them.
//
// Health knows nothing of remote state: a SIEM that is away is in the Snapshot, never in /healthz, so that no supervisor
// restarts a relay for it.
//
// Why:
//   - A plain net/http mux and JSON rather than a framework or gRPC: a dozen routes, read by curl and by people.
//   - A live tail is one answer without an end: JSON, one value a line, for the terminal, server-sent events for a browser. Neither needs what a
//     WebSocket brings, and curl reads both.
//   - The package knows no other stage. The daemon fills the Snapshot and gives the Actions; nothing here can reach a buffer.
package status
