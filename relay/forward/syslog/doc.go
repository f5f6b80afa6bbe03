// Package syslog delivers events as syslog messages: over TLS and TCP with octet counting (RFC 5425 section 4.3, RFC 6587
// section 3.4.1) or newlines (RFC 6587 section 3.4.2), and over UDP, one message a datagram (RFC 5426).
//
// It does not normalize, retry or keep anything: package forward does. It takes no answers, because the protocol has none.
//
// # What nil is worth
//
//   - TLS, TCP: Send's nil means that the kernel has the bytes. A Send is confirmed when the peer's TCP has acknowledged it (the
//     kernel's count of unacknowledged bytes) and another ResendBytes have followed it, or when a connection that we ended was
//     ended by the peer too. Whatever else ends a connection makes every unconfirmed Send an error. A peer that takes more than
//     ResendBytes into its own memory and dies loses the excess; nothing in the protocol can tell. Nor can it tell a peer that
//     ends because we did from one that dies in the same instant; that is why the pump flushes when a connection has been quiet,
//     and else only at its maximum age.
//   - UDP: Send's nil means that the kernel took the datagrams.
//
// # Invariants
//
//   - No goroutine of ours: the connection is looked at before and after each Send, and the pump flushes it when idle.
//   - Every event is exactly one message. With newlines, CR, LF and NUL go out as \r, \n and \0.
//   - Hostname and application come from the event, so a sender may have chosen them. Ids, input, peer and identity stand in the
//     structured data of our own header, where no sender can write.
//
// # Why
//
//   - Frames are put straight into one buffer and leave in one write: with TLS, too, the records of a chunk are gathered
//     below package tls. The length that stands before a message is guessed from the one before, so that messages are rarely moved.
//   - A raw record that starts with a priority is passed on unchanged, as its sender made it. One that does not gets a
//     header of ours: receivers would take its first bytes for one.
//   - A peer that does not read is waited for: the system's buffers are full, and closing would only send the same bytes again.
//     After Stall without a byte it is given up as dead.
//   - A peer that has taken every byte but never ends its side would get the same bytes again and again. When that happens on two
//     connections in a row, the peer's TCP is believed.
package syslog
