package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"go.yaml.in/yaml/v3"

	"logrelay/relay/awstemplate"
	"logrelay/relay/relaytest"
)

// function is one of a template, run by Python on this host.
type function struct {
	s      *site
	c      *cloud
	python string
	stub   string // the directory of what stands in for boto3
	env    map[string]string
	said   string // by the last call
}

func newFunction(t *testing.T, kind, resource string) *function {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed: the functions of the templates cannot be run")
	}
	dir, err := filepath.Abs(filepath.Join("testdata", "push"))
	if err != nil {
		t.Fatal(err)
	}
	f := &function{s: newSite(t), python: python, stub: filepath.Join(dir, "stub")}
	text, err := awstemplate.Text(kind, awstemplate.CloudFormation)
	if err != nil {
		t.Fatal(err)
	}
	var stack struct {
		Resources map[string]struct {
			Properties yaml.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(text, &stack); err != nil {
		t.Fatal(err)
	}
	var properties struct {
		Code struct {
			ZipFile string `yaml:"ZipFile"`
		} `yaml:"Code"`
	}
	node := stack.Resources[resource].Properties
	if err := node.Decode(&properties); err != nil || properties.Code.ZipFile == "" {
		t.Fatalf("%s of %s: %v", resource, kind, err)
	}
	f.s.write("index.py", properties.Code.ZipFile)
	return f
}

// newPush is the function that pushes flow logs, a relay to push to, and an S3 to read.
func newPush(t *testing.T) *function {
	t.Helper()
	f := newFunction(t, "vpc-flow-logs-push", "Function")
	f.c = newCloud(t, relaytest.SQSQueue{})
	f.relay()
	f.env["TEST_S3"] = f.c.s3.URL
	return f
}

// relay starts one that the function knows.
func (f *function) relay() {
	f.s.t.Helper()
	f.s.configure(webInput, f.s.httpsOutput(", schema: json"))
	f.s.start()
	f.s.write("secret", fmt.Sprintf(`{"api_key":%q}`, f.s.token()))
	f.env = map[string]string{
		"LOG_URL": "https://" + f.s.at("web"), "STRICT_SSL": "True", "CA_CERTIFICATE": f.s.read("state/tls/logrelay.pem"), "TENANT_ID": "7",
		"TOKEN_SECRET": f.s.path("secret"), "TEST_SECONDS": "300",
	}
}

// call runs the handler and returns what it answers.
func (f *function) call(event any) string {
	f.s.t.Helper()
	in, err := json.Marshal(event)
	if err != nil {
		f.s.t.Fatal(err)
	}
	return f.run("run.py", string(in))
}

// run has Python run a script of testdata/push, for which the function's code is the module index, and returns its last line.
func (f *function) run(script, in string) string {
	f.s.t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", "push", script))
	if err != nil {
		f.s.t.Fatal(err)
	}
	cmd := exec.CommandContext(f.s.ctx, f.python, path)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "PYTHONPATH=" + f.s.dir + ":" + f.stub, "PYTHONDONTWRITEBYTECODE=1"}
	for k, v := range f.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		f.s.t.Fatalf("the function broke: %v\n%s", err, out)
	}
	f.said = string(out)
	lines := strings.Split(strings.TrimSpace(f.said), "\n")
	return lines[len(lines)-1]
}

// push hands messages to the function and returns which of them failed.
func (f *function) push(bodies ...string) []string {
	f.s.t.Helper()
	type message struct {
		ID   string `json:"messageId"`
		Body string `json:"body"`
	}
	var event struct{ Records []message }
	for i, b := range bodies {
		event.Records = append(event.Records, message{fmt.Sprint(i), b})
	}
	var answer struct {
		Failures []struct {
			ID string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal([]byte(f.call(event)), &answer); err != nil {
		f.s.t.Fatalf("%v\n%s", err, f.said)
	}
	failed := []string{}
	for _, x := range answer.Failures {
		failed = append(failed, x.ID)
	}
	return failed
}

// custom is what a custom resource answers to CloudFormation.
type custom struct{ Status, Reason, PhysicalResourceID, StackID string }

// resource calls the handler as CloudFormation does, and returns what it was told.
func (f *function) resource(request string, properties map[string]string) (answer custom) {
	f.s.t.Helper()
	cloudformation := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &answer); err != nil || r.Method != http.MethodPut || r.Header.Get("Content-Type") != "" {
			f.s.t.Errorf("%s %v: %v", r.Method, r.Header, err)
		}
	}))
	defer cloudformation.Close()
	f.call(map[string]any{"RequestType": request, "RequestId": "r", "StackId": "s", "LogicalResourceId": "Name", "ResponseURL": cloudformation.URL, "ResourceProperties": properties})
	return answer
}

