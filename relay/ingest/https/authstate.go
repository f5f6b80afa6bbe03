package https

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"logrelay/relay"
)

// MaxTokens bounds the tokens of an input.
const MaxTokens = 10_000

// authState is an Auth made ready for look-ups. It is swapped as a whole; secrets are in it only as keyed hashes.
type authState struct {
	Auth
	key    [32]byte
	plain  map[digest][]*Token // by secret
	summed map[digest][]*Token // by the SHA-256 of the secret
	hashed []*Token
	memory *passwords
}

// digest is HMAC-SHA-256 of a secret under a key that is drawn for each authState. Who does not know the key cannot choose digests, so
// that how long a look-up takes tells nothing about the secrets.
type digest [sha256.Size]byte

// Check returns what SetAuth would say.
func (a Auth) Check() error {
	_, err := newAuthState(a)
	return err
}

func newAuthState(a Auth) (*authState, error) {
	s := &authState{Auth: a, plain: make(map[digest][]*Token), summed: make(map[digest][]*Token), memory: newPasswords()}
	if _, err := rand.Read(s.key[:]); err != nil {
		return nil, fmt.Errorf("drawing a key: %w", err)
	}
	some := len(a.Tokens) > 0 || len(a.Networks) > 0 || a.Certificates
	switch {
	case a.None && some:
		return nil, errors.New(`auth "none" and tokens, networks or certificates exclude each other`)
	case !a.None && !some:
		return nil, relay.WithHint(errors.New("nothing says who may push here"),
			"configure a token, client certificates or networks, or say auth: none when anyone may")
	case len(a.Tokens) > MaxTokens:
		return nil, fmt.Errorf("%d tokens, at most %d", len(a.Tokens), MaxTokens)
	}
	s.Tokens = slices.Clone(a.Tokens)
	var errs []error
	for i := range s.Tokens {
		t := &s.Tokens[i]
		switch {
		case (t.Secret == "") == (t.Hash == ""):
			errs = append(errs, fmt.Errorf("token %q: exactly one of secret and hash is needed", t.Name))
		case len(t.Secret) > maxSecret:
			errs = append(errs, fmt.Errorf("token %q: longer than %d bytes", t.Name, maxSecret))
		case t.Secret != "":
			d := s.digest("", t.Secret)
			s.plain[d] = append(s.plain[d], t)
			t.Secret = ""
		case strings.HasPrefix(t.Hash, sumPrefix):
			sum, err := hex.DecodeString(t.Hash[len(sumPrefix):])
			if err != nil || len(sum) != sha256.Size {
				errs = append(errs, fmt.Errorf("token %q: %w", t.Name, errHash))
			}
			d := s.digest("", string(sum))
			s.summed[d] = append(s.summed[d], t)
		default:
			if err := checkHash(t.Hash); err != nil {
				errs = append(errs, fmt.Errorf("token %q: %w", t.Name, err))
			}
			s.hashed = append(s.hashed, t)
		}
	}
	return s, errors.Join(errs...)
}

func (s *authState) digest(user, secret string) (d digest) {
	h := hmac.New(sha256.New, s.key[:])
	h.Write([]byte(user))
	h.Write([]byte{0})
	h.Write([]byte(secret))
	h.Sum(d[:0])
	return d
}

// find returns the token that a secret belongs to, or nil.
func (s *authState) find(ctx context.Context, user, secret string) (*Token, error) {
	for _, t := range s.plain[s.digest("", secret)] {
		if t.fits(user) {
			return t, nil
		}
	}
	if len(s.summed) > 0 {
		sum := sha256.Sum256([]byte(secret))
		for _, t := range s.summed[s.digest("", string(sum[:]))] {
			if t.fits(user) {
				return t, nil
			}
		}
	}
	if !slices.ContainsFunc(s.hashed, func(t *Token) bool { return t.fits(user) }) { // nobody waits for, or remembers, what needs no slow check
		return nil, nil
	}
	d := s.digest(user, secret)
	if t, ok := s.memory.recall(d); ok {
		return t, nil
	}
	return s.memory.check(ctx, d, func() *Token {
		for _, t := range s.hashed {
			if t.fits(user) && matches(t.Hash, secret) {
				return t
			}
		}
		return nil
	})
}

func (s *authState) allows(peer netip.Addr) bool {
	if len(s.Networks) == 0 {
		return true
	}
	return slices.ContainsFunc(s.Networks, func(p netip.Prefix) bool { return p.Contains(peer) })
}

func (s *authState) byCertificate(r *http.Request) (grant, error) {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		if len(s.Tokens) > 0 {
			return grant{}, errNoToken
		}
		return grant{}, errNoCert
	}
	cert := r.TLS.PeerCertificates[0]
	if now := time.Now(); now.After(cert.NotAfter) || !s.admits(cert) {
		return grant{}, errCert
	}
	if c, ok := r.Context().Value(connKey{}).(*conn); ok && !c.certified(s, r.TLS.PeerCertificates) {
		return grant{}, errCert
	}
	return grant{identity: subject(cert)}, nil
}

func (s *authState) admits(c *x509.Certificate) bool { return s.Admits == nil || s.Admits(c) }

// trusts verifies a chain anew, where the CAs are known.
func (s *authState) trusts(chain []*x509.Certificate) bool {
	if s.ClientCAs == nil {
		return true
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: s.ClientCAs, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return err == nil
}

func subject(c *x509.Certificate) string {
	if c.Subject.CommonName != "" {
		return c.Subject.CommonName
	}
	return c.Subject.String()
}

// passwords remembers what slow checks found, by keyed digest, so that a password costs its hash once. One slow check runs at a time.
type passwords struct {
	turn chan struct{}

	mu    sync.Mutex
	right map[digest]*Token
	wrong map[digest]*Token // of nils; apart, so that who guesses makes nobody's right password forgotten
}

// maxPasswords bounds what is remembered of either sort. When it is full, all of that sort is forgotten.
const maxPasswords = 4096

func newPasswords() *passwords {
	return &passwords{turn: make(chan struct{}, 1), right: make(map[digest]*Token), wrong: make(map[digest]*Token)}
}

// recall returns the token that a secret is known to belong to; nil where it is known to be wrong.
func (p *passwords) recall(d digest) (t *Token, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t, known = p.right[d]; !known {
		_, known = p.wrong[d]
	}
	return t, known
}

func (p *passwords) check(ctx context.Context, d digest, slow func() *Token) (*Token, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, errBusy
	}
	if t, ok := p.recall(d); ok {
		return t, nil
	}
	t := slow()
	p.mu.Lock()
	defer p.mu.Unlock()
	sort := p.right
	if t == nil {
		sort = p.wrong
	}
	if len(sort) >= maxPasswords {
		clear(sort)
	}
	sort[d] = t
	return t, nil
}
