package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// DefaultAlgorithm is of the keys that the relay makes by itself.
const DefaultAlgorithm = "ec:P-256"

// Algorithms are the keys that NewKey makes.
var Algorithms = []string{"rsa:2048", "rsa:3072", "rsa:4096", "ec:P-256", "ec:P-384", "ed25519"}

// minRSA is the least number of bits that is safe: NIST SP 800-131A revision 2, section 3; CA/Browser Forum baseline requirements, section 6.1.5.
const minRSA = 2048

// algorithmError is an algorithm that NewKey does not know.
type algorithmError struct{ name string }

func (e *algorithmError) Error() string { return fmt.Sprintf("no keys of %q are made", e.name) }
func (e *algorithmError) Hint() string  { return "allowed: " + strings.Join(Algorithms, ", ") }

// IsAlgorithm reports whether NewKey knows a name. Case does not count.
func IsAlgorithm(name string) bool { return slices.Contains(Algorithms, canonical(name)) }

func canonical(name string) string {
	i := slices.IndexFunc(Algorithms, func(a string) bool { return strings.EqualFold(a, name) })
	if i < 0 {
		return name
	}
	return Algorithms[i]
}

// NewKey makes a private key.
func NewKey(algorithm string) (key crypto.Signer, err error) {
	if !IsAlgorithm(algorithm) {
		return nil, &algorithmError{algorithm}
	}
	kind, size, _ := strings.Cut(canonical(algorithm), ":")
	switch kind {
	case "rsa":
		bits, err := strconv.Atoi(size)
		if err != nil {
			panic("BUG: an algorithm with a size that is no number: " + algorithm)
		}
		if key, err = rsa.GenerateKey(rand.Reader, bits); err != nil {
			return nil, fmt.Errorf("making a key: %w", err)
		}
		return key, nil
	case "ec":
		curve := elliptic.P256()
		if size == "P-384" {
			curve = elliptic.P384()
		}
		key, err = ecdsa.GenerateKey(curve, rand.Reader)
	default:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	return key, nil
}

// ReadKey reads a private key (PEM; PKCS#8, PKCS#1 or SEC1). Its errors have a method Hint.
func ReadKey(path string) (crypto.Signer, error) {
	text, err := ReadPEM(path)
	if err != nil {
		return nil, err
	}
	return parseKey(path, text)
}

// WriteKey writes a key as PKCS#8 that only its owner can read; as root into a directory of another group, as the service's is, that group too.
func WriteKey(path string, key crypto.Signer) error {
	mode := fs.FileMode(0o600)
	if _, gid, err := ownerOf(filepath.Dir(path)); err == nil && gid != 0 && os.Geteuid() == 0 {
		mode = 0o640
	}
	return writeKey(path, key, mode)
}

func writeKey(path string, key crypto.Signer, mode fs.FileMode) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return writeFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), mode)
}

// KeyType names the type of a public key: "RSA 2048", "ECDSA P-256", "Ed25519".
func KeyType(public crypto.PublicKey) string {
	switch k := public.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return fmt.Sprintf("%T", public)
}
