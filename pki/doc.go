// Package pki keeps the relay's certificate and key: it finds a pair that works, serves it to TLS handshakes, and takes a new one
// when the files change. It also builds the TLS configuration of the inputs and reads client CAs, finds what is wrong with a certificate, and
// installs a pair. Requests are made in pki/csr. It imports nothing of ours.
//
// # Which pair serves
//
//	cert_file and key_file named?
//	  yes: that pair, when it is good
//	       else the last good pair (a copy in Options.Dir), with Info.Problem set
//	       else the named pair, when it can be served all the same (dates, weak key or signature, order of the chain)
//	       else the pair of the next line
//	  no:  logrelay.pem and logrelay.key in Options.SelfSignedDir, made when they are not there
//
// A pair is good when it can be read, the key belongs to the first certificate, not everyone can read the key, the dates
// hold, and nothing is in it that every strict client refuses: RSA below 2048 bits, SHA-1, a chain in the wrong order. While the relay runs, a bad pair changes nothing but Info.Problem: the old one goes on. Names and issuer are not judged:
// who connects does that.
//
// # Invariants
//
//   - A Store always has a certificate to serve. Open returns an error and no Store when not even a self-signed pair can be made.
//   - Every file is written whole or not at all: a temporary file, fsync, rename, fsync of the directory.
//   - The key that the relay makes is never replaced by it. Its certificate is, before it ends. Import replaces both, and keeps them.
//   - What root writes belongs to whom the directory belongs, so that the service can read it.
//   - Errors say which file, what is wrong and, by a method Hint, what to do.
//
// # Why
//
//   - ECDSA P-256 and not RSA for the pair that the relay makes: a handshake costs a thirtieth of the CPU, and a storm of a
//     thousand senders that reconnect is what a relay on two cores has to stand. Every TLS 1.2 client of the last ten years
//     speaks it. For a device that does not, name an RSA pair.
//   - 825 days: the longest that Apple's clients take from a certificate that is trusted by hand, and long enough not to be noticed.
//   - The certificate that the relay made stays when the host's names change: devices pin it. The log says which names are missing.
//     When it ends it is made anew with the same key, so that who pinned the key does not notice.
//   - The last good pair is one file with certificate and key, mode 0600: two files cannot be replaced at one instant.
//   - Files are polled by stat and not watched by inotify: that works for symbolic links that are swapped, network file systems and
//     mounted secrets alike, and costs nothing. A change is taken when it has been quiet for one interval, so that a
//     certificate and its key that are copied one after the other are not seen apart.
package pki
