package acme

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
)

// Directories of Let's Encrypt.
const (
	Production = certmagic.LetsEncryptProductionCA
	Staging    = certmagic.LetsEncryptStagingCA
)

// Challenge is how the CA finds out that a name is ours.
type Challenge string

// The challenges of RFC 8555 section 8.3 and 8.4, and of RFC 8737.
const (
	HTTP01    Challenge = "http-01"     // it asks port 80 of the name
	TLSALPN01 Challenge = "tls-alpn-01" // it asks port 443 of the name
	DNS01     Challenge = "dns-01"      // it asks for a TXT record of the name, which the relay puts into Route 53
)

// Options say which certificates are wanted, and of whom. Dir, Names, Email and Challenge are needed.
type Options struct {
	Dir        string         // for the account and the certificates; made when it is not there
	Names      []string       // host names (with DNS01 also *.example.com) or addresses; the first serves senders that name none
	Directory  string         // URL of the CA's directory; "" means Production
	Roots      *x509.CertPool // of a private CA's HTTPS; nil means the system's
	Email      string
	Challenge  Challenge
	Listen     string                                 // host:port where HTTP01 or TLSALPN01 is answered; "" means :80 or :443
	HostedZone string                                 // DNS01: id of the zone in Route 53; "" means that it is looked for by its name
	AWS        func(context.Context) (AWSKeys, error) // DNS01: keys for Route 53, asked for before each use; an error may have a method Hint() string

	Fallback func(*tls.ClientHelloInfo) (*tls.Certificate, error) // serves while there is no certificate; nil means that the handshake fails
	Logger   *slog.Logger

	pause time.Duration // between two looks; tests make it short. 0 means lookEvery
	first time.Duration // likewise after the first failure. 0 means firstRetry
}

// Manager keeps the certificates of some names. Safe for concurrent use.
type Manager struct {
	o       Options
	log     *slog.Logger
	storage *certmagic.FileStorage

	mu     sync.RWMutex
	names  []*name           // as in Options
	config *certmagic.Config // answers TLSALPN01; nil while Run does not run
}

// name is a name that is to have a certificate.
type name struct {
	text string // lower case
	cert *tls.Certificate
	err  error // of the last attempt; nil when it worked
	next time.Time
	retry
}

// New reads the certificates that an earlier run left. It asks the CA nothing.
func New(o Options) (*Manager, error) {
	if o.Dir == "" || len(o.Names) == 0 || o.Email == "" {
		return nil, errors.New("ACME: directory, names or e-mail address are not given")
	}
	if o.Directory == "" {
		o.Directory = Production
	}
	if o.pause == 0 {
		o.pause = lookEvery
	}
	if o.first == 0 {
		o.first = firstRetry
	}
	m := &Manager{o: o, log: slog.New(slog.DiscardHandler), storage: &certmagic.FileStorage{Path: o.Dir}}
	if o.Logger != nil {
		m.log = o.Logger.With("component", "acme")
	}
	if o.Challenge == DNS01 && o.AWS == nil {
		return nil, errors.New("ACME: dns-01 without keys for Route 53")
	}
	if _, _, err := m.listen(); err != nil {
		return nil, err
	}
	for _, text := range o.Names {
		n := &name{text: strings.ToLower(text)}
		cert, err := m.stored(n.text)
		switch {
		case err == nil:
			n.cert = cert
		case !errors.Is(err, fs.ErrNotExist):
			m.log.Warn("a certificate that was kept cannot be used, another will be asked for", "name", text, "error", err)
		}
		m.names = append(m.names, n)
	}
	return m, nil
}

// listen splits Options.Listen.
func (m *Manager) listen() (host string, port int, err error) {
	address := m.o.Listen
	switch {
	case m.o.Challenge == DNS01:
		return "", 0, nil
	case m.o.Challenge != HTTP01 && m.o.Challenge != TLSALPN01:
		return "", 0, fmt.Errorf("ACME: no such challenge: %q", m.o.Challenge)
	case address == "":
		address = m.o.Challenge.DefaultListen()
	}
	host, text, err := net.SplitHostPort(address)
	if err == nil {
		port, err = strconv.Atoi(text)
	}
	if err != nil {
		return "", 0, fmt.Errorf("ACME: where the challenge is answered: %w", err)
	}
	return host, port, nil
}

