// Package relaytest holds what tests of several packages need, and the demo and relaybench with them: a stand-in SIEM over real
// sockets (SIEM) that can be told to fail, stand-ins for AWS's services (S3, SQS, STS, IMDS, Route 53) with the notifications that S3 sends,
// certificates made in memory (CA), made-up log lines with sequence numbers (VPCFlow, RFC5424, ...), a Sink and a Cursor in memory, and
// the contracts that each source and destination has to keep (TestSource, TestDestination). In the integration tier it also starts servers
// that others wrote (MinIO, ElasticMQ, Moto, Pebble, VictoriaLogs, OpenSearch), where environment variables name their programs.
//
// It imports relay alone of ours, so that every package can use it. It is no reference for the protocols: it takes what a real SIEM
// would take, and complains about nothing else.
//
// # Why
//
//   - Real sockets and real TLS. What breaks in the field is a half-closed connection, a reset, a certificate; a fake
//     http.RoundTripper has none of them.
//   - Faults are switched while it runs (SIEM.Set), because what matters is what happens at the change.
//   - The stand-ins for AWS are for what real servers cannot do on demand: a fault at a certain byte, a clock that is moved, an object that
//     changes while it is read. That they behave as the real ones is shown by the contract suites of relay/ingest/s3/access, which run against
//     both. The signature of requests is not checked, only whose key it names.
//   - An outage closes the listeners and resets the connections, as a dead host or process does. The same port is
//     opened again after it. Another process may take the port meanwhile; then Accept fails and the test with it.
package relaytest
