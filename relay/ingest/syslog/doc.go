// Package syslog is the source for syslog over TLS (RFC 5425), TCP (RFC 6587) and UDP (RFC 5426). It decides who may send, cuts
// what comes into messages, and puts them; it does not look into a message beyond its framing. Reading a message's header is the
// work of normalize, after the disk.
//
//	accept ─ admit ─ conn: proxy header, TLS ─┐
//	                                          │  stream      one read(2) brings up to 256 KiB, and memory is borrowed only then
//	                                          ├─ framer ─┬─ a batch of the connection's own ─┬─▶ relay.Sink.Put
//	                                          │          └─ collector: a batch of many ──────┤
//	socket ─ receiver: recvmmsg(2) ───────────┴──────────── batches of the socket ───────────┘
//
// # What is promised
//
//   - Every byte that was read is in a record, or is framing: a length, a terminator, an empty line. A message longer than MaxMessage
//     becomes parts (relay.AttrPart). A message that is not complete when its connection ends is kept, and marked.
//   - The records of a connection are put in the order in which they came.
//   - Plain syslog has no acknowledgement. What stands in for one is that the socket is not read while the log takes nothing: TCP
//     makes the sender wait. What lies in this process or in the kernel when the machine dies is lost; for a connection this is
//     at most one read and its share of two common batches. Over UDP the kernel drops what it has no room for, and we count it.
//   - At the end of Run nothing more is accepted, senders are told (close_notify, FIN), what is on its way is taken for half a
//     second, and all of it is put.
//
// # Framing
//
// Each frame may have its own (RFC 6587 section 3.4): digits without leading zero, a blank, and then '<' are the length of a
// counted frame; all else is a line that ends with LF or NUL. A CR before the end of a line, and an LF, CR LF or NUL that a
// sender counted in, are cut off; a single LF or NUL after a counted frame is skipped. So a line that begins with digits is a
// line.
//
// A length above relay.MaxRecord is not believed. After such a length, and after a counted frame that is followed by anything but
// a frame (its length was wrong), bytes are taken as garbage until the next LF or NUL, or until text that looks like the start of
// a counted frame: a length, a blank, and a priority. Garbage is kept as a record with relay.FlagResync.
//
// A line that does not end within ReadTimeout is passed on as it is and the connection stays, because some senders end a line
// when the next begins. A counted frame or TLS record that does not become complete ends the connection.
//
// # Memory
//
// A connection without pending bytes holds no buffer: the read-ahead stream waits for readiness and only then borrows a workspace
// (about 0.5 MiB) within Options.Budget, which should have room for at least four. crypto/tls keeps what it once needed for its
// largest record, up to 17 KiB a connection; MaxConnections has to reckon with it. Incomplete messages up to 4 KiB are kept
// beside the budget; longer ones share 16 MiB an input, and leave as parts when that is used up. A UDP socket has 4 MiB of
// address space, of which datagrams touch what they fill, and eight batches.
//
// # Files
//
//   - source.go (New, Run, accept), options.go, listen.go, refusals.go, workspace.go (memory).
//   - A connection: conn.go, open.go (proxy.go, TLS), stream.go (read ahead), deadline.go, custody.go (which batch it goes into).
//   - Bytes to records: frame.go, parts.go (over-long ones), resync.go (garbage).
//   - Datagrams: udp.go, receiver.go (recvmmsg), senders.go.
//   - collector.go (common batches), put.go (custody, and waiting for it).
//
// # Why
//
//   - One goroutine a connection, and not an event loop: crypto/tls fits, and the order of records needs no thought. What the
//     loop would save with many connections and little traffic, one wake-up a message, the collector saves in the larger part:
//     Puts. If a thousand slow senders ever cost more than the disk, an epoll loop over stream and framer is the next step;
//     neither blocks.
//   - crypto/tls reads 17 KiB at most, with two system calls a record. The stream under it reads 256 KiB with one. Its Read does
//     not wait when nothing is at hand, but returns a net.Error that crypto/tls takes as passing; so a half record holds no
//     workspace, and the records at hand are told from those on their way without a system call.
//   - recvmmsg(2) by hand: golang.org/x/net/ipv4 allocates an address for each datagram, and needs its buffers while it waits.
//   - SO_MEMINFO for the kernel's drops: it is read once a batch, where SO_RXQ_OVFL is a control message on each datagram.
//   - UDP origins name the sender's address without the port: many senders use a new port for each datagram, and ports in UDP
//     prove nothing.
//   - github.com/pires/go-proxyproto parses the proxy header, from bytes that are complete and bounded: it is the parser that
//     most Go servers behind proxies use, and has fuzz tests. Its listener is not used: it would hide the socket from the stream.
//   - No TLS session tickets. In TLS 1.3 they come with the handshake, and syslog senders do not read: one that writes and closes has bytes left that it
//     never read, so its kernel resets the connection and throws away the messages that it did not yet send. OpenSSL advises the same for protocols of
//     one direction. A sender that connects again pays for a whole handshake.
//   - An idle timeout of a day: plain syslog senders lose messages when the receiver closes, and TCP keep-alive finds peers that
//     are gone.
//
// The package needs Linux.
package syslog
