package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"logrelay/relay/relaytest"
)

// token lets the generator in where a token is asked for.
const token = "relaybench-0123456789abcdef"

// route is what a program under test has to do: take protocol in on the address in, and hand it on to the address out.
type route struct {
	protocol string  // tls, tcp, udp, https or hec, both ways; udp goes out as tcp; s3 goes out as https
	in, out  string  // in: of logrelay that pulls, the admin address
	bucket   *bucket // s3
	workers  int     // s3
	dir      string  // for its state and configuration; holds ca.pem, cert.pem and key.pem
	quota    int64   // bytes of disk it may use
}

// system starts a program under test.
type system struct {
	name  string
	start func(r route) (*proc, error)
}

// files are the certificates of a run.
type files struct {
	ca     *relaytest.CA
	server tls.Certificate
}

// writeFiles makes a CA and a server certificate, and writes them to dir.
func writeFiles(dir string) (*files, error) {
	ca := relaytest.NewCA()
	f := &files{ca, ca.Server()}
	cert, key := relaytest.CertPEM(f.server)
	for name, data := range map[string][]byte{"ca.pem": ca.PEM(), "cert.pem": cert, "key.pem": key, "token": []byte(token)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// relaySystem is logrelay, built from the source beside us unless path names a binary.
func relaySystem(path string) system {
	return system{"logrelay", func(r route) (*proc, error) {
		admin := r.in
		if r.bucket == nil {
			var err error
			if admin, err = freePort(); err != nil {
				return nil, err
			}
		}
		cfg := filepath.Join(r.dir, "logrelay.yaml")
		if err := os.WriteFile(cfg, []byte(relayConfig(r, admin)), 0o600); err != nil {
			return nil, err
		}
		return startProc(filepath.Join(r.dir, "logrelay.log"), nil, path, "run", "--config", cfg)
	}}
}

func relayConfig(r route, admin string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "state_dir: %s/state\ntls: {cert_file: %[1]s/cert.pem, key_file: %[1]s/key.pem}\n", r.dir)
	fmt.Fprintf(&b, "admin: {listen: %q, socket: %s/admin.sock}\nbuffer: {quota: %d, reserve: 0}\n", admin, r.dir, r.quota)
	listen := fmt.Sprintf("listen: %q, max_connections: 20000", r.in)
	b.WriteString("inputs:\n  bench: ")
	switch r.protocol {
	case "tls":
		fmt.Fprintf(&b, "{type: syslog, transport: tls, auth: none, %s}\n", listen)
	case "tcp", "udp":
		fmt.Fprintf(&b, "{type: syslog, transport: %s, networks: [127.0.0.0/8], %s}\n", r.protocol, listen)
	case "s3":
		fmt.Fprintf(&b, "{type: s3, queue: %q, credentials: bench, buckets: [%s], workers: %d, s3_endpoint: %q, sqs_endpoint: %q}\n",
			r.bucket.queueURL, bucketName, r.workers, r.bucket.endpoint, r.bucket.queue.URL)
		fmt.Fprintf(&b, "aws:\n  bench: {region: us-east-1, access_key_id: %s, secret_access_key_file: %s/token}\n", bucketUser, r.dir)
	default:
		fmt.Fprintf(&b, "{type: https, auth: required, tokens: [{name: bench, token_file: %s/token}], %s}\n", r.dir, listen)
	}
	trust := fmt.Sprintf("tls: {ca_file: %s/ca.pem}", r.dir)
	schema, format := "raw", "lines"
	if r.bucket != nil && r.bucket.schema != schema {
		schema, format = r.bucket.schema, "ndjson"
	}
	fmt.Fprintf(&b, "outputs:\n  sink: {schema: %s, from: oldest, ", schema)
	switch r.protocol {
	case "tls":
		fmt.Fprintf(&b, "type: syslog, transport: tls, address: [%q], message: raw, %s}\n", r.out, trust)
	case "tcp", "udp":
		fmt.Fprintf(&b, "type: syslog, transport: tcp, address: [%q], message: raw}\n", r.out)
	case "https", "s3":
		fmt.Fprintf(&b, "type: https, url: [\"https://%s/\"], format: %s, compress: none, %s}\n", r.out, format, trust)
	case "hec":
		fmt.Fprintf(&b, "type: hec, url: [\"https://%s\"], token_file: %s/token, compress: none, %s}\n", r.out, r.dir, trust)
	}
	return b.String()
}

// buildRelay compiles logrelay into dir.
func buildRelay(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "logrelay")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "logrelay/cmd/logrelay").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building logrelay: %w\n%s", err, out)
	}
	return path, nil
}

