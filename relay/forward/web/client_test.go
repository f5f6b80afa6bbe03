package web

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"logrelay/relay"
)

const canary = "c4n4ry-s3cr3t"

func newServer(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func newClient(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func post(t *testing.T, c *Client, text string) (*Answer, error) {
	t.Helper()
	b := c.Body()
	defer c.Reuse(b)
	b.Plain = append(b.Plain, text...)
	if err := c.Pack(b); err != nil {
		t.Fatal(err)
	}
	return c.Do(t.Context(), Request{URL: c.URLs()[0], ContentType: "text/plain", Body: b})
}

func TestSecretsNeverShow(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]Credential{
		"bearer": Bearer(canary), "splunk": Splunk(canary), "basic": Basic("user", canary), "header": SecretHeader("X-Api-Key", canary), "api key": APIKey("id:" + canary),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newServer(t, func(w http.ResponseWriter, r *http.Request) { // a far end that repeats what it was sent
				w.WriteHeader(http.StatusForbidden)
				_, word, _ := strings.Cut(r.Header.Get("Authorization"), " ")
				decoded, _ := base64.StdEncoding.DecodeString(word)
				fmt.Fprint(w, r.Header, string(decoded), strings.Repeat(" ", MaxAnswer-700), k.Value, strings.Repeat(k.Value, 100))
			})
			c := newClient(t, Options{URLs: []string{url + "/in?key=" + canary}, Insecure: true, Credentials: func() ([]Credential, error) { return []Credential{k}, nil }})
			a, err := post(t, c, "x")
			if err != nil {
				t.Fatal(err)
			}
			held := a.Err(Name(c.URLs()[0]))
			if _, ok := errors.AsType[*relay.HoldError](held); !ok {
				t.Fatalf("got %v", held)
			}
			for _, text := range []string{held.Error(), string(a.Body), a.Words()} {
				for n := len(k.secrets[0]); n >= 6; n-- {
					if strings.Contains(text, k.secrets[0][:n]) {
						t.Fatalf("the first %d bytes of the secret show", n)
					}
				}
				if strings.Contains(text, canary) {
					t.Fatal("the secret shows")
				}
			}
			if !strings.Contains(a.Words(), "<secret>") {
				t.Errorf("answer: %s", a.Words())
			}
		})
	}
	t.Run("unreachable", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, Options{URLs: []string{"https://127.0.0.1:1/in?key=" + canary}, Credentials: func() ([]Credential, error) { return []Credential{Bearer(canary)}, nil }})
		if _, err := post(t, c, "x"); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("got %v", err)
		}
	})
}

func TestURLsThatAreRefused(t *testing.T) {
	t.Parallel()
	secret := func() ([]Credential, error) { return nil, nil }
	for name, c := range map[string]struct {
		o    Options
		says string
	}{
		"none":                   {Options{}, "no url"},
		"credentials over http":  {Options{URLs: []string{"http://siem/in"}, Credentials: secret}, "in the clear"},
		"credentials in the url": {Options{URLs: []string{"https://user:" + canary + "@siem/in"}}, "holds credentials"},
		"relative":               {Options{URLs: []string{"/in"}}, "not a full"},
		"other scheme":           {Options{URLs: []string{"ftp://siem/in"}}, "not a full"},
		"broken":                 {Options{URLs: []string{"https://siem/%zz" + canary}}, "cannot be read"},
		"unknown compression":    {Options{URLs: []string{"https://siem"}, Compress: "lz4"}, "lz4"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := New(c.o)
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), canary) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	other := newServer(t, func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") })
	url := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other+"/new?token="+canary, http.StatusTemporaryRedirect)
	})
	a, err := post(t, newClient(t, Options{URLs: []string{url}}), "x")
	if err != nil {
		t.Fatal(err)
	}
	err = a.Err("siem")
	if _, ok := errors.AsType[*relay.HoldError](err); !ok || !strings.Contains(relay.HintOf(err), other+"/new") || strings.Contains(relay.HintOf(err), canary) {
		t.Errorf("got %v, hint %s", err, relay.HintOf(err))
	}
}

