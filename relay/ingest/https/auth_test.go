package https

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func argon(password string) string {
	salt := []byte("0123456789abcdef")
	sum := argon2.IDKey([]byte(password), salt, 1, 64, 1, 32)
	enc := base64.RawStdEncoding.EncodeToString
	return "$argon2id$v=19$m=64,t=1,p=1$" + enc(salt) + "$" + enc(sum)
}

func TestAuthHasToBeSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		auth Auth
		want string
	}{
		"nothing":        {Auth{}, "nothing says who may push here"},
		"none and more":  {Auth{None: true, Certificates: true}, "exclude each other"},
		"no secret":      {Auth{Tokens: []Token{{Name: "a"}}}, `token "a": exactly one of secret and hash`},
		"both":           {Auth{Tokens: []Token{{Name: "a", Secret: "x", Hash: "y"}}}, `token "a": exactly one`},
		"no hash":        {Auth{Tokens: []Token{{Name: "a", Hash: "md5"}}}, "nor argon2id"},
		"short sum":      {Auth{Tokens: []Token{{Name: "a", Hash: "sha256:abcd"}}}, "64 hex digits"},
		"expensive hash": {Auth{Tokens: []Token{{Name: "a", Hash: "$argon2id$v=19$m=9999999,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg"}}}, "256 MiB"},
		"long secret":    {Auth{Tokens: []Token{{Name: "a", Secret: strings.Repeat("x", 5000)}}}, "longer than 4096"},
	} {
		if _, err := New(Options{Name: "web", Auth: c.auth}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err := c.auth.Check(); err == nil {
			t.Errorf("%s: Check has nothing to say", name)
		}
	}
	r := start(t, Options{Auth: Auth{None: true}})
	wantAnswer(t, r.post(t, "/", []byte("x"), header{"Authorization": "-"}), 200, "")
	wantAnswer(t, r.post(t, "/services/collector", []byte(`{"event":1}`), header{"Authorization": "-"}), 200, "")
}

func TestTokens(t *testing.T) {
	t.Parallel()
	quick, err := bcrypt.GenerateFromPassword([]byte("bcrypted"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	r := start(t, Options{Tenant: "input-tenant", Source: "input-source", Auth: Auth{Tokens: []Token{
		{Name: "old", Secret: "rotated-old", Expires: now.Add(time.Hour), Tenant: "red", Source: "edge", Kind: "syslog"},
		{Name: "new", Secret: "rotated-new", Tenant: "red"},
		{Name: "gone", Secret: "gone", Expires: now.Add(-time.Minute)},
		{Name: "early", Secret: "early", NotBefore: now.Add(time.Hour)},
		{Name: "hec", Secret: "only-hec", Protocols: []Protocol{HEC}, HEC: HECFields{Index: "fixed", Host: "fixed-host"}},
		{Name: "ann", User: "ann", Secret: "annpass"},
		{Name: "bob", User: "bob", Hash: argon("bobpass")},
		{Name: "eve", Hash: string(quick)},
		{Name: "sum", Hash: fmt.Sprintf("sha256:%x", sha256.Sum256([]byte("summed")))},
	}}})
	for _, c := range []struct {
		auth   string
		status int
		who    string
	}{
		{"Bearer rotated-old", 200, "old red edge syslog"},
		{"bearer  rotated-new", 200, "new red input-source "},
		{"Bearer rotated-ne", 401, ""},
		{"Bearer ", 401, ""},
		{"Bearer gone", 401, ""},
		{"Bearer early", 401, ""},
		{"Bearer only-hec", 403, ""},
		{"Bearer annpass", 401, ""},
		{basic("ann", "annpass"), 200, "ann input-tenant input-source "},
		{basic("Ann", "annpass"), 401, ""},
		{basic("bob", "bobpass"), 200, "bob input-tenant input-source "},
		{basic("bob", "bobpass"), 200, "bob input-tenant input-source "},
		{basic("ann", "bobpass"), 401, ""},
		{basic("bob", "wrong"), 401, ""},
		{"Bearer bobpass", 401, ""},
		{"Bearer summed", 200, "sum input-tenant input-source "},
		{"Bearer bcrypted", 200, "eve input-tenant input-source "},
		{basic("anyone", "bcrypted"), 200, "eve input-tenant input-source "},
		{"Basic !!!", 401, ""},
		{"Basic " + base64.StdEncoding.EncodeToString([]byte("nocolon")), 401, ""},
		{"Bearer " + strings.Repeat("x", 10_000), 401, ""},
	} {
		a := r.post(t, "/", []byte("x"), header{"Authorization": c.auth})
		got := ""
		for _, s := range r.sink.take() {
			o := s.origin
			got = fmt.Sprintf("%s %s %s %s", o.Identity, o.Tenant, o.Source, o.Kind)
		}
		if a.status != c.status || got != c.who {
			t.Errorf("%.60s: %d %s as %q, want %d %q", c.auth, a.status, a.body, got, c.status, c.who)
		}
	}
	for _, c := range []struct {
		auth   string
		status int
		code   string
	}{
		{"Splunk only-hec", 200, `"code":0`},
		{basic("x", "only-hec"), 200, `"code":0`},
		{"Splunk gone", 403, `"code":1`},
		{"Splunk nobody", 403, `"code":4`},
		{"-", 401, `"code":2`},
		{"Bearer only-hec", 401, `"code":3`},
	} {
		a := r.post(t, "/services/collector/event", []byte(`{"event":"x","index":"chosen","host":"h","source":"s"}`), header{"Authorization": c.auth})
		if a.status != c.status || !strings.Contains(a.body, c.code) {
			t.Errorf("%s: %d %s", c.auth, a.status, a.body)
		}
	}
	for _, s := range r.sink.take() {
		if fmt.Sprint(s.meta, s.origin.Attrs) != "map[source:s] [{host fixed-host} {index fixed}]" {
			t.Errorf("the sender chose %v %v", s.meta, s.origin.Attrs)
		}
	}
	a := r.post(t, "/services/collector/raw?token=only-hec", []byte(`x`), header{"Authorization": "-"})
	wantAnswer(t, a, 400, `{"text":"Query string authorization is not enabled","code":16}`)
}

// A refused request's body stays in the network, also when the sender waits for "100 Continue".
func TestRefusedBodiesAreNotRead(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	c, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\nAuthorization: Bearer wrong\r\n\r\n")
	answer, err := io.ReadAll(c)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 401 ") || !strings.Contains(string(answer), "Connection: close") {
		t.Errorf("%s, %v", answer, err)
	}
	c, err = net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\nAuthorization: Bearer %s\r\n\r\n", secret)
	lines := bufio.NewReader(c)
	if line, err := lines.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("%q, %v", line, err)
	}
	lines.ReadString('\n')
	fmt.Fprint(c, "ok")
	resp, err := http.ReadResponse(lines, nil)
	if err != nil || resp.StatusCode != 200 {
		t.Errorf("%v, %v", resp, err)
	}
	wantRecords(t, r.sink.take(), "ok")
}

