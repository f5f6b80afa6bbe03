package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"logrelay/relay/status"
)

// canary begins every secret of TestSecrets, so that a part of one is found too.
const canary = "cAnArY"

// TestSecrets plants a canary in every secret, has the far ends repeat them in their answers and strangers send them in all wrong places,
// and looks for it wherever the relay says something, at the most talkative log level.
func TestSecrets(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	hec, refusing := s.echo(http.StatusServiceUnavailable), s.echo(http.StatusUnauthorized)
	for _, name := range []string{"token", "password", "bearer", "basic", "header"} {
		s.write(name, canary+"-"+name+"\n")
	}
	s.env = append(s.env, "LOGRELAY_OUTPUTS_HEC_TOKEN="+canary+"-hec", "LOGRELAY_INPUTS_WEB_TOKENS_1_TOKEN="+canary+"-env")
	s.replacePair(s.ca.Server())
	const rest = ", tls: {ca_file: siem-ca.pem}, from: oldest}\n"
	s.configure("  web: {type: https, listen: '127.0.0.1:0', tokens: [{name: a, token_file: token}, {name: b}], users: [{name: u, password_file: password}]}\n",
		"  hec: {type: hec, url: '"+hec+"'"+rest+
			"  bearer: {type: https, url: '"+refusing+"', bearer_file: bearer"+rest+
			"  basic: {type: https, url: '"+refusing+"', basic: {user: u, password_file: basic}"+rest+
			"  header: {type: https, url: '"+refusing+"', header_files: {X-Key: header}"+rest,
		"log: {level: debug}\ntls: {cert_file: relay.pem, key_file: relay.key}\n")
	s.start()
	n := newNumbers()
	h := s.httpSenderWith(n, canary+"-token", s.ca.Pool())
	h.must(30)
	s.httpSenderWith(n, canary+"-env", s.ca.Pool()).must(1)
	s.strangers(h.client)
	s.await("the far ends have repeated what they were told", func(st status.Snapshot) bool {
		for _, o := range st.Outputs {
			if !strings.Contains(o.LastError, "go away") || !strings.Contains(o.LastError, "<secret>") {
				return false
			}
		}
		return true
	})

	key := strings.Split(s.read("relay.key"), "\n")[1]
	clean := func(where, text string) {
		t.Helper()
		for _, secret := range []string{canary, base64.StdEncoding.EncodeToString([]byte("u:" + canary))[:8], key} {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s tells a secret: …%s…", where, text[max(0, i-200):min(len(text), i+60)])
			}
		}
	}
	for _, path := range []string{
		"/metrics", "/api/v1/status", "/healthz", "/readyz", "/api/v1/dead-letters?raw=1",
		"/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2", "/", "/config", "/dead-letters", "/tail", "/login",
	} {
		code, text, err := s.get(path)
		if err != nil || code != http.StatusOK {
			t.Fatalf("%s: %d, %v", path, code, err)
		}
		clean(path, text)
	}
	for _, line := range []string{"status", "status --json", "check", "check --json", "check --config-only", "doctor", "doctor --json", "buffer ls", "buffer dump --json", "buffer dead-letters ls --json"} {
		r := s.run(args(line)...)
		if r.stdout == "" {
			t.Errorf("logrelay %s says nothing: %s", line, r.stderr)
		}
		clean("logrelay "+line, r.stdout+r.stderr)
	}
	s.must(exitDone, args("support-bundle --output bundle.tar.gz --records 100 --yes"))
	clean("the support bundle", untar(t, s.path("bundle.tar.gz")))
	argv, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", s.relay.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	clean("argv", string(argv))
	s.mistakes(clean)
	s.kill()
	clean("the log", s.log())
}

// untar returns everything that a tar.gz holds.
func untar(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(h.Name + "\n")
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(all.String(), "/status.json") || !strings.Contains(all.String(), "/records.jsonl") {
		t.Errorf("the bundle lacks something: %.300s", all.String())
	}
	return all.String()
}

// echo is a far end that answers every request with the status, and in its words with everything that the request said of who sent it.
func (s *site) echo(code int) (url string) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(code)
		fmt.Fprintf(w, "go away, %v with %s", r.Header, r.Header.Get("Authorization"))
	}))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{s.ca.Server()}}
	srv.StartTLS()
	s.t.Cleanup(srv.Close)
	return srv.URL
}

// strangers send what they know in places where it does not belong, or is not good.
func (s *site) strangers(c *http.Client) {
	s.t.Helper()
	for _, path := range []string{"/", "/?token=" + canary, "/" + canary, "/services/collector?token=" + canary} {
		for _, auth := range []string{"", "Bearer " + canary + "-wrong", "Splunk " + canary + "-wrong", canary, "Basic " + base64.StdEncoding.EncodeToString([]byte("u:"+canary+"-wrong"))} {
			req, err := http.NewRequestWithContext(s.ctx, http.MethodPost, "https://"+s.at("web")+path, strings.NewReader("x"))
			if err != nil {
				s.t.Fatal(err)
			}
			req.Header.Set("Authorization", auth)
			req.Header.Set("X-Amz-Firehose-Access-Key", canary+"-wrong")
			res, err := c.Do(req)
			if err != nil {
				s.t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode/100 != 4 {
				s.t.Errorf("POST %s with %q: %s", path, auth, res.Status)
			}
		}
	}
}

// mistakes are secrets that stand where the configuration does not want them.
func (s *site) mistakes(clean func(where, text string)) {
	s.t.Helper()
	good := s.read("logrelay.yaml")
	for _, m := range []struct{ old, new string }{
		{"bearer_file: bearer", "bearer: " + canary},
		{"bearer_file: bearer", "headers: {Authorization: Bearer " + canary + "}"},
		{"token_file: token", "token: " + canary},
		{"token_file: token", "token_hash: " + canary},
		{"password_file: password", "password_hash: " + canary},
		{"socket: admin.sock", "socket: admin.sock, users: [{name: u, password_hash: " + canary + "}]"},
		{"type: hec, url: 'https://", "type: hec, url: 'https://u:" + canary + "@"},
	} {
		bad := strings.Replace(good, m.old, m.new, 1)
		if bad == good {
			s.t.Fatalf("BUG: nothing to replace by %s", m.new)
		}
		s.write("mistake.yaml", bad)
		what, _, _ := strings.Cut(m.new, canary)
		clean("the check of "+what, s.must(exitUsage, []string{"check", "--config", "mistake.yaml"}).stderr)
		s.write("logrelay.yaml", bad)
		clean("the reload", s.must(exitFailed, []string{"reload", "--admin", "admin.sock"}).stderr)
		s.write("logrelay.yaml", good)
	}
}
