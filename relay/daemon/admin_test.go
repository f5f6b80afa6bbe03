package daemon

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"logrelay/relay/config"
	"logrelay/relay/status/page"
)

// The page over TLS, with the relay's own certificate, and the configuration behind its login.
func TestStatusPageOverTLS(t *testing.T) {
	t.Parallel()
	hash, err := page.HashPassword([]byte("correct horse"))
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, func(s *site) {
		s.cfg.Admin = config.Admin{Listen: "127.0.0.1:0", TLS: true, Users: []config.AdminUser{{Name: "mary", PasswordHash: config.NewSecret(hash)}}}
	})
	pem, err := os.ReadFile(filepath.Join(string(s.cfg.StateDir), "tls", "logrelay.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}
	browser := &http.Client{Transport: transport, Jar: jar}
	base := "https://" + s.Daemon.address.Addr().String()
	read := func(res *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	token := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(read(browser.Get(base + "/login?next=/config")))
	if token == nil {
		t.Fatal("there is no form to log in with")
	}
	body := read(browser.PostForm(base+"/login", url.Values{"csrf": token[1:], "name": {"mary"}, "password": {"correct horse"}, "next": {"/config"}}))
	if !strings.Contains(body, "name: mary") || !strings.Contains(body, "password_hash: &lt;secret&gt;") || strings.Contains(body, "argon2id") {
		t.Errorf("the configuration behind the login:\n%s", body)
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	if c := jar.Cookies(u); len(c) != 1 || c[0].Name != "__Host-logrelay" {
		t.Errorf("cookies: %v", c)
	}
	if body := read(browser.Get(base + "/api/v1/status")); !strings.Contains(body, s.addr) {
		t.Errorf("the login counts for nothing at the API: %s", body)
	}

	// Who may log in changes with a reload; nothing else of admin does.
	s.edit(func(c *config.Config) {
		c.Admin.Users = []config.AdminUser{{Name: "joe", PasswordHash: config.NewSecret("no hash")}}
	})
	if err := s.reload(t); err == nil || !strings.Contains(err.Error(), "user joe") {
		t.Errorf("a reload with what is no hash: %v", err)
	}
	if body := read(browser.Get(base + "/config")); !strings.Contains(body, "name: mary") {
		t.Errorf("a reload that was refused ended the session:\n%s", body)
	}
	s.edit(func(c *config.Config) {
		c.Admin.Users = []config.AdminUser{{Name: "joe", PasswordHash: config.NewSecret(hash)}}
	})
	if err := s.reload(t); err != nil {
		t.Fatal(err)
	}
	if body := read(browser.Get(base + "/api/v1/dead-letters")); !strings.Contains(body, "needs a login") {
		t.Errorf("somebody who may not log in any more sees: %s", body)
	}
	token = regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(read(browser.Get(base + "/login")))
	if body := read(browser.PostForm(base+"/login", url.Values{"csrf": token[1:], "name": {"joe"}, "password": {"correct horse"}, "next": {"/config"}})); !strings.Contains(body, "name: joe") {
		t.Errorf("a user who came with the reload:\n%s", body)
	}
	s.edit(func(c *config.Config) { c.Admin.TLS = false })
	if err := s.reload(t); err == nil || !strings.Contains(err.Error(), "admin") {
		t.Errorf("a reload that would need a restart: %v", err)
	}
	if log := s.log.String(); strings.Contains(log, "correct horse") || strings.Contains(log, "$argon2id") {
		t.Error("the log has a secret")
	}
}
