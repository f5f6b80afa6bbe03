//go:build integration

package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"logrelay/relay/awsiam"
	"logrelay/relay/config"
	"logrelay/relay/daemon"
	"logrelay/relay/relaytest"
	"logrelay/relay/status"
)

// relayPolicy is what README asks for; in moto batches need permissions of their own.
const relayPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","sqs:ReceiveMessage","sqs:DeleteMessage","sqs:ChangeMessageVisibility","sqs:GetQueueAttributes","sqs:DeleteMessageBatch","sqs:ChangeMessageVisibilityBatch"],"Resource":"*"}]}`

// faulty is moto behind a proxy that counts calls. Call number fail is broken: "refused", "lost" after moto
// has done it, and "down" from it on.
type faulty struct {
	*httptest.Server
	mu    sync.Mutex
	calls int
	fail  int
	how   string
	lost  map[string]bool // bodies whose answer was lost or refused: the SDK asks again, and is told the same
}

func newFaulty(t *testing.T, endpoint string) *faulty {
	t.Helper()
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	f := &faulty{lost: map[string]bool{}}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = target.Scheme, target.Host, r.In.Host
	}}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		switch f.next(string(body) + r.Header.Get("Amz-Sdk-Invocation-Id")) {
		case "refused", "down":
			http.Error(w, "", http.StatusBadRequest) // which the SDK does not try again: that would only take time
		case "lost":
			proxy.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(f.Close)
	return f
}

// next says what becomes of a request. Repetitions of one that failed fail too, and are not counted.
func (f *faulty) next(request string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lost[request] {
		return f.how
	}
	f.calls++
	if f.fail > 0 && (f.calls == f.fail || f.how == "down" && f.calls > f.fail) {
		f.lost[request] = true
		return f.how
	}
	return ""
}

func (f *faulty) set(fail int, how string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls, f.fail, f.how = 0, fail, how
}

func (f *faulty) counted() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// iamKeys lists a user's keys and whether they are active, past the proxy and with the administrator's key.
func iamKeys(t *testing.T, endpoint string, operator awsiam.Options, user string) map[string]bool {
	t.Helper()
	c, err := awsiam.New(t.Context(), operator)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := c.Keys(t.Context(), user)
	if err != nil {
		t.Fatal(err)
	}
	active := map[string]bool{}
	for _, k := range keys {
		active[k.ID] = k.Active
	}
	return active
}

// rotating is a relay's host whose key is that of user relay at moto, which checks keys.
type rotating struct {
	*site
	a        *account
	proxy    *faulty
	endpoint string
	direct   awsiam.Options // the operator's credentials, and moto itself
	operator awsiam.Options // the same, through the proxy
}

func newRotating(t *testing.T, policy string) *rotating {
	t.Helper()
	endpoint := relaytest.Moto(t)
	adminID, adminSecret := iamUser(t, endpoint, "admin", allPolicy)
	id, secret := iamUser(t, endpoint, "relay", policy)
	resp, err := http.Post(endpoint+"/moto-api/reset-auth", "text/plain", strings.NewReader("0")) // from here on it checks keys
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
	r := &rotating{site: newSite(t), proxy: newFaulty(t, endpoint), endpoint: endpoint, a: servers{endpoint, endpoint, endpoint, adminID, adminSecret}.account(t, "logs")}
	profile := "[profile op]\nregion = us-east-1\naws_access_key_id = %s\naws_secret_access_key = %s\nendpoint_url = %s\n"
	r.write("direct", fmt.Sprintf(profile, adminID, adminSecret, endpoint))
	r.write("operator", fmt.Sprintf(profile, adminID, adminSecret, r.proxy.URL))
	r.direct = awsiam.Options{Profile: "op", ConfigFiles: []string{r.path("direct")}}
	r.operator = awsiam.Options{Profile: "op", ConfigFiles: []string{r.path("operator")}}
	r.write("key-id", id+"\n")
	r.write("key-secret", secret+"\n")
	r.env = append(r.env, "AWS_EC2_METADATA_DISABLED=true")
	r.configure(fmt.Sprintf("  trail: {type: s3, credentials: test, queue: '%s', sqs_endpoint: '%s', s3_endpoint: '%s', sts_endpoint: '%s', buckets: [logs], visibility_timeout: 30s}\n",
		r.a.queue, r.proxy.URL, endpoint, r.proxy.URL), r.httpsOutput(""), "aws: {test: {region: us-east-1, access_key_id_file: key-id, secret_access_key_file: key-secret}}\n")
	return r
}

