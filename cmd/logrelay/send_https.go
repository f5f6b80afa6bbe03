package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"logrelay/relay"
)

const (
	maxAnswer     = 64 << 10         // bytes of an answer that are read
	answerTimeout = 3 * time.Minute  // what Firehose allows an endpoint
	busyPatience  = 10 * time.Minute // how long a relay may stay busy before send gives up
	maxBusyWait   = 5 * time.Minute  // longest Retry-After that is believed
)

// httpsTarget posts batches, one request at a time, in the order of the input.
type httpsTarget struct {
	client *http.Client
	url    string
	form   bodyForm
	header http.Header
	busy   func(wait time.Duration, why string) // told before each wait
}

// newHTTPSTarget returns a target for one POST route. token may be empty.
func newHTTPSTarget(o sendOptions, token string, conf *tls.Config) (*httpsTarget, error) {
	u := *o.to
	form, ok := bodyForms[o.format]
	if !ok {
		return nil, usageError("formats: "+strings.Join(formatNames(), ", "), "unknown --format %q", o.format)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = form.path
	}
	if o.kind != "" {
		if form.path != genericPath {
			return nil, usageError("the token or the input says what comes in by HEC and Firehose", "--kind is not for --format %s", o.format)
		}
		u.Path = genericPath + "/" + o.kind
	}
	if token != "" && u.Scheme == "http" && !loopbackHost(u.Hostname()) {
		return nil, usageError("use https://", "a token is not sent over plain http to %s", u.Host)
	}
	header := http.Header{"Content-Type": {form.contentType}, "User-Agent": {"logrelay-send/" + readVersion().Version}}
	if token != "" {
		form.authorize(header, o.user, token)
	}
	transport := &http.Transport{TLSClientConfig: conf, ForceAttemptHTTP2: true, Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: connectTimeout}
	return &httpsTarget{
		client: &http.Client{
			Transport:     transport,
			Timeout:       answerTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		url: u.String(), form: form, header: header, busy: o.busy,
	}, nil
}

// send returns nil when the relay has answered that the batch is safe. While the relay says that it is busy, the batch is offered again.
func (t *httpsTarget) send(ctx context.Context, b *sendBatch) error {
	body, id := t.form.encode(b)
	wait := time.Second
	for since := time.Now(); ; {
		a, err := t.post(ctx, body, id)
		if err != nil {
			return t.explain(err)
		}
		if a.code != http.StatusServiceUnavailable && a.code != http.StatusTooManyRequests {
			return t.judge(a, id)
		}
		if after, ok := retryAfter(a.header.Get("Retry-After")); ok {
			wait = after
		}
		if time.Since(since)+wait > busyPatience {
			return relay.WithHint(t.judge(a, id), "the relay stayed busy: \"logrelay status\" there says why, most likely its buffer is full")
		}
		t.busy(wait, a.String())
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		wait = min(2*wait, 30*time.Second)
	}
}

// httpAnswer is a response whose body was read.
type httpAnswer struct {
	code   int
	status string // "401 Unauthorized"
	header http.Header
	text   []byte // at most maxAnswer bytes
}

func (t *httpsTarget) post(ctx context.Context, body []byte, id string) (httpAnswer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, bytes.NewReader(body))
	if err != nil {
		return httpAnswer{}, err
	}
	req.Header = t.header.Clone()
	if t.form.requestID != "" {
		req.Header.Set(t.form.requestID, id)
	}
	res, err := t.client.Do(req)
	if err != nil {
		return httpAnswer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return httpAnswer{res.StatusCode, res.Status, res.Header, text}, err
}

// judge turns an answer into nil, or an error with what to do about it.
func (t *httpsTarget) judge(a httpAnswer, id string) error {
	if a.code == http.StatusOK {
		return t.form.confirm(a, id)
	}
	err := fmt.Errorf("%s answers %s", t.url, a)
	if hint := t.hint(a.code); hint != "" {
		return relay.WithHint(err, hint)
	}
	return err
}

func (t *httpsTarget) hint(code int) string {
	switch code {
	case http.StatusUnauthorized:
		if len(t.header.Values("Authorization")) == 0 && t.header.Get(firehoseKey) == "" {
			return "this input wants a token: pass the file that holds it with --token-file"
		}
		return "the relay does not know this token: compare --token-file with the tokens of the input"
	case http.StatusForbidden:
		return "the token is not valid here, or this address is not in the input's networks, or it wants a client certificate (--cert, --key)"
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return "this is not a route of the relay: give --to without a path, and --format"
	case http.StatusRequestEntityTooLarge:
		return "a record or the request is larger than the input takes: raise max_record or max_body of the input"
	case http.StatusBadRequest, http.StatusUnsupportedMediaType:
		return "the relay cannot read this as --format " + t.form.name + "; nothing of the request was stored; text takes any line"
	}
	if code/100 == 3 {
		return "redirects are not followed: name the relay itself in --to"
	}
	return ""
}

// explain says in an operator's words why no answer came.
func (t *httpsTarget) explain(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	if strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") {
		return relay.WithHint(fmt.Errorf("%s does not speak TLS", t.url), "is the port right? For plain http write http://")
	}
	return explainDial(err, t.url)
}

func (t *httpsTarget) close(context.Context) error {
	t.client.CloseIdleConnections()
	return nil
}

func (t *httpsTarget) acknowledged() bool { return true }

// String is the status line and what the body says, for a person.
func (a httpAnswer) String() string {
	var said struct {
		Text    string `json:"text"`         // HEC
		Message string `json:"errorMessage"` // Firehose
		Error   string `json:"error"`
	}
	words := string(a.text)
	if json.Unmarshal(a.text, &said) == nil {
		words = cmp.Or(said.Text, said.Message, said.Error, words)
	}
	if words = printable(words, 300); words == "" {
		return a.status
	}
	return a.status + ": " + words
}

// retryAfter reads the header as seconds or as a date (RFC 9110, section 10.2.3).
func retryAfter(s string) (time.Duration, bool) {
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		return min(time.Duration(n)*time.Second, maxBusyWait), true
	}
	if at, err := http.ParseTime(s); err == nil {
		return min(max(time.Until(at), 0), maxBusyWait), true
	}
	return 0, false
}
