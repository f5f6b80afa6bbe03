package pki

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options say where the pair is. Dir is needed; the zero value of all else works.
type Options struct {
	CertFile      string   // PEM, with its chain; "" means a pair that the relay makes
	KeyFile       string   // PEM
	Dir           string   // where the copy of the last good pair is kept; made when it is not there
	SelfSignedDir string   // where the pair is that the relay makes; "" means Dir
	Hostnames     []string // names of this host beside those that it knows itself
	Logger        *slog.Logger
}

// Store serves the relay's certificate. Safe for concurrent use.
type Store struct {
	o   Options
	log *slog.Logger

	mu       sync.RWMutex
	cert     *tls.Certificate // never nil
	certFile string           // the pair that should serve
	keyFile  string
	read     pairState // of the files when they were last read
	lastGood bool      // cert is the copy of the last good pair
	problem  error     // why the pair that should serve does not, or should not; nil when all is well
}

// Open finds a pair that works, as the package's documentation says. Its errors have a method Hint.
func Open(o Options) (*Store, error) {
	if o.Dir == "" {
		return nil, errors.New("opening certificates: no directory is given")
	}
	if o.SelfSignedDir == "" {
		o.SelfSignedDir = o.Dir
	}
	if err := os.MkdirAll(o.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("making the directory of certificates: %w", err)
	}
	s := &Store{o: o, log: slog.New(slog.DiscardHandler), certFile: o.CertFile, keyFile: o.KeyFile}
	if o.Logger != nil {
		s.log = o.Logger.With("component", "pki")
	}
	if err := s.open(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Store) open() error {
	s.read = statPair(s.files())
	cert, err := s.load(s.certFile, s.keyFile)
	if err == nil {
		s.take(cert)
		s.reportNames(cert)
		return nil
	}
	if old := s.loadLastGood(); old != nil && (cert == nil || checkServing("", old.Certificate, time.Now()) == nil) {
		s.cert, s.lastGood = old, true
	} else if s.cert = cert; cert == nil {
		if s.cert = s.makeDo(); s.cert == nil {
			return err
		}
	}
	s.problem = err
	s.log.Error("the certificate is not good", "error", err, "hint", hintOf(err), "last_good_serves", s.lastGood)
	return nil
}

// makeDo returns the pair that the relay makes where a named one cannot be served and none was before: senders that do not mind get their records
// into custody, and Info says what is wrong. Nil: there is none either.
func (s *Store) makeDo() *tls.Certificate {
	if s.certFile == "" && s.keyFile == "" {
		return nil
	}
	cert, err := s.load("", "")
	if err != nil {
		s.log.Error("nor is there a self-signed certificate", "error", err)
		return nil
	}
	return cert
}

// load reads the pair that should serve: the named one, or the one that the relay makes. A certificate beside an error is one
// that can be served, whatever strict clients say of its dates or strength.
func (s *Store) load(certFile, keyFile string) (*tls.Certificate, error) {
	if certFile == "" && keyFile == "" {
		certFile, keyFile = s.selfSignedFiles()
		wrote, err := ensureSelfSigned(s.o.SelfSignedDir, HostNames(s.o.Hostnames), time.Now())
		if wrote {
			s.log.Info("made a self-signed certificate", "certificate", certFile, "key", keyFile)
		}
		if err != nil {
			cert, lerr := loadPair(certFile, keyFile)
			if lerr == nil && checkServing(certFile, cert.Certificate, time.Now()) == nil {
				s.log.Warn("the self-signed certificate could not be renewed", "error", err)
				return cert, nil
			}
			return cert, err
		}
	}
	cert, err := loadPair(certFile, keyFile)
	if err != nil {
		return nil, err
	}
	return cert, checkServing(certFile, cert.Certificate, time.Now())
}

func (s *Store) selfSignedFiles() (certFile, keyFile string) {
	return Options{Dir: s.o.Dir, SelfSignedDir: s.o.SelfSignedDir}.Files()
}

// HasImported reports whether somebody put a pair where the relay would make its own.
func (o Options) HasImported() bool {
	certFile, keyFile := Options{Dir: o.Dir, SelfSignedDir: o.SelfSignedDir}.Files()
	chain, err := ReadChain(certFile)
	if err != nil || isOurs(chain[0]) {
		return false
	}
	_, err = os.Stat(keyFile)
	return err == nil
}

// Files returns the paths of the pair that should serve: the named one, or the one that the relay makes.
func (o Options) Files() (certFile, keyFile string) {
	if o.CertFile != "" || o.KeyFile != "" {
		return o.CertFile, o.KeyFile
	}
	dir := o.SelfSignedDir
	if dir == "" {
		dir = o.Dir
	}
	return filepath.Join(dir, selfSignedCert), filepath.Join(dir, selfSignedKey)
}

// files returns the paths of the pair that should serve.
func (s *Store) files() (certFile, keyFile string) {
	if s.certFile == "" && s.keyFile == "" {
		return s.selfSignedFiles()
	}
	return s.certFile, s.keyFile
}

// take makes cert the one that serves and the last good one. The caller holds the lock, or is Open.
func (s *Store) take(cert *tls.Certificate) {
	s.cert, s.lastGood, s.problem = cert, false, nil
	if err := s.saveLastGood(cert); err != nil {
		s.log.Warn("no copy of the certificate is kept for a start with a bad one", "error", err)
	}
}

// reportNames says which names of the host the relay's own certificate does not have.
func (s *Store) reportNames(cert *tls.Certificate) {
	if !isOurs(cert.Leaf) {
		return
	}
	if missing := missingNames(cert, HostNames(s.o.Hostnames)); len(missing) > 0 {
		certFile, _ := s.files()
		s.log.Warn("the self-signed certificate does not have all names of this host", "missing", missing,
			"hint", "it stays, because senders may have pinned it; for a new one remove "+certFile+" and restart")
	}
}

// GetCertificate serves tls.Config.GetCertificate.
func (s *Store) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.cert, nil
}

