package pki

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"time"
)

// CheckPair reads a certificate with its chain and a key (PEM; the key as PKCS#8, PKCS#1 or SEC1) and reports what keeps them from being
// served now, as an error with a method Hint.
func CheckPair(certFile, keyFile string) error {
	cert, err := loadPair(certFile, keyFile)
	if err != nil {
		return err
	}
	return checkServing(certFile, cert.Certificate, time.Now())
}

// loadPair reads a pair and does not look at its dates and strength.
func loadPair(certFile, keyFile string) (*tls.Certificate, error) {
	chain, err := ReadChain(certFile)
	if err != nil {
		return nil, err
	}
	key, err := readServerKey(certFile, keyFile)
	if err != nil {
		return nil, err
	}
	return pairUp(certFile, keyFile, chain, key)
}

// ReadChain returns the certificates of a PEM file in their order, one at least. Its errors name the file and have a method Hint.
func ReadChain(path string) ([]*x509.Certificate, error) {
	text, err := ReadPEM(path)
	if err != nil {
		return nil, err
	}
	return parseChain(path, text)
}

// readServerKey reads a key that the relay is to serve with from where it stands.
func readServerKey(certFile, keyFile string) (crypto.Signer, error) {
	text, err := ReadPEM(keyFile)
	if errors.Is(err, fs.ErrPermission) {
		return nil, foreignKey(certFile, keyFile)
	}
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(keyFile)
	if err != nil {
		return nil, openError(keyFile, err)
	}
	if mode := info.Mode().Perm(); mode&0o007 != 0 {
		return nil, &fileError{keyFile, fmt.Errorf("everyone can read this key (mode %04o)", mode), "chmod o-rwx " + keyFile}
	}
	return parseKey(keyFile, text)
}

// foreignKey is the error for a key that we may not read.
func foreignKey(certFile, keyFile string) error {
	err := fs.ErrPermission
	if info, serr := os.Stat(keyFile); serr == nil {
		if uid, gid, oerr := ownerOf(keyFile); oerr == nil {
			err = fmt.Errorf("%w: it belongs to %s, mode %04o", err, ownerName(uid, gid), info.Mode().Perm())
		}
	}
	return &fileError{keyFile, err, readHint(certFile, keyFile, keyFile, groupName(os.Getegid()))}
}

// pkcs12 is how a PFX file begins, after its length: version 3, and the type of what is in it (RFC 7292 section 4, RFC 2315 section 14).
var pkcs12 = []byte{2, 1, 3, 0x30}

// beginCertificate and beginKey find where the blocks that we read begin: also right behind the end of another, where files were joined.
var (
	beginCertificate = regexp.MustCompile(`(?m:^|-)-----BEGIN CERTIFICATE-----`)
	beginKey         = regexp.MustCompile(`(?m:^|-)-----BEGIN (?:RSA |EC |ENCRYPTED )?PRIVATE KEY-----`)
)

const damagedHint = "the file is damaged, export it again, or of a kind that is not taken: RSA, ECDSA (P-256, P-384, P-521) and Ed25519 are"

// parseChain returns the certificates of a PEM file in their order. Other blocks are passed over: a file may hold the key too.
func parseChain(path string, text []byte) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, &fileError{path, fmt.Errorf("certificate %d: %w", len(chain)+1, err), damagedHint}
		}
		chain = append(chain, c)
	}
	if begun := len(beginCertificate.FindAll(text, -1)); begun > len(chain) { // what package pem cannot read it passes over
		return nil, &fileError{path, fmt.Errorf("certificates that begin in this file: %d, that can be read: %d", begun, len(chain)),
			`export it again; where files were joined, a line has to end between "-----END CERTIFICATE-----" and "-----BEGIN CERTIFICATE-----"`}
	}
	if len(chain) > 0 {
		return chain, nil
	}
	switch _, err := x509.ParseCertificate(text); {
	case err == nil:
		return nil, &fileError{path, errors.New("DER and not PEM"), "openssl x509 -inform der -in " + path + " -out " + path + ".pem"}
	case bytes.Contains(text, []byte("-----BEGIN CERTIFICATE REQUEST")) || bytes.Contains(text, []byte("-----BEGIN NEW CERTIFICATE REQUEST")):
		return nil, &fileError{path, errors.New("a request and not a certificate"), "send the request to the CA, and name the file that comes back"}
	case bytes.HasPrefix(text, []byte{0x30}) && bytes.Contains(text[:min(len(text), 64)], pkcs12):
		return nil, &fileError{path, errors.New("PKCS#12 and not PEM"), "openssl pkcs12 -in " + path + " -nokeys -out CERT; openssl pkcs12 -in " + path + " -nocerts -nodes -out KEY"}
	case bytes.Contains(text, []byte("-----BEGIN PKCS7")):
		return nil, &fileError{path, errors.New("PKCS#7 and not PEM certificates"), "openssl pkcs7 -print_certs -in " + path + " -out " + path + ".pem"}
	}
	return nil, &fileError{path, errors.New("no certificate in this file"), `name a PEM file: it has lines "-----BEGIN CERTIFICATE-----"`}
}