func TestAnswersAreBoundedAndCleaned(t *testing.T) {
	t.Parallel()
	url := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, "bad\x1b[31m\u202ething\xff\r\n"+strings.Repeat("y", 1<<20))
	})
	a, err := post(t, newClient(t, Options{URLs: []string{url}}), "x")
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Body) > MaxAnswer+16 || len(a.Words()) > maxWords+64 {
		t.Errorf("%d bytes, %d shown", len(a.Body), len(a.Words()))
	}
	if want := "400 Bad Request: bad [31m thing\uFFFD yyy"; !strings.HasPrefix(a.Words(), want) {
		t.Errorf("got %.60q, want %q", a.Words(), want)
	}
}

func TestAnswersThatAreReadAsTheyCome(t *testing.T) {
	t.Parallel()
	const size = 4 * MaxAnswer
	for name, c := range map[string]struct {
		status int
		limit  int64
		cut    bool
		want   int
		fails  bool
	}{
		"whole":      {status: 200, limit: 2 * size, want: size},
		"bounded":    {status: 201, limit: size / 2, want: size / 2},
		"broken off": {status: 200, limit: 2 * size, cut: true, want: size / 2, fails: true},
		"no success": {status: 400, limit: 2 * size},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", fmt.Sprint(size))
				w.WriteHeader(c.status)
				io.WriteString(w, strings.Repeat("x", size/2))
				if c.cut {
					http.NewResponseController(w).Flush()
					panic(http.ErrAbortHandler)
				}
				io.WriteString(w, strings.Repeat("x", size/2))
			})
			client, got := newClient(t, Options{URLs: []string{url}}), 0
			a, err := client.Post(t.Context(), Request{URL: client.URLs()[0], ReadMax: c.limit, Read: func(body io.Reader) {
				n, _ := io.Copy(io.Discard, body)
				got += int(n)
			}}, []byte("x"))
			if (err != nil) != c.fails || got != c.want {
				t.Fatalf("%d bytes read, want %d; %v", got, c.want, err)
			}
			if err == nil && (a.Status != c.status || (len(a.Body) > 0) != (c.status == 400)) {
				t.Errorf("status %d, %d bytes kept", a.Status, len(a.Body))
			}
		})
	}
}