// floorSystem is the bare pass-through of this program.
func floorSystem() system {
	return system{"floor", func(r route) (*proc, error) {
		if r.bucket != nil {
			return nil, errors.New("the floor does not pull")
		}
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		return startProc(filepath.Join(r.dir, "floor.log"), nil, self, "floor", "--protocol", r.protocol, "--in", r.in, "--out", r.out, "--dir", r.dir)
	}}
}

// rsyslogSystem is rsyslog with a disk queue, each message synced. root is "" for an installed one, else a directory
// into which Debian's packages were unpacked.
func rsyslogSystem(root string) system {
	return system{"rsyslog", func(r route) (*proc, error) {
		if r.protocol != "tls" && r.protocol != "tcp" && r.protocol != "udp" {
			return nil, fmt.Errorf("rsyslog does not speak %s", r.protocol)
		}
		work := filepath.Join(r.dir, "rsyslog")
		if err := os.MkdirAll(work, 0o700); err != nil {
			return nil, err
		}
		cfg := filepath.Join(r.dir, "rsyslog.conf")
		if err := os.WriteFile(cfg, []byte(rsyslogConfig(r, work)), 0o600); err != nil {
			return nil, err
		}
		args := []string{"-n", "-i", filepath.Join(r.dir, "rsyslog.pid"), "-f", cfg}
		var env []string
		path := "/usr/sbin/rsyslogd"
		if root != "" {
			path = filepath.Join(root, path)
			lib := filepath.Join(root, "usr/lib/x86_64-linux-gnu")
			env = []string{"LD_LIBRARY_PATH=" + lib}
			args = append(args, "-M", filepath.Join(lib, "rsyslog"))
		}
		if _, err := os.Stat(path); err != nil {
			return nil, errors.New(`no rsyslog: "apt-get install rsyslog rsyslog-openssl", or --rsyslog-root DIR with these packages unpacked by dpkg -x`)
		}
		return startProc(filepath.Join(r.dir, "rsyslog.log"), env, path, args...)
	}}
}

func rsyslogConfig(r route, work string) string {
	host, port, _ := net.SplitHostPort(r.out)
	_, listen, _ := net.SplitHostPort(r.in)
	var b strings.Builder
	fmt.Fprintf(&b, "global(workDirectory=%q maxMessageSize=\"64k\"", work)
	driver, driverOut := "", ""
	if r.protocol == "tls" {
		fmt.Fprintf(&b, " defaultNetstreamDriver=\"ossl\" defaultNetstreamDriverCAFile=\"%s/ca.pem\" defaultNetstreamDriverCertFile=\"%[1]s/cert.pem\" defaultNetstreamDriverKeyFile=\"%[1]s/key.pem\"", r.dir)
		driver = ` StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon"`
		driverOut = ` StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/certvalid"`
	}
	b.WriteString(")\n")
	if r.protocol == "udp" {
		fmt.Fprintf(&b, "module(load=\"imudp\")\ninput(type=\"imudp\" address=\"127.0.0.1\" port=%q)\n", listen)
	} else {
		fmt.Fprintf(&b, "module(load=\"imtcp\" maxSessions=\"20000\"%s)\ninput(type=\"imtcp\" address=\"127.0.0.1\" port=%q)\n", driver, listen)
	}
	b.WriteString("template(name=\"raw\" type=\"string\" string=\"%rawmsg%\")\n")
	fmt.Fprintf(&b, `main_queue(queue.type="Disk" queue.filename="main" queue.syncQueueFiles="on" queue.checkpointInterval="1"
  queue.maxDiskSpace="%d" queue.saveOnShutdown="on" queue.timeoutEnqueue="3600000")
action(type="omfwd" target=%q port=%q protocol="tcp" TCP_Framing="octet-counted" template="raw"%s
  action.resumeRetryCount="-1" action.resumeInterval="1" queue.type="Direct")
`, r.quota, host, port, driverOut)
	return b.String()
}

// freePort returns an address of loopback that nobody uses now.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// ready waits until p listens on its address.
func ready(ctx context.Context, p *proc, r route) error {
	for {
		if listens(r) {
			return nil
		}
		select {
		case <-p.done:
			return errors.Join(fmt.Errorf("the program ended before it listened:\n%s", p.tail()), p.err)
		case <-ctx.Done():
			return fmt.Errorf("waiting for the program to listen on %s: %w\n%s", r.in, ctx.Err(), p.tail())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func listens(r route) bool {
	if r.protocol != "udp" {
		c, err := net.DialTimeout("tcp", r.in, time.Second)
		return err == nil && c.Close() == nil
	}
	b, err := os.ReadFile("/proc/net/udp")
	_, port, _ := net.SplitHostPort(r.in)
	n, _ := strconv.Atoi(port)
	return err == nil && strings.Contains(string(b), fmt.Sprintf(":%04X 00000000:0000", n))
}