// rotate runs the command.
func (r *rotating) rotate(t *testing.T, finish bool) (string, error) {
	t.Helper()
	door, err := newAdminClient(r.path("admin.sock"))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	o := rotateOptions{conf: r.load(t, "logrelay.yaml"), door: door, operator: r.operator, talk: io.Discard}
	o.User, o.Finish, o.Wait, o.Pause = "relay", finish, time.Millisecond, time.Millisecond
	err = rotateKey(t.Context(), &out, o)
	return out.String(), err
}

// usable checks that the key in the files is one that IAM has, active, and that AWS takes.
func (r *rotating) usable(t *testing.T, when string) {
	t.Helper()
	id := strings.TrimSpace(r.read("key-id"))
	if !iamKeys(t, r.endpoint, r.direct, "relay")[id] {
		t.Fatalf("%s: the relay has key %s, and it is not active", when, id)
	}
	r.write("direct.yaml", strings.ReplaceAll(r.read("logrelay.yaml"), r.proxy.URL, r.endpoint))
	conf := r.load(t, "direct.yaml")
	files, err := daemon.FindKeyFiles(conf, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.TryKey(t.Context(), conf, files, id, strings.TrimSpace(r.read("key-secret"))); err != nil {
		t.Fatalf("%s: with the relay's key: %v", when, err)
	}
}

func (r *rotating) load(t *testing.T, name string) *config.Config {
	t.Helper()
	conf, err := config.Load(config.Options{Path: r.path(name), Environ: []string{}, OverrideFiles: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	return conf
}

// TestRotateKeyWhereEveryCallFails: IAM, STS and SQS fail at each call in turn, in three ways; the key in the files works all the time, and the same
// command ends what was begun.
func TestRotateKeyWhereEveryCallFails(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"refused", "lost", "down"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			r := newRotating(t, relayPolicy)
			fail := 1
			for r.mended(t, how, fail) {
				fail++
			}
			if fail < 12 {
				t.Errorf("a rotation has only %d calls", fail)
			}
		})
	}
}

// mended has one call fail, and repeats the command until the key is rotated and the old one gone. False: there are fewer calls.
func (r *rotating) mended(t *testing.T, how string, fail int) bool {
	when := fmt.Sprintf("%s at call %d", how, fail)
	before := r.read("key-id")
	r.proxy.set(fail, how)
	_, err := r.rotate(t, false)
	reached := r.proxy.counted() >= fail
	r.usable(t, when)
	r.proxy.set(0, "")
	for range 4 {
		if keys := iamKeys(t, r.endpoint, r.direct, "relay"); r.read("key-id") != before && len(keys) == 1 {
			return reached
		}
		if text, err := r.rotate(t, false); err != nil && !r.orphan(t, err) {
			t.Fatalf("%s, again: %s %v", when, text, err)
		}
		r.usable(t, when+", again")
	}
	t.Fatalf("%s: not done; it began with %v", when, err)
	return false
}

// orphan deletes a key of which no answer told, and of which nothing could be asked any more, as the hint says.
func (r *rotating) orphan(t *testing.T, err error) bool {
	t.Helper()
	if !strings.Contains(err.Error(), "has 2 keys already") {
		return false
	}
	c, err := awsiam.New(t.Context(), r.direct)
	if err != nil {
		t.Fatal(err)
	}
	for id := range iamKeys(t, r.endpoint, r.direct, "relay") {
		if id != strings.TrimSpace(r.read("key-id")) {
			if err := c.DeleteKey(t.Context(), "relay", id); err != nil {
				t.Fatal(err)
			}
		}
	}
	return true
}

