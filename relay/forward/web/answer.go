package web

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"logrelay/relay"
)

// maxWords bounds what of an answer is shown or stored, in bytes.
const maxWords = 2 << 10

// Credential is a header that holds a secret. The functions below make them.
type Credential struct {
	Header, Value string
	secrets       []string // what must not be shown
}

// Bearer is a token of RFC 6750.
func Bearer(token string) Credential { return scheme("Bearer", token) }

// Splunk is the token of a Splunk HTTP Event Collector.
func Splunk(token string) Credential { return scheme("Splunk", token) }

func scheme(name, token string) Credential {
	return Credential{"Authorization", name + " " + token, []string{token}}
}

// Basic is user and password of RFC 7617.
func Basic(user, password string) Credential {
	both := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	return Credential{"Authorization", "Basic " + both, []string{both, password}}
}

// APIKey is a key of Elasticsearch: "id:key", or that in base64, as it is shown where it is made.
func APIKey(key string) Credential {
	encoded := key
	if strings.Contains(key, ":") {
		encoded = base64.StdEncoding.EncodeToString([]byte(key))
	}
	c := scheme("ApiKey", encoded)
	c.secrets = append(c.secrets, key)
	return c
}

// SecretHeader is a header of any name whose value is secret.
func SecretHeader(name, value string) Credential { return Credential{name, value, []string{value}} }

// clean makes an answer fit to be shown: no secrets of ours, no control characters, valid UTF-8, bounded.
func clean(body []byte, secrets []string) []byte {
	cut := len(body) > MaxAnswer
	text := string(body[:min(len(body), MaxAnswer)])
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s, "<secret>")
		}
	}
	if cut {
		text = withoutBeginning(text, secrets)
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	return []byte(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, text))
}

// withoutBeginning cuts off the beginning of a secret at the end of a text that was cut there.
func withoutBeginning(text string, secrets []string) string {
	for _, s := range secrets {
		for n := len(s) - 1; n > 0; n-- {
			if strings.HasSuffix(text, s[:n]) {
				return text[:len(text)-n]
			}
		}
	}
	return text
}

// Words is the answer for people: the status and the beginning of the body.
func (a *Answer) Words() string {
	s := bounded(string(a.Body))
	if s == "" {
		return a.status()
	}
	return a.status() + ": " + s
}

// bounded is the beginning of a text that is clean, its white space made single blanks.
func bounded(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxWords {
		s = s[:maxWords]
		for !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
		s += "…"
	}
	return s
}

// Clean makes a piece of the answer fit to be shown.
func (a *Answer) Clean(text string) string { return bounded(string(clean([]byte(text), a.secrets))) }

func (a *Answer) ok() bool { return a.Status >= 200 && a.Status < 300 }

func (a *Answer) status() string {
	return strings.TrimSpace(strconv.Itoa(a.Status) + " " + http.StatusText(a.Status))
}

// Err says what a status means, for a far end that states nothing more: nil for 2xx.
func (a *Answer) Err(name string) error {
	words := a.Words()
	err := fmt.Errorf("%s answers %s", name, words)
	hold := func(hint string) error { return &relay.HoldError{Hint: hint, Err: err} }
	switch s := a.Status; {
	case a.ok():
		return nil
	case s == 400 || s == 413 || s == 415 || s == 422:
		// The words may repeat the events, so they are for the dead letter alone.
		return &relay.RejectError{Answer: words, Err: fmt.Errorf("%s answers %s", name, a.status())}
	case s == 408 || s == 429 || s >= 500:
		return &relay.RetryError{After: retryAfter(a.Header.Get("Retry-After"), time.Now()), Err: err}
	case s == 401:
		return hold("the far end does not accept the credentials: check the token or password")
	case s == 403:
		return hold("the far end knows the credentials but does not allow this: check the permissions of the token")
	case s == 407:
		return hold("the proxy wants a login: put it into HTTPS_PROXY in the service's environment")
	case s == 404 || s == 405 || s == 410:
		return hold("the far end has no such route: check the path of the url")
	case s >= 300 && s < 400:
		where := string(clean([]byte(a.Header.Get("Location")), nil))
		if i := strings.IndexAny(where, "?#"); i >= 0 {
			where = where[:i]
		}
		return hold(fmt.Sprintf("redirects are not followed: if %.200q is right, write it into url", where))
	}
	return err
}

// retryAfter reads the header of RFC 9110 section 10.2.3: seconds or a date. 0: not stated.
func retryAfter(text string, now time.Time) time.Duration {
	if s, err := strconv.ParseUint(strings.TrimSpace(text), 10, 31); err == nil {
		return time.Duration(s) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}