// DefaultListen returns the port that the CA asks, as ":80"; "" for DNS01.
func (c Challenge) DefaultListen() string {
	switch c {
	case HTTP01:
		return ":80"
	case TLSALPN01:
		return ":443"
	}
	return ""
}

// stored reads the certificate of a name from the directory.
func (m *Manager) stored(text string) (*tls.Certificate, error) {
	ctx := context.Background() // of files on disk
	issuer := (&certmagic.ACMEIssuer{CA: m.o.Directory}).IssuerKey()
	certPEM, err := m.storage.Load(ctx, certmagic.StorageKeys.SiteCert(issuer, text))
	if err != nil {
		return nil, err
	}
	keyPEM, err := m.storage.Load(ctx, certmagic.StorageKeys.SitePrivateKey(issuer, text))
	if err != nil {
		return nil, err
	}
	cert, err := tls.X509KeyPair(certPEM, keyPEM)
	return &cert, err
}

// GetCertificate serves tls.Config.GetCertificate: the certificate for the name that the client asks for, else the first, else that of the fallback.
func (m *Manager) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if cert := m.find(hello.ServerName); cert != nil {
		return cert, nil
	}
	if m.o.Fallback == nil {
		return nil, errors.New("there is no certificate yet")
	}
	return m.o.Fallback(hello)
}

func (m *Manager) find(asked string) *tls.Certificate {
	asked = strings.ToLower(strings.TrimSuffix(asked, "."))
	wildcard := ""
	if _, parent, ok := strings.Cut(asked, "."); ok {
		wildcard = "*." + parent
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, text := range [...]string{asked, wildcard} {
		if i := slices.IndexFunc(m.names, func(n *name) bool { return n.text == text }); i >= 0 {
			return m.names[i].cert // nil too: another name's would be of no more use than the fallback
		}
	}
	return m.names[0].cert
}

// ServerConfig returns c, which it owns from now on, with the certificates of m and an answer to the CA's TLS-ALPN-01 challenge, which no client
// certificate and no protocol of c stands in the way of.
func (m *Manager) ServerConfig(c *tls.Config) *tls.Config {
	c.GetCertificate = m.GetCertificate
	if m.o.Challenge != TLSALPN01 {
		return c
	}
	challenge := &tls.Config{GetCertificate: m.challengeCertificate, NextProtos: []string{alpnProtocol}, MinVersion: tls.VersionTLS12}
	c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == alpnProtocol {
			return challenge, nil
		}
		return nil, nil
	}
	return c
}

// alpnProtocol is what a CA names in the handshake of its challenge (RFC 8737 section 6.2).
const alpnProtocol = "acme-tls/1"

func (m *Manager) challengeCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	m.mu.RLock()
	config := m.config
	m.mu.RUnlock()
	if config == nil {
		return nil, errors.New("no certificate is being asked for")
	}
	return config.GetCertificate(hello)
}

// State is how it stands with a name.
type State struct {
	Name    string
	Leaf    *x509.Certificate // that serves; nil: there is none, the fallback serves. Not to be changed
	Problem string            // why the last attempt failed; "" when it did not
	Hint    string            // what to do about it
	Next    time.Time         // when the CA is asked again, after a failure
}

// States returns how it stands with each name, in the order of Options.
func (m *Manager) States() []State {
	m.mu.RLock()
	defer m.mu.RUnlock()
	all := make([]State, len(m.names))
	for i, n := range m.names {
		all[i].Name = n.text
		if n.cert != nil {
			all[i].Leaf = n.cert.Leaf
		}
		if n.err != nil {
			all[i].Problem, all[i].Hint, all[i].Next = n.err.Error(), m.hint(n.err), n.next.UTC()
		}
	}
	return all
}