func TestAPIKey(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"id:secret", "aWQ6c2VjcmV0"} {
		if got := APIKey(key).Value; got != "ApiKey aWQ6c2VjcmV0" {
			t.Errorf("%s: %s", key, got)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, " 120 ": 2 * time.Minute, "-3": 0, "soon": 0, "99999999999999999999": 0,
		"Fri, 02 Jan 2026 03:05:05 GMT": time.Minute, "Fri, 02 Jan 2026 03:03:05 GMT": 0,
	} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestCredentialsAreAskedForEachTime(t *testing.T) {
	t.Parallel()
	var got []string
	url := newServer(t, func(_ http.ResponseWriter, r *http.Request) { got = append(got, r.Header.Get("Authorization")) })
	n := 0
	c := newClient(t, Options{URLs: []string{url}, Insecure: true, Credentials: func() ([]Credential, error) {
		if n++; n == 3 {
			return nil, errors.New("no such file")
		}
		return []Credential{Bearer(fmt.Sprint("t", n))}, nil
	}})
	for range 2 {
		if _, err := post(t, c, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if fmt.Sprint(got) != "[Bearer t1 Bearer t2]" {
		t.Errorf("got %v", got)
	}
	_, err := post(t, c, "x")
	if _, ok := errors.AsType[*relay.HoldError](err); !ok {
		t.Errorf("got %v, want a HoldError", err)
	}
}

func TestSplitSaysWhatWasDelivered(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{URLs: []string{"https://siem"}})
	events := make([]relay.Event, 10)
	for i := range events {
		events[i].N = int32(i)
	}
	add := func(dst []byte, e *relay.Event, n int) []byte { return append(dst, byte('0'+e.N), byte('0'+n)) }
	for name, c2 := range map[string]struct {
		limit int
		fail  map[string]error
		want  string
		err   string
	}{
		"one body":         {100, nil, "00112233445566778899", "<nil>"},
		"bodies of three":  {7, nil, "001122 304152 607182 90", "<nil>"},
		"no limit stated":  {0, nil, "00112233445566778899", "<nil>"},
		"one event each":   {1, nil, "00 10 20 30 40 50 60 70 80 90", "<nil>"},
		"fails at once":    {7, map[string]error{"001122": errors.New("a")}, "001122", "a"},
		"fails later":      {7, map[string]error{"607182": errors.New("a")}, "001122 304152 607182", "[0 1 2 3 4 5] a"},
		"refused later":    {7, map[string]error{"304152": &relay.RejectError{Events: []int{1}, Err: errors.New("r")}}, "001122 304152", "[0 1 2] [4] r"},
		"partly and later": {7, map[string]error{"304152": &relay.PartialError{Delivered: []int{0}, Err: &relay.RejectError{Events: []int{1}, Err: errors.New("r")}}}, "001122 304152", "[0 1 2 3] [4] r"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var bodies []string
			err := c.split(events, Bodies{Limit: c2.limit, Add: add}, func(b *Body, n int) error {
				if n != len(b.Plain)/2 {
					t.Errorf("%d events with %q", n, b.Plain)
				}
				bodies = append(bodies, string(b.Plain))
				return c2.fail[string(b.Plain)]
			})
			if got := strings.Join(bodies, " "); got != c2.want {
				t.Errorf("bodies %s, want %s", got, c2.want)
			}
			says := fmt.Sprint(err)
			if p, ok := errors.AsType[*relay.PartialError](err); ok {
				says = fmt.Sprint(p.Delivered, " ", p.Err)
				if r, ok := errors.AsType[*relay.RejectError](err); ok {
					says = fmt.Sprint(p.Delivered, " ", r.Events, " ", r.Err)
				}
			}
			if says != c2.err {
				t.Errorf("error %s, want %s", says, c2.err)
			}
		})
	}
}

func TestTimeoutIsARetry(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	url := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	t.Cleanup(func() { close(release) })
	_, err := post(t, newClient(t, Options{URLs: []string{url}, Timeout: 20 * time.Millisecond}), "x")
	if err == nil || !strings.HasSuffix(err.Error(), "timed out") || errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// FuzzClean checks that an answer can be shown whatever is in it: between our own words, no piece of it is or holds the secret.
// White space and bytes that are not UTF-8 are written anew, which may form a secret that has some itself.
func FuzzClean(f *testing.F) {
	f.Add([]byte("hello "+canary), canary)
	f.Add([]byte("\x00\x1b[2J\xff\u202e"), "")
	f.Add([]byte(strings.Repeat("ab", MaxAnswer)), "aba")
	f.Add([]byte("000000000000"), " 000000000000")
	f.Add([]byte("t>000000000000000000000000"), "t>000000000000")
	f.Add([]byte(strings.Repeat("a", MaxAnswer)), "aaaaaaaaaaaa…")
	f.Add([]byte(strings.Repeat("a", maxWords-5)+"aaaaaaaaaaaa<secr"), "aaaaaaaaaaaa<secr")
	f.Fuzz(func(t *testing.T, body []byte, secret string) {
		a := Answer{Status: 400, Body: clean(body, []string{secret})}
		words := a.Words()
		if strings.ContainsFunc(words, unicode.IsControl) || !utf8.ValidString(words) || len(words) > maxWords+64 {
			t.Fatalf("%q", words)
		}
		if secret == "" || strings.ContainsFunc(secret, unicode.IsSpace) || strings.ContainsRune(secret, utf8.RuneError) {
			return
		}
		text, long := strings.CutSuffix(strings.TrimPrefix(words, a.status()), "…")
		for n := 1; long && n < len("<secret>"); n++ { // it may be cut inside of that
			text = strings.TrimSuffix(text, "<secret>"[:n])
		}
		for piece := range strings.SplitSeq(text, "<secret>") {
			if strings.Contains(strings.TrimPrefix(piece, ": "), secret) {
				t.Fatalf("%q shows %q", words, secret)
			}
		}
	})
}
