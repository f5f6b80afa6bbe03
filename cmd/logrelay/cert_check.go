package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/urfave/cli/v2"

	"logrelay/pki"
	"logrelay/relay"
)

// certCheckTime bounds the connection of "logrelay cert check".
const certCheckTime = 15 * time.Second

func certCheckCommand() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "connect to a port as a strict sender would, and say what it would refuse",
		ArgsUsage: "HOST:PORT",
		Description: `Nothing is sent but the handshake. Exit status 3 when a strict sender would refuse.
   logrelay cert check relay.example.com:5443
   logrelay cert check 192.0.2.10:6514 --server-name relay.example.com --ca-file ca.pem`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "server-name", Usage: "`NAME` by which the sender calls the relay (default: HOST)"},
			&cli.StringFlag{Name: "ca-file", Usage: "`FILE` with certificates that the sender trusts, PEM, beside those of this host"},
			jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			host, _, err := net.SplitHostPort(c.Args().First())
			if err != nil || host == "" || c.Args().Len() != 1 {
				return usageError("for example: logrelay cert check relay.example.com:5443", "one HOST:PORT is needed")
			}
			if name := c.String("server-name"); name != "" {
				host = name
			}
			if strings.ContainsFunc(host, func(r rune) bool { return r > unicode.MaxASCII }) {
				return usageError("write it in its ASCII form (xn--…), as certificates and name servers do", "%q is not a host name", host)
			}
			roots, err := trusted(c.String("ca-file"))
			if err != nil {
				return err
			}
			ctx, stop := context.WithTimeout(c.Context, certCheckTime)
			defer stop()
			r, err := checkRemote(ctx, c.Args().First(), host, roots)
			if err != nil {
				return err
			}
			if len(r.Faults) == 0 && !c.Bool("json") {
				defer fmt.Fprintln(c.App.Writer, "A strict sender accepts this.")
			}
			return r.report(c.App.Writer, c.Bool("json"))
		},
	}
}

// checkRemote sees what address shows to a sender that calls it host and trusts roots.
func checkRemote(ctx context.Context, address, host string, roots *x509.CertPool) (*certReport, error) {
	var seen tls.ConnectionState
	d := tls.Dialer{Config: &tls.Config{
		ServerName: host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, CipherSuites: everyCipher(), // judged below, so that all that is wrong is told
		VerifyConnection: func(s tls.ConnectionState) error { seen = s; return nil },
	}}
	conn, err := d.DialContext(ctx, "tcp", address)
	if err == nil {
		err = conn.Close()
	}
	chain := seen.PeerCertificates
	if len(chain) == 0 && isAlert(err) {
		return nil, withStatus(exitUnhealthy, relay.WithHint(fmt.Errorf("connecting to %s: %w", address, err),
			"the far end refused before it showed a certificate: it has no version of TLS or cipher that senders have, or does not know the name (--server-name)"))
	}
	if len(chain) == 0 {
		return nil, withStatus(exitUnhealthy, explainDial(err, address))
	}
	r := &certReport{Where: address, Protocol: tls.VersionName(seen.Version), Cipher: tls.CipherSuiteName(seen.CipherSuite)}
	r.addChain(chain, roots)
	if seen.Version < tls.VersionTLS12 {
		r.addFault(fmt.Errorf("%s: %s is too old; strict senders want TLS 1.2", address, r.Protocol))
	}
	if slices.ContainsFunc(tls.InsecureCipherSuites(), func(c *tls.CipherSuite) bool { return c.ID == seen.CipherSuite }) {
		r.addFault(fmt.Errorf("%s: %s is weak; strict senders want forward secrecy and authenticated ciphers (ECDHE with GCM or ChaCha20)", address, r.Cipher))
	}
	for _, fault := range pki.ChainFaults(address, chain, time.Now()) {
		r.addFault(fault)
	}
	if err := chain[0].VerifyHostname(host); err != nil {
		names := strings.Join(pki.NamesOf(chain[0]), ", ")
		r.addFault(relay.WithHint(fmt.Errorf("%s: the certificate is not for %s; its names: %s", address, host, dash(names)),
			"ask for a certificate with that name (logrelay csr), or let senders use one of its names"))
	}
	if _, err := pki.TrustedBy(chain, roots); err != nil {
		if unknown, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
			r.addFault(untrusted(address, chain, unknown))
		} else if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); !ok || invalid.Reason != x509.Expired {
			r.addFault(fmt.Errorf("%s: %w", address, err)) // dates are told above
		}
	}
	return r, nil
}

// everyCipher returns what a far end can be talked to with at all.
func everyCipher() []uint16 {
	var all []uint16
	for _, c := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		all = append(all, c.ID)
	}
	return all
}

func untrusted(address string, chain []*x509.Certificate, err error) error {
	last := chain[len(chain)-1]
	switch {
	case pki.IsSelfSigned(chain[0]):
		return relay.WithHint(fmt.Errorf("%s: the certificate is self-signed, and not among those that are trusted here", address),
			"give it to the sender as its CA (on the relay: logrelay cert export), or have a certificate issued by a CA that it trusts")
	case pki.IsSelfSigned(last):
		return relay.WithHint(fmt.Errorf("%s: the CA %s is not trusted here", address, last.Subject), "let the sender trust this CA; here: --ca-file FILE")
	case len(chain) == 1:
		return relay.WithHint(fmt.Errorf("%s: %w: %s", address, err, last.Issuer),
			"the relay shows no certificate but its own: if this CA is one between, add its certificate (logrelay cert import --chain); else let the sender trust it (here: --ca-file FILE)")
	}
	return relay.WithHint(fmt.Errorf("%s: the CA %s is not trusted here", address, last.Issuer), "let the sender trust this CA; here: --ca-file FILE")
}
