package acme

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3/acme"
)

// Run obtains and renews until ctx ends. Failures are in States and in the log.
func (m *Manager) Run(ctx context.Context) {
	cache, config := m.open()
	defer cache.Stop()
	m.mu.Lock()
	m.config = config
	m.mu.Unlock()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		timer.Reset(m.look(ctx, cache, config))
	}
}

// never is when certmagic looks for renewals by itself: they would ask the CA a second time, and again and again by rules of their own.
const never = 100 * 365 * 24 * time.Hour

// open sets certmagic up. Its cache is there because it has to be: look leaves it empty.
func (m *Manager) open() (cache *certmagic.Cache, config *certmagic.Config) {
	logger := zapLogger(m.log)
	cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert:   func(certmagic.Certificate) (*certmagic.Config, error) { return config, nil },
		RenewCheckInterval: never, Logger: logger,
	})
	config = certmagic.New(cache, certmagic.Config{Storage: m.storage, Logger: logger})
	host, port, err := m.listen()
	if err != nil {
		panic(fmt.Sprintf("BUG: an address that New took is refused: %v", err))
	}
	issuer := certmagic.ACMEIssuer{
		CA: m.o.Directory, Email: m.o.Email, Agreed: true, TrustedRoots: m.o.Roots, Logger: logger, ListenHost: host,
		DisableHTTPChallenge: m.o.Challenge != HTTP01, DisableTLSALPNChallenge: m.o.Challenge != TLSALPN01, DisableDistributedSolvers: true,
	}
	switch m.o.Challenge {
	case HTTP01:
		issuer.AltHTTPPort = port
	case TLSALPN01:
		issuer.AltTLSALPNPort = port
	case DNS01:
		issuer.DNS01Solver = &zones{keys: m.o.AWS, id: m.o.HostedZone, log: m.log, used: map[string]string{}}
	}
	config.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(config, issuer)}
	return cache, config
}

// look sees to each name whose time has come, and returns when to look again.
func (m *Manager) look(ctx context.Context, cache *certmagic.Cache, config *certmagic.Config) time.Duration {
	wait := m.o.pause
	for _, n := range m.names { // which no one but this goroutine changes
		if time.Now().Before(n.next) {
			wait = min(wait, time.Until(n.next))
			continue
		}
		cert, err := ensure(ctx, config, n.text)
		cache.RemoveManaged([]certmagic.SubjectIssuer{{Subject: n.text}})
		if ctx.Err() != nil {
			return 0
		}
		wait = min(wait, m.note(n, cert, err))
	}
	return wait
}

// ensure obtains or renews a certificate if that is due, and returns the one that is kept then. It blocks until the CA is through with it.
func ensure(ctx context.Context, config *certmagic.Config, text string) (*tls.Certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	err := config.ManageSync(ctx, []string{text})
	var cert *tls.Certificate
	if kept, cerr := config.CacheManagedCertificate(ctx, text); cerr == nil {
		cert = &kept.Certificate // with the OCSP response, where there is one
	} else if err == nil {
		err = cerr
	}
	return cert, err
}

// note keeps the outcome of an attempt, and returns how long to leave the name alone.
func (m *Manager) note(n *name, cert *tls.Certificate, err error) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if cert != nil {
		if n.cert == nil || !slices.Equal(n.cert.Certificate[0], cert.Certificate[0]) {
			m.log.Info("a certificate was taken", "name", n.text, "issuer", cert.Leaf.Issuer.String(), "not_after", cert.Leaf.NotAfter)
		}
		n.cert = cert
	}
	if err == nil {
		if n.err != nil {
			m.log.Info("the CA has given a certificate again", "name", n.text)
		}
		n.err, n.next = nil, time.Time{}
		n.reset()
		return m.o.pause
	}
	wait := n.after(err, m.o.first)
	n.next = time.Now().Add(wait)
	m.log.Error("no certificate from the CA", "name", n.text, "error", err, "hint", m.hint(err), "next_attempt", n.next.UTC().Truncate(time.Second),
		"serving", servingOf(n.cert))
	n.err = err
	return wait
}

func servingOf(cert *tls.Certificate) string {
	if cert == nil {
		return "the relay's own certificate"
	}
	return "the one until " + cert.Leaf.NotAfter.UTC().Format(time.RFC3339)
}

// hint says what to do about an error.
func (m *Manager) hint(err error) string {
	problem, ok := errors.AsType[acme.Problem](err)
	switch hinter, _ := errors.AsType[interface {
		error
		Hint() string
	}](err); {
	case hinter != nil && hinter.Hint() != "":
		return hinter.Hint()
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled):
		return "neither the CA nor the challenge was done in " + attemptTime.String() + ": look whether it can be reached"
	case !ok && m.o.Challenge == DNS01:
		return "see that the relay reaches " + m.o.Directory + " and may change records of the zone in Route 53"
	case !ok:
		_, isNet := errors.AsType[net.Error](err)
		if isNet {
			return "see that the relay reaches " + m.o.Directory + " (proxy, firewall, DNS), and that tls.acme.ca_file has its CA where that is a private one"
		}
		return "look at the log at level debug"
	case problem.Type == acme.ProblemTypeRateLimited:
		return "nothing at once: the relay asks again later; for tests use the staging directory"
	case m.o.Challenge == HTTP01:
		return "see that each name leads to this host, and that the CA reaches port 80 there"
	case m.o.Challenge == TLSALPN01:
		return "see that each name leads to this host, and that the CA reaches port 443 there with nothing between that ends TLS"
	}
	return "see that the zone in Route 53 is the one that the world asks"
}
