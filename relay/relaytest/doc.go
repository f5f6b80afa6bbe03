// Package relaytest holds what tests of several packages need, and the demo and relaybench with them: a stand-in SIEM over real
// sockets (SIEM) that can be told to fail, certificates made in memory (CA), made-up log lines with sequence numbers (VPCFlow,
// RFC5424, ...), a Sink and a Cursor in memory, and the contracts that each source and destination has to keep (TestSource,
// TestDestination).
//
// It imports relay alone of ours, so that every package can use it. It is no reference for the protocols: it takes what a real SIEM
// would take, and complains about nothing else.
//
// # Why
//
//   - Real sockets and real TLS. What breaks in the field is a half-closed connection, a reset, a certificate; a fake
//     http.RoundTripper has none of them.
//   - Faults are switched while it runs (SIEM.Set), because what matters is what happens at the change.
//   - An outage closes the listeners and resets the connections, as a dead host or process does. The same port is
//     opened again after it; until then a socket that does not listen holds it, so that nobody else is given it.
package relaytest