var errEncrypted = errors.New("the key is encrypted")

// parseKey returns the first private key of a PEM file.
func parseKey(path string, text []byte) (crypto.Signer, error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		var key any
		var err error
		switch block.Type {
		case "ENCRYPTED PRIVATE KEY":
			err = errEncrypted
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			if key, err = x509.ParsePKCS1PrivateKey(block.Bytes); block.Headers["DEK-Info"] != "" {
				err = errEncrypted
			}
		case "EC PRIVATE KEY":
			if key, err = x509.ParseECPrivateKey(block.Bytes); block.Headers["DEK-Info"] != "" {
				err = errEncrypted
			}
		default:
			continue
		}
		if errors.Is(err, errEncrypted) {
			return nil, &fileError{path, err, "a service has no one to ask for the password: openssl pkey -in " + path + " -out KEY; then chmod 0640 KEY and name that file"}
		}
		if err != nil {
			return nil, &fileError{path, fmt.Errorf("reading the key: %w", err), damagedHint}
		}
		signer, ok := key.(crypto.Signer)
		if !ok {
			return nil, &fileError{path, fmt.Errorf("a key of type %T cannot sign", key), "use an RSA, ECDSA or Ed25519 key"}
		}
		return signer, nil
	}
	if beginKey.Match(text) {
		return nil, &fileError{path, errors.New("the key in this file begins and cannot be read to its end"), damagedHint}
	}
	return nil, &fileError{path, errors.New("no private key in this file"), `name a PEM file: it has a line "-----BEGIN PRIVATE KEY-----", or the like`}
}

type publicKey interface{ Equal(crypto.PublicKey) bool }

// pairUp joins a chain and the key of its first certificate.
func pairUp(certFile, keyFile string, chain []*x509.Certificate, key crypto.Signer) (*tls.Certificate, error) {
	public, ok := key.Public().(publicKey)
	if !ok {
		return nil, &fileError{keyFile, fmt.Errorf("a key of type %T cannot serve TLS", key), "use an RSA, ECDSA or Ed25519 key"}
	}
	if !public.Equal(chain[0].PublicKey) {
		for i, c := range chain[1:] {
			if public.Equal(c.PublicKey) {
				return nil, &fileError{certFile, fmt.Errorf("the certificate of the key stands at place %d", i+2), "put it first, and the certificates of the CA after it"}
			}
		}
		return nil, &fileError{certFile, fmt.Errorf("the certificate (%s) does not belong to the key in %s", chain[0].Subject, keyFile), "name the key that the certificate was requested with"}
	}
	cert := &tls.Certificate{PrivateKey: key, Leaf: chain[0]}
	for _, c := range chain {
		cert.Certificate = append(cert.Certificate, c.Raw)
	}
	return cert, nil
}

func checkDates(path, name string, leaf *x509.Certificate, now time.Time) error {
	switch {
	case now.After(leaf.NotAfter):
		return &fileError{path, fmt.Errorf("%s expired at %s", name, leaf.NotAfter.UTC().Format(time.RFC3339)), "renew it at the CA that issued it"}
	case now.Before(leaf.NotBefore):
		return &fileError{path, fmt.Errorf("%s is good from %s on", name, leaf.NotBefore.UTC().Format(time.RFC3339)), "is the clock of this host right?"}
	}
	return nil
}
