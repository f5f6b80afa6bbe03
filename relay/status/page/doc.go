// Package page is the status page: what the relay says about itself, for people with a browser. It is embedded and needs no network.
//
//	GET  /               the sums, inputs, outputs, buffer, certificate, problems, charts        anyone on loopback, without others' words
//	GET  /events         the same as server-sent events, a part of the page as often as it changes
//	GET  /tail           records as they pass                                                    needs a login
//	GET  /dead-letters   what was refused, and why; POST /dead-letters/retry, /dead-letters/drop needs a login
//	GET  /config         the configuration in force, secrets masked                              needs a login
//	     /login, /logout
//
// # Who may see what
//
// Whoever comes by the unix socket is logged in: the kernel says who it is. On a loopback address everyone on the host sees health and
// sums; on any other address nobody sees anything without a login. A login is a name and a password of the configuration (admin.users), of
// which the configuration has a hash only (argon2id).
//
// # Invariants
//
//   - No GET changes anything. Every POST has to come from a page of ours: its origin is checked (net/http.CrossOriginProtection), and
//     it carries a token that belongs to the session. This goes for the socket too, since "ssh -L 5480:/run/logrelay/admin.sock" puts a browser in front of it.
//   - What strangers wrote (records, far ends' answers, names) reaches HTML through html/template alone, and the script puts no HTML together. A
//     Content-Security-Policy that allows nothing inline stands behind that.
//   - The page works without the script: it loads itself again every few seconds. With it, only what differs changes, so that focus, selection and
//     a screen reader's place stay. What is read aloud is one sentence, when it changes.
//   - All is bounded: sessions, streams, failed logins that are remembered, samples, of how many inputs and outputs there are any. The memory of the charts
//     is the same after a day and after a year.
//   - The state of a session is in memory alone: a restart logs everyone out, a reload those who may not log in any more.
//
// # Why
//
//   - Charts are SVG that the server makes. A chart library (uPlot, say) draws on a canvas, which says nothing to a screen reader, needs the script, and
//     has to be taken over with each of its releases; four lines of 360 points need none, and of which input or output they are is chosen by a form.
//     Zooming would change our mind; for that there is Prometheus.
//   - The server renders the HTML of a change too, and the script, a page long, moves the differences into the page: there is one
//     way to show a thing, and it is tested in Go. A framework would render it a second time.
//   - What the charts know begins with the process, and the page says so: a file of them would be one more thing to be damaged, for what Prometheus keeps better.
//   - A cookie belongs to a host and not to a port (RFC 6265 section 8.5): on loopback other programs of the host that the same browser talks to could
//     read it. It is worth as much as a password for as long as it lives, hence the short idle time. Over TLS its name begins with __Host-.
//   - argon2id with 19 MiB and two passes (OWASP Password Storage Cheat Sheet): it has to fit a relay with 64 MiB of memory. One password at a time is checked.
package page
