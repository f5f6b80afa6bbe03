package pki

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// ImportOptions say what Import installs and where.
type ImportOptions struct {
	CertFile  string // PEM, with or without its chain
	KeyFile   string // PEM
	ChainFile string // certificates of the CA, after those of CertFile; "" for none
	Dir       string // for logrelay.pem and logrelay.key
}

// kept is put behind the names of the pair that was there before.
const kept = ".old"

// Import checks a pair and installs it, the key as PKCS#8, as logrelay.pem and logrelay.key. The pair that was there is kept beside it. An
// error has a method Hint and, but when writing failed, means that nothing was changed.
func Import(o ImportOptions) error {
	chain, err := ReadChain(o.CertFile)
	if err != nil {
		return err
	}
	if o.ChainFile != "" {
		more, err := ReadChain(o.ChainFile)
		if err != nil {
			return err
		}
		for _, c := range more {
			if !slices.ContainsFunc(chain, c.Equal) { // either file may hold the whole chain
				chain = append(chain, c)
			}
		}
	}
	key, err := ReadKey(o.KeyFile)
	if err != nil {
		return err
	}
	if _, err := pairUp(o.CertFile, o.KeyFile, chain, key); err != nil {
		return err
	}
	if faults := ChainFaults(o.CertFile, chain, time.Now()); len(faults) > 0 {
		return faults[0]
	}
	if err := makeDir(o.Dir); err != nil {
		return fmt.Errorf("making the directory of the certificate: %w", err)
	}
	certFile, keyFile := Options{Dir: o.Dir}.Files()
	text := encodeChain(chain)
	if err := keepOld(certFile, keyFile, text); err != nil {
		return err
	}
	if err := writeKey(keyFile, key, 0o640); err != nil {
		return err
	}
	return writeFile(certFile, text, 0o644)
}

func encodeChain(chain []*x509.Certificate) []byte {
	var text bytes.Buffer
	for _, c := range chain {
		_ = pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	return text.Bytes()
}

// keepOld copies the pair that is there, unless it has the same certificate.
func keepOld(certFile, keyFile string, next []byte) error {
	if old, err := os.ReadFile(certFile); err == nil && bytes.Equal(old, next) {
		return nil
	}
	for path, mode := range map[string]fs.FileMode{certFile: 0o644, keyFile: 0o640} {
		text, err := ReadPEM(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := writeFile(path+kept, text, mode); err != nil {
			return err
		}
	}
	return nil
}

// makeDir makes a directory below one that is there; as root it belongs to whom that one belongs.
func makeDir(dir string) error {
	if err := os.Mkdir(dir, 0o750); errors.Is(err, fs.ErrExist) {
		return nil
	} else if err != nil {
		return err
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return adopt(f, filepath.Dir(dir))
}

// Renew replaces the certificate that the relay made with one for the names that this host has now, for the same key. The old one is kept
// beside it. A certificate of somebody else is left alone: the error has a method Hint.
func Renew(dir string, more []string) error {
	certFile, keyFile := Options{Dir: dir}.Files()
	cert, err := loadPair(certFile, keyFile)
	if err != nil {
		return err
	}
	if !isOurs(cert.Leaf) {
		return &fileError{certFile, fmt.Errorf("this certificate is of %s and not the relay's own", cert.Leaf.Issuer),
			"renew it at the CA that issued it: logrelay csr, then logrelay cert import"}
	}
	key, err := ReadKey(keyFile)
	if err != nil {
		return err
	}
	der, err := selfSign(key, HostNames(more), time.Now())
	if err != nil {
		return err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := keepOld(certFile, keyFile, text); err != nil {
		return err
	}
	return writeFile(certFile, text, 0o644)
}
