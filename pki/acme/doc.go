// Package acme gets the relay's certificates from a CA that speaks ACME (RFC 8555), renews them, and serves them to TLS handshakes. It is a thin
// layer over certmagic, which knows the protocol. It imports nothing of ours.
//
//	handshake ─▶ Manager.GetCertificate ─▶ the certificate for the name asked for, from memory
//	                                    └▶ Options.Fallback while there is none
//	Manager.Run, every few minutes, each name in turn ─▶ certmagic: obtain, ask for renewal information, renew ─▶ Options.Dir ─▶ memory
//
// # Invariants
//
//   - New talks to nobody and starts nothing: it reads what an earlier run has left in Options.Dir. The CA is asked in Run alone.
//   - No handshake waits for the CA, and whatever the CA does, GetCertificate has an answer: the certificate of the name, also when it has ended
//     meanwhile, else that of the fallback.
//   - Run returns when ctx ends, and leaves no listener behind. The listener of a challenge is open while the CA looks at it, no longer.
//   - One attempt at a time, and not more often than a CA takes well: see retry.go.
//
// # Renewal and revocation
//
// A certificate is renewed when two thirds of its life are over, or when the CA says so by ACME renewal information (RFC 9773). That is also
// how a revoked one is noticed: the CA moves the window into the past, which is seen at the next look, after the time that the CA asked to wait
// (6 hours with Let's Encrypt). Where a certificate names an OCSP responder, that is asked too.
//
// # Why
//
//   - certmagic's calls that block, in a loop of ours, and not its own background jobs: those belong to the process and not to the Manager, keep
//     their errors in a log where status has to show them, and turn to the staging CA at the second attempt.
//   - One certificate a name and not one for all: that is what certmagic keeps, and one name that cannot be validated does not hold up the others.
//   - One kind of challenge, which the operator names: with two, an error of the CA does not say which port is to be opened.
//   - TLS-ALPN-01 by GetConfigForClient and not by adding its protocol to all listeners: a server that lists protocols refuses clients that name
//     others, and syslog has none.
//   - DNS-01 by a solver of ours around libdns/route53, and not by certmagic's: that asks the system's DNS which zone a name is in and whether the record is
//     there, which inside a company is often another world than the CA's, or none. Route 53 knows both. The library takes keys that do not change, and ends
//     the process when it cannot read AWS's files, hence a new client for each change and keys from outside, which have been had that moment.
//   - How long a CA that says "too often" wants to be left alone (Retry-After) the ACME library does not tell; an hour, and longer each time, is what
//     such limits are made of.
//   - An e-mail address is asked for although RFC 8555 section 7.3 does not: CAs write to it when a certificate is about to end or to be
//     revoked, and certmagic would ask for it on the terminal.
package acme
