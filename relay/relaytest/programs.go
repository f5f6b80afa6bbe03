//go:build integration

package relaytest

import (
	"crypto/rand"
	"encoding/base64"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// program is one that others wrote, whose path an environment variable names.
type program struct {
	variable, what string
	args           func(dir string, ports [2]string) []string
	env            []string
	path           string // to ask for
}

// start runs it on free ports of loopback until the test ends, and returns the URL of the first once it answers. The test is skipped where there
// is no such program.
func (p program) start(t testing.TB) string {
	t.Helper()
	file := os.Getenv(p.variable)
	if file == "" {
		t.Skipf("%s is not here: %s names no program", p.what, p.variable)
	}
	var ports [2]string
	for i := range ports {
		_, ports[i], _ = net.SplitHostPort(FreeAddr(t))
	}
	dir := t.TempDir()
	cmd := exec.Command(file, p.args(dir, ports)...)
	cmd.Env = append(os.Environ(), p.env...)
	cmd.Dir = dir
	launch(t, p.what, cmd)
	url := "http://127.0.0.1:" + ports[0]
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		resp, err := http.Get(url + p.path)
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode < 500 {
				return url
			}
		}
		if time.Since(begun) > patience {
			t.Fatalf("%s does not answer: %v", p.what, err)
		}
	}
}

// launch runs a program until the test ends, and shows what it said when that has failed.
func launch(t testing.TB, what string, cmd *exec.Cmd) {
	t.Helper()
	var output tail
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", what, err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", what, output.String())
		}
	})
}

// tail keeps the end of what a program says.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (w *tail) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.b = append(w.b, p...)
	w.b = w.b[max(0, len(w.b)-8192):]
	return len(p), nil
}

func (w *tail) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.b)
}

// Whom MinIO lets in.
const (
	MinIOKeyID  = "relaytest"
	MinIOSecret = "relaytest-secret"
)

// MinIO starts a server of S3 that has a key "logs" to encrypt with.
func MinIO(t testing.TB) (url string) {
	t.Helper()
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	return program{
		variable: "LOGRELAY_TEST_MINIO", what: "MinIO", path: "/minio/health/ready",
		args: func(dir string, ports [2]string) []string {
			return []string{"server", "--quiet", "--address", "127.0.0.1:" + ports[0], "--console-address", "127.0.0.1:" + ports[1], filepath.Join(dir, "data")}
		},
		env: []string{
			"MINIO_ROOT_USER=" + MinIOKeyID, "MINIO_ROOT_PASSWORD=" + MinIOSecret, "MINIO_REGION=us-east-1", "MINIO_BROWSER=off",
			"MINIO_KMS_SECRET_KEY=logs:" + base64.StdEncoding.EncodeToString(key),
		},
	}.start(t)
}

// ElasticMQ starts a server of SQS. It lets everyone in.
func ElasticMQ(t testing.TB) (url string) {
	t.Helper()
	return program{
		variable: "LOGRELAY_TEST_ELASTICMQ", what: "ElasticMQ", path: "/health",
		args: func(_ string, ports [2]string) []string { return []string{ports[0]} },
	}.start(t)
}

// Moto starts moto's server of S3, SQS, STS and IAM, with more for its environment.
func Moto(t testing.TB, env ...string) (url string) {
	t.Helper()
	return program{
		variable: "LOGRELAY_TEST_MOTO", what: "moto's server", path: "/moto-api/", env: env,
		args: func(_ string, ports [2]string) []string { return []string{"-H", "127.0.0.1", "-p", ports[0]} },
	}.start(t)
}