func (f *function) want(what string, got, want []string, words ...string) {
	f.s.t.Helper()
	if !slices.Equal(got, want) {
		f.s.t.Errorf("%s: messages %v failed, want %v\n%s", what, got, want, f.said)
	}
	for _, w := range words {
		if !strings.Contains(f.said, w) {
			f.s.t.Errorf("%s: it does not say %q:\n%s", what, w, f.said)
		}
	}
}

// TestPushedFlowLogs: what the function pushes is in the relay once, whatever happens on the way.
func TestPushedFlowLogs(t *testing.T) {
	t.Parallel()
	f, n := newPush(t), newNumbers()
	large := relaytest.S3Event(f.c.flows(n, "large file+é", 12_000)) // more than one request
	small := relaytest.S3Event(f.c.flows(n, "small", 10))
	test := `{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"logs"}`
	f.want("three messages", f.push(test, large, small), []string{})
	f.want("all again", f.push(large, small), []string{})

	var members []byte
	for range 2 { // as objects look that were appended to each other, each with its header
		members = append(members, relaytest.Gzip(flowLines(n, 5_000))...)
	}
	f.want("other forms", f.push(relaytest.S3Event(f.c.put("members", members)), relaytest.S3Event(f.c.put("plain", flowLines(n, 10)))), []string{})

	gone := f.c.flows(newNumbers(), "gone", 1)
	f.c.s3.Delete(pullBucket, gone.Key)
	cut := f.c.put("cut", []byte("\x1f\x8b\x08"))
	f.want("one that is gone, and one that is broken", f.push(relaytest.S3Event(gone), relaytest.S3Event(cut), small), []string{"0", "1"}, "NoSuchKey", "in the middle of its gzip")

	f.s.kill()
	f.env["TEST_SECONDS"] = "41"
	f.want("no relay", f.push(small, large), []string{"0", "1"}, "no connection to the relay", "not tried after the one before it")
	f.s.start()
	f.env["LOG_URL"] = "https://" + f.s.at("web")
	last := relaytest.S3Event(f.c.flows(n, "last", 10))
	f.want("the relay is back", f.push(small, large, last), []string{})

	f.s.settled(n.count())
	f.s.tally.complete(t, "https", n) // each number under one id
	_, metrics, err := f.s.get("/metrics")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(metrics) {
		if strings.HasPrefix(line, "logrelay_output_unparsed_records_total{") && !strings.HasSuffix(line, " 0\n") {
			t.Errorf("not understood: %s", line)
		}
	}
}

// TestPushInflates: objects come out as they went in, wherever their ends, those of their members and those of what is read and inflated at a time meet.
func TestPushInflates(t *testing.T) {
	t.Parallel()
	f := newFunction(t, "vpc-flow-logs-push", "Function")
	if last := f.run("inflate.py", ""); !strings.HasSuffix(last, "objects read") || strings.Contains(f.said, "FAIL") {
		t.Error(f.said)
	}
}

func (c *cloud) put(name string, body []byte) relaytest.S3Notice {
	return c.objects(flowPrefix+name+".log.gz", body)
}