func TestSetAuthReachesOpenConnections(t *testing.T) {
	t.Parallel()
	local := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	away := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	a := tokenAuth()
	a.Networks = local
	r := start(t, Options{Auth: a})
	c, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	lines := bufio.NewReader(c)
	send := func() (int, error) {
		fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nAuthorization: Bearer %s\r\n\r\n", secret)
		resp, err := http.ReadResponse(lines, nil)
		if err != nil {
			return 0, err
		}
		io.Copy(io.Discard, resp.Body)
		return resp.StatusCode, nil
	}
	if status, err := send(); status != 200 {
		t.Fatal(status, err)
	}
	if err := r.SetAuth(Auth{}); err == nil {
		t.Error("an empty Auth was taken")
	}
	if status, err := send(); status != 200 {
		t.Errorf("after a reload that was refused: %d, %v", status, err)
	}
	if err := r.SetAuth(Auth{Networks: local, Tokens: []Token{{Name: "t2", Secret: "another"}}}); err != nil {
		t.Fatal(err)
	}
	if status, err := send(); status != 401 {
		t.Errorf("a revoked token on an open connection: %d, %v", status, err)
	}
	a.Networks = away
	if err := r.SetAuth(a); err != nil {
		t.Fatal(err)
	}
	c.SetReadDeadline(time.Now().Add(patience))
	if _, err := lines.ReadByte(); err != io.EOF {
		t.Errorf("the connection of a revoked network: %v", err)
	}
	wantAnswer(t, r.post(t, "/", []byte("x"), nil), 403, `{"error":"this address may not push here"}`)
	wantAnswer(t, r.post(t, "/services/collector", []byte("x"), header{"Authorization": "Splunk " + secret}), 403, `{"text":"Invalid token","code":4}`)
	if err := r.SetAuth(Auth{Networks: local}); err != nil {
		t.Fatal(err)
	}
	wantAnswer(t, r.post(t, "/", []byte("x"), header{"Authorization": "-"}), 200, "")
}

// TestGuessingForgetsNoPassword: a stranger who sends one wrong password after the other does not make those who know theirs wait for the slow check again.
func TestGuessingForgetsNoPassword(t *testing.T) {
	t.Parallel()
	s, err := newAuthState(Auth{Tokens: []Token{{Name: "fw", User: "fw", Hash: argon("right")}}})
	if err != nil {
		t.Fatal(err)
	}
	find := func(user, secret string) *Token {
		t.Helper()
		found, err := s.find(t.Context(), user, secret)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if find("fw", "right") == nil {
		t.Fatal("the password is not taken")
	}
	for i := range maxPasswords + 1 {
		if find("fw", fmt.Sprint(i)) != nil || find("nobody", fmt.Sprint(i)) != nil {
			t.Fatal("a wrong password is taken")
		}
	}
	s.memory.turn <- struct{}{} // no slow check can be made any more
	if found, known := s.memory.recall(s.digest("fw", "right")); !known || found == nil {
		t.Error("the password is forgotten")
	}
	if find("nobody", "else") != nil {
		t.Error("a stranger's name is taken")
	}
	if n := len(s.memory.wrong); n > maxPasswords {
		t.Errorf("%d wrong passwords are kept", n)
	}
}