// TestRotateKeyOfARunningRelay: logs flow, the key is replaced twice, the old one is deleted, and nothing is missed.
func TestRotateKeyOfARunningRelay(t *testing.T) {
	t.Parallel()
	r, n := newRotating(t, relayPolicy), newNumbers()
	r.start()
	for round := range 2 {
		flowing := make(chan struct{})
		var puts sync.WaitGroup
		puts.Go(func() {
			for i := 0; ; i++ { // so that the queue answers at once
				select {
				case <-flowing:
					return
				case <-time.After(300 * time.Millisecond):
					r.a.tell(relaytest.S3Event(r.a.lines(n, fmt.Sprintf("%d/%d", round, i), 5)))
				}
			}
		})
		before := strings.TrimSpace(r.read("key-id"))
		text, err := r.rotate(t, false)
		if err != nil {
			t.Error(err)
		}
		after := strings.TrimSpace(r.read("key-id"))
		if !strings.Contains(text, "the relay has key "+after) || before == after {
			t.Errorf("before %s, after %s: %s", before, after, text)
		}
		r.await("status shows the new key", func(st status.Snapshot) bool { return st.Inputs[0].Pull.AccessKey == status.KeyEnd(after) })
		if text, err = r.rotate(t, true); err != nil || !strings.Contains(text, before+" is deleted") {
			t.Errorf("finishing: %s %v", text, err)
		}
		close(flowing)
		puts.Wait()
		r.usable(t, "at the end")
	}
	r.await("all is in custody", func(st status.Snapshot) bool { return int(st.Buffer.Records) == n.count() && r.a.messages() == 0 })
	r.settled(n.count())
	r.tally.complete(t, "https", n)
}

// TestAWSCheckAtMoto: what the relay's user lacks is found by trying, and what it has too much by reading its policies with the operator's credentials.
func TestAWSCheckAtMoto(t *testing.T) {
	t.Parallel()
	const policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sqs:ReceiveMessage","sqs:DeleteMessage","s3:PutObject","kms:*","iam:CreateAccessKey"],"Resource":"*"}]}`
	r, n := newRotating(t, policy), newNumbers()
	for i, row := range []struct {
		operator       awsiam.Options
		want, wantNone []string
	}{
		{r.direct, []string{
			"to AWS it is arn:aws:iam::123456789012:user/relay", "MISSING                sqs:ChangeMessageVisibility", "missing (optional)     sqs:GetQueueAttributes", "allowed                sqs:ReceiveMessage",
			"MISSING                s3:GetObject", "not needed             s3:PutObject", "not needed             kms:*", "of it only kms:Decrypt is needed", "not needed             iam:CreateAccessKey", "not on every resource",
		}, []string{"what is not needed"}},
		{awsiam.Options{Profile: "op", ConfigFiles: []string{r.path("relays")}}, []string{"not tested             what is not needed", "MISSING                s3:GetObject"}, []string{"not needed             "}},
	} {
		r.a.tell(relaytest.S3Event(r.a.lines(n, fmt.Sprint(i), 5))) // what is received cannot be shown again here
		r.write("relays", fmt.Sprintf("[profile op]\nregion = us-east-1\naws_access_key_id = %s\naws_secret_access_key = %s\nendpoint_url = %s\n", strings.TrimSpace(r.read("key-id")), strings.TrimSpace(r.read("key-secret")), r.endpoint))
		var out strings.Builder
		err := awsCheck(t.Context(), &out, r.load(t, "logrelay.yaml"), awsCheckOptions{operator: row.operator, talk: io.Discard})
		if exitStatus(err) != exitUnhealthy {
			t.Errorf("permissions are missing, and the error is %v", err)
		}
		for _, w := range row.want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("no %q in\n%s", w, &out)
			}
		}
		for _, w := range row.wantNone {
			if strings.Contains(out.String(), w) {
				t.Errorf("%q in\n%s", w, &out)
			}
		}
	}
}