// TestPushWaits: 429 and 503 are waited for, as long as they say and while there is time.
func TestPushWaits(t *testing.T) {
	t.Parallel()
	f, n := newPush(t), newNumbers()
	var requests atomic.Int32
	relay := f.s.at("web")
	between := httptest.NewUnstartedServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "https", relay },
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: f.s.trust()}},
	})
	proxy := between.Config.Handler
	between.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch requests.Add(1) {
		case 1:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			proxy.ServeHTTP(w, r)
		}
	})
	between.TLS = &tls.Config{Certificates: []tls.Certificate{f.s.ca.Server()}}
	between.StartTLS()
	t.Cleanup(between.Close)
	f.env["LOG_URL"], f.env["CA_CERTIFICATE"] = between.URL, string(f.s.ca.PEM())
	one := relaytest.S3Event(f.c.flows(n, "one", 10))
	f.want("busy twice", f.push(one), []string{})
	if requests.Load() != 3 {
		t.Errorf("%d requests", requests.Load())
	}
	f.env["TEST_SECONDS"] = "40.5" // the second that is asked for is not there any more
	requests.Store(0)
	two := relaytest.S3Event(f.c.flows(n, "two", 10))
	f.want("no time", f.push(two), []string{"0"}, "answers 503")
	if requests.Load() != 1 {
		t.Errorf("%d requests without waiting", requests.Load())
	}
	f.env["TEST_SECONDS"] = "300"
	f.want("later", f.push(two), []string{})
	f.env["STRICT_SSL"], f.env["CA_CERTIFICATE"] = "False", ""
	f.want("not strict", f.push(two), []string{}, "WARNING: StrictSsl is False")
	f.s.settled(n.count())
	f.s.tally.complete(t, "https", n)
}

// TestPreflight: the stack is told whether the relay answers, and why not.
func TestPreflight(t *testing.T) {
	t.Parallel()
	f := newPush(t)
	good := f.env
	for name, c := range map[string]struct {
		request string
		change  map[string]string
		status  string
		reason  string
	}{
		"all is well":       {"Create", nil, "SUCCESS", "the relay answers"},
		"an update":         {"Update", nil, "SUCCESS", "the relay answers"},
		"one line":          {"Create", map[string]string{"CA_CERTIFICATE": strings.ReplaceAll(good["CA_CERTIFICATE"], "\n", " ")}, "SUCCESS", "the relay answers"},
		"the end":           {"Delete", map[string]string{"LOG_URL": "https://127.0.0.1:1"}, "SUCCESS", ""},
		"nobody there":      {"Create", map[string]string{"LOG_URL": "https://127.0.0.1:1"}, "FAILED", "no connection to the relay"},
		"no such name":      {"Create", map[string]string{"LOG_URL": "https://relay.invalid"}, "FAILED", "the name of the relay is not known"},
		"another authority": {"Create", map[string]string{"CA_CERTIFICATE": string(f.s.ca.PEM())}, "FAILED", "certificate is not trusted"},
		"a wrong token":     {"Create", map[string]string{"TOKEN_SECRET": f.s.path("wrong")}, "FAILED", "answers 401"},
		"no secret":         {"Create", map[string]string{"TOKEN_SECRET": f.s.path("missing")}, "FAILED", "the token cannot be read from Secrets Manager"},
		"no relay":          {"Create", map[string]string{"LOG_URL": "https://" + f.s.http, "CA_CERTIFICATE": string(f.s.ca.PEM())}, "FAILED", "answers 40"},
	} {
		f.s.write("wrong", "wrong")
		f.env = map[string]string{"TEST_SECONDS": "41"}
		for _, m := range []map[string]string{good, c.change, {"TEST_SECONDS": "41"}} {
			for k, v := range m {
				f.env[k] = v
			}
		}
		answer := f.resource(c.request, map[string]string{})
		if answer.Status != c.status || !strings.Contains(answer.Reason, c.reason) || answer.PhysicalResourceID == "" || answer.StackID != "s" {
			t.Errorf("%s: %+v", name, answer)
		}
	}
	f.env = good
	if answer := f.call(map[string]string{"Preflight": "terraform"}); answer != `"the relay answers"` {
		t.Errorf("it says to Terraform: %s", answer)
	}
	f.env["TOKEN_SECRET"] = f.s.path("wrong")
	if answer := f.call(map[string]string{"Preflight": "terraform"}); !strings.HasPrefix(answer, "Unreachable: Cannot push to https://") || !strings.Contains(answer, "answers 401") {
		t.Errorf("it says to Terraform: %s", answer)
	}
	if got := f.s.status().Buffer.Records; got != 0 {
		t.Errorf("the preflight left %d records", got)
	}
}
