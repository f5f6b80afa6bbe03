package https

import (
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"logrelay/relay"
)

// Protocol names one of the protocols that the server speaks.
type Protocol string

// The protocols a token may be limited to.
const (
	Generic  Protocol = "https"
	Firehose Protocol = "firehose"
	HEC      Protocol = "hec"
)

// Auth says who may push. Networks narrow; then a token or, with Certificates, a client certificate is needed where there are any.
type Auth struct {
	None         bool           // anyone may; must stand alone
	Tokens       []Token        // at most MaxTokens
	Networks     []netip.Prefix // senders' addresses; empty means any
	Certificates bool           // a client certificate that TLS has verified is enough
	// Admits says which of these certificates are let in; nil means any.
	Admits func(*x509.Certificate) bool
	// ClientCAs, where set, has client certificates of open connections verified once more when SetAuth is called.
	ClientCAs *x509.CertPool
}

// Token is a credential and what goes with it. Exactly one of Secret and Hash is set.
type Token struct {
	Name   string // identity in origins, logs and status
	User   string // Basic only: the user name that belongs to it; "" accepts any, and Bearer too
	Secret string // bearer token, password, HEC token or Firehose access key; at most 4096 bytes
	Hash   string // of it: sha256:..., argon2id ($argon2id$...) or bcrypt ($2b$...)

	NotBefore, Expires time.Time // zero: no such bound
	Protocols          []Protocol

	Tenant, Source string     // override the input's
	Kind           relay.Kind // of every record that it sends
	HEC            HECFields  // what the sender may not choose
}

// HECFields are the metadata of HEC events.
type HECFields struct{ Host, Source, Sourcetype, Index string }

// grant is what a request may do and as whom.
type grant struct {
	token    *Token // nil: by network, by certificate, or anyone
	identity string
}

// maxSecret bounds what a sender presents, in bytes (Firehose: "up to 4096 bytes").
const maxSecret = 4096

// The refusals of authorize. Their texts say nothing that a stranger should not know.
var (
	errNetwork    = &refusal{status: 403, reason: "network", text: "this address may not push here", hec: hecInvalidToken}
	errNoToken    = &refusal{status: 401, reason: "no_credentials", text: "a token is needed", hec: hecTokenRequired}
	errScheme     = &refusal{status: 401, reason: "bad_scheme", text: "this kind of authorization is not taken here", hec: hecInvalidAuth}
	errToken      = &refusal{status: 401, reason: "bad_token", text: "the token is not known", hec: hecInvalidToken}
	errExpired    = &refusal{status: 401, reason: "expired_token", text: "the token is not valid now", hec: hecTokenDisabled}
	errProtocol   = &refusal{status: 403, reason: "protocol", text: "the token is not for this protocol", hec: hecInvalidToken}
	errNoCert     = &refusal{status: 401, reason: "no_certificate", text: "a client certificate is needed", hec: hecTokenRequired}
	errCert       = &refusal{status: 403, reason: "certificate", text: "this client certificate may not push here", hec: hecInvalidToken}
	errQueryToken = &refusal{status: 400, reason: "query_token", text: "tokens are not taken from the query string", hec: hecQueryToken}
)

// authorize decides before the body is read.
func (s *Server) authorize(r *http.Request, p Protocol) (grant, error) {
	a := s.auth.Load()
	if !a.allows(peerAddr(r.RemoteAddr)) {
		return grant{}, errNetwork
	}
	if a.None {
		return grant{}, nil
	}
	if p == HEC && r.URL.RawQuery != "" && r.URL.Query().Has("token") {
		return grant{}, errQueryToken
	}
	if len(a.Tokens) == 0 && !a.Certificates {
		return grant{}, nil
	}
	user, secret, err := credentials(r, p)
	if err == errNoToken && a.Certificates {
		return a.byCertificate(r)
	}
	if err != nil {
		return grant{}, err
	}
	t, err := a.find(r.Context(), user, secret)
	if err != nil {
		return grant{}, err
	}
	if t == nil {
		return grant{}, errToken
	}
	now := time.Now()
	if now.Before(t.NotBefore) || !t.Expires.IsZero() && !now.Before(t.Expires) {
		return grant{}, errExpired
	}
	if len(t.Protocols) > 0 && !slices.Contains(t.Protocols, p) {
		return grant{}, errProtocol
	}
	return grant{token: t, identity: t.Name}, nil
}

// credentials returns what the request presents. User is anyUser where the protocol has none or does not look at it.
func credentials(r *http.Request, p Protocol) (user, secret string, err error) {
	if p == Firehose {
		if secret = r.Header.Get("X-Amz-Firehose-Access-Key"); secret == "" {
			return "", "", errNoToken
		}
		return anyUser, secret, bounded(secret)
	}
	header := r.Header.Get("Authorization")
	if header == "" {
		return "", "", errNoToken
	}
	scheme, rest, _ := strings.Cut(header, " ")
	rest = strings.TrimSpace(rest)
	switch {
	case strings.EqualFold(scheme, "Basic"):
		if len(rest) > 2*maxSecret {
			return "", "", errToken
		}
		pair, err := base64.StdEncoding.DecodeString(rest)
		if err != nil {
			return "", "", errScheme
		}
		user, secret, ok := strings.Cut(string(pair), ":")
		if !ok {
			return "", "", errScheme
		}
		if p == HEC {
			user = anyUser
		}
		return user, secret, bounded(secret)
	case strings.EqualFold(scheme, "Bearer") && p == Generic, strings.EqualFold(scheme, "Splunk"):
		return anyUser, rest, bounded(rest)
	}
	return "", "", errScheme
}

func bounded(secret string) error {
	if len(secret) == 0 || len(secret) > maxSecret {
		return errToken
	}
	return nil
}

// anyUser stands for "no user name was asked for". It cannot come from a Basic header: a colon ends the name there.
const anyUser = ":"

// fits reports whether a token may be used with a user name.
func (t *Token) fits(user string) bool {
	return t.User == "" || user != anyUser && subtle.ConstantTimeCompare([]byte(t.User), []byte(user)) == 1
}

func peerAddr(remote string) netip.Addr {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}