// Reload reads the files again. A bad pair is refused: the error says why, the old one goes on, and Info shows the problem.
func (s *Store) Reload() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reload()
}

// Switch serves another pair; empty names mean the one that the relay makes. A bad pair changes nothing: the old
// one goes on, and its files are the ones that are watched.
func (s *Store) Switch(certFile, keyFile string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if certFile == s.certFile && keyFile == s.keyFile {
		return s.reload()
	}
	cert, err := s.load(certFile, keyFile)
	if err != nil {
		return err
	}
	s.certFile, s.keyFile = certFile, keyFile
	s.read = statPair(s.files())
	s.take(cert)
	return nil
}

func (s *Store) reload() error {
	s.read = statPair(s.files())
	cert, err := s.load(s.certFile, s.keyFile)
	if err != nil {
		if s.problem == nil || s.problem.Error() != err.Error() {
			s.log.Error("the new certificate is refused, the old one goes on", "error", err, "hint", hintOf(err))
		}
		s.problem = err
		return err
	}
	if s.problem == nil && slices.EqualFunc(cert.Certificate, s.cert.Certificate, bytes.Equal) {
		return nil
	}
	s.take(cert)
	s.log.Info("a certificate was taken", "subject", cert.Leaf.Subject.String(), "not_after", cert.Leaf.NotAfter)
	return nil
}

// Info describes the certificate that serves.
type Info struct {
	Subject    string
	Names      []string // alternative names: host names, then addresses
	Issuer     string
	NotBefore  time.Time
	NotAfter   time.Time
	DaysLeft   int // whole days until NotAfter; negative when it has passed
	SelfSigned bool
	SHA256     string // of the certificate, in hex
	PinSHA256  string // base64 of the SHA-256 of the public key, as pin_sha256 takes it
	CertFile   string // the pair that should serve
	KeyFile    string
	LastGood   bool   // the copy of the last good pair serves in its place
	Problem    string // what is wrong; "" when nothing is
	Hint       string // what to do about it
}

// Info returns what serves now, and what is wrong.
func (s *Store) Info() Info {
	s.mu.RLock()
	defer s.mu.RUnlock()
	leaf := s.cert.Leaf
	sum, pin := sha256.Sum256(leaf.Raw), sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	left := time.Until(leaf.NotAfter)
	i := Info{
		Subject: leaf.Subject.String(), Issuer: leaf.Issuer.String(), NotBefore: leaf.NotBefore.UTC(), NotAfter: leaf.NotAfter.UTC(),
		DaysLeft: int(left.Truncate(24*time.Hour) / (24 * time.Hour)), SelfSigned: isSelfSigned(leaf), LastGood: s.lastGood,
		SHA256: hex.EncodeToString(sum[:]), PinSHA256: base64.StdEncoding.EncodeToString(pin[:]), Names: namesOf(leaf),
	}
	i.CertFile, i.KeyFile = s.files()
	problem := s.problem
	if problem == nil {
		problem = checkDates(i.CertFile, "the certificate", leaf, time.Now()) // it may have expired while it served
	}
	if problem != nil {
		i.Problem, i.Hint = problem.Error(), hintOf(problem)
	}
	if left < 0 && i.DaysLeft == 0 {
		i.DaysLeft = -1
	}
	return i
}

func hintOf(err error) string {
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		return h.Hint()
	}
	if errors.Is(err, fs.ErrPermission) {
		return "let the user that runs the relay write there"
	}
	return ""
}

// String names the certificate in logs.
func (i Info) String() string {
	return fmt.Sprintf("%s (%s), good until %s", i.Subject, strings.Join(i.Names, ", "), i.NotAfter.Format(time.DateOnly))
}
