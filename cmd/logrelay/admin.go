package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"logrelay/relay"
	"logrelay/relay/status"
)

// maxAdminAnswer bounds what is read from the relay's admin door, in bytes. Listed dead letters may carry whole records.
const maxAdminAnswer = 256 << 20

// adminClient talks to the running relay.
type adminClient struct {
	http *http.Client
	base string // "http://host"
	door string // what the user calls it: path or URL
}

func adminFlag() cli.Flag {
	return &cli.StringFlag{
		Name:  "admin",
		Usage: "`SOCKET` or http://URL of the running relay (default: admin.socket of the configuration, " + usualSocket + ")",
	}
}

// newAdminClient returns a client for a unix socket (a path) or a loopback listener (an http URL).
func newAdminClient(door string) (*adminClient, error) {
	if strings.HasPrefix(door, "http://") || strings.HasPrefix(door, "https://") {
		u, err := url.Parse(door)
		if err != nil || u.Host == "" {
			return nil, usageError("an address looks like http://127.0.0.1:5480", "--admin %q is no URL", door)
		}
		return &adminClient{&http.Client{}, strings.TrimSuffix(u.String(), "/"), door}, nil
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", door)
	}
	return &adminClient{&http.Client{Transport: &http.Transport{DialContext: dial}}, "http://localhost", door}, nil
}

// get reads path into answer.
func (a *adminClient) get(ctx context.Context, path string, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return a.do(ctx, http.MethodGet, path, nil, answer)
}

// post sends question and reads answer. It waits as long as ctx allows: a reload or a retry may take its time.
func (a *adminClient) post(ctx context.Context, path string, question, answer any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return fmt.Errorf("encoding the question to the relay: %w", err)
	}
	return a.do(ctx, http.MethodPost, path, body, answer)
}

// stream sends question, if there is one, and hands every JSON value of the answer to line, until that returns false or nothing follows.
func (a *adminClient) stream(ctx context.Context, path string, question any, line func(*json.Decoder) (more bool, err error)) error {
	method, body := http.MethodGet, []byte(nil)
	if question != nil {
		b, err := json.Marshal(question)
		if err != nil {
			return fmt.Errorf("encoding the question to the relay: %w", err)
		}
		method, body = http.MethodPost, b
	}
	res, err := a.ask(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		text, err := io.ReadAll(io.LimitReader(res.Body, maxAdminAnswer))
		if err != nil {
			return fmt.Errorf("reading the answer of %s: %w", a.door, err)
		}
		return a.refused(res, text)
	}
	for d := json.NewDecoder(res.Body); ; {
		if more, err := line(d); err != nil || !more {
			return err
		}
	}
}

func (a *adminClient) ask(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("asking the relay: %w", err)
	}
	res, err := a.http.Do(req)
	if err != nil {
		return nil, a.explain(err)
	}
	return res, nil
}

// text reads what path answers, as it is.
func (a *adminClient) text(ctx context.Context, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return a.read(ctx, http.MethodGet, path, nil)
}

func (a *adminClient) do(ctx context.Context, method, path string, body []byte, answer any) error {
	text, err := a.read(ctx, method, path, body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return relay.WithHint(fmt.Errorf("reading the answer of %s: %w", a.door, err), "is that really the admin door of logrelay, and of the same version?")
	}
	return nil
}

func (a *adminClient) read(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	res, err := a.ask(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAdminAnswer))
	if err != nil {
		return nil, fmt.Errorf("reading the answer of %s: %w", a.door, err)
	}
	if res.StatusCode/100 != 2 {
		return nil, a.refused(res, text)
	}
	return text, nil
}

// refused turns an answer other than 2xx into an error in the relay's words.
func (a *adminClient) refused(res *http.Response, text []byte) error {
	var f status.Failure
	if json.Unmarshal(text, &f) != nil || f.Error == "" {
		f.Error = fmt.Sprintf("%s answers %s: %s", a.door, res.Status, printable(string(text), 300))
		if res.StatusCode == http.StatusNotFound || res.StatusCode == http.StatusMethodNotAllowed {
			f.Hint = "changes and record content are served by the unix socket alone: leave --admin out, or name the socket"
		}
	}
	err := errors.New(f.Error)
	if f.Hint != "" {
		return relay.WithHint(err, f.Hint)
	}
	return err
}

var errNotRunning = errors.New("the relay is not running")

// explain says in an operator's words why the relay could not be reached.
func (a *adminClient) explain(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return relay.WithHint(fmt.Errorf("%w here: there is no socket %s", errNotRunning, a.door),
			"start it with \"systemctl start logrelay\" or \"logrelay run\"; a relay with another configuration is reached with --config FILE or --admin SOCKET")
	case errors.Is(err, syscall.ECONNREFUSED):
		return relay.WithHint(fmt.Errorf("%w: nobody listens at %s", errNotRunning, a.door),
			"start it with \"systemctl start logrelay\" or \"logrelay run\"; \"journalctl -u logrelay\" says why it ended")
	case errors.Is(err, fs.ErrPermission):
		return relay.WithHint(fmt.Errorf("no permission to talk to the relay at %s", a.door),
			"run this as root or as a member of the group logrelay")
	}
	return fmt.Errorf("asking the relay at %s: %w", a.door, err)
}
