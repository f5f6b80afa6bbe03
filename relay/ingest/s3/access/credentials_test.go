package access

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"logrelay/relay/ingest/s3"
	"logrelay/relay/relaytest"
)

const testRole = "arn:aws:iam::111122223333:role/relay"

// cloud is a queue and a token service that know the same keys.
type cloud struct {
	keys *relaytest.AWSKeys
	sqs  *relaytest.SQS
	sts  *relaytest.STS
	url  string
}

func newCloud(t *testing.T, role relaytest.Role) *cloud {
	t.Helper()
	c := &cloud{keys: knownKeys()}
	var err error
	if c.sqs, err = relaytest.NewSQS(relaytest.AWSOptions{Keys: c.keys}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.sqs.Close)
	c.url = c.sqs.Queue("q", relaytest.SQSQueue{})
	if c.sts, err = relaytest.NewSTS(relaytest.AWSOptions{Keys: c.keys}, map[string]relaytest.Role{testRole: role}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.sts.Close)
	return c
}

// redrives is a call that needs credentials.
func (c *cloud) redrives(t *testing.T, o Options) (*Access, func() error) {
	t.Helper()
	o.STSEndpoint = c.sts.URL
	a := newAccess(t, o)
	q, err := a.Queue(c.url)
	if err != nil {
		t.Fatal(err)
	}
	return a, func() error { _, err := q.Redrives(t.Context()); return err }
}

func TestRotatedKeysAreReadAgain(t *testing.T) {
	t.Parallel()
	c := newCloud(t, relaytest.Role{})
	var now atomic.Value
	now.Store("AKIATEST")
	_, call := c.redrives(t, Options{Keys: func() (Keys, error) { return Keys{AccessKeyID: now.Load().(string), SecretAccessKey: "x"}, nil }})
	if err := call(); err != nil {
		t.Fatal(err)
	}
	c.keys.Remove("AKIATEST")
	c.keys.Add("AKIANEW", "", "arn:aws:iam::111122223333:user/new")
	now.Store("AKIANEW")
	wantClass(t, call(), s3.Denied)
	if err := call(); err != nil {
		t.Errorf("the new keys are not used: %v", err)
	}
}

func TestKeysThatCannotBeRead(t *testing.T) {
	t.Parallel()
	c := newCloud(t, relaytest.Role{})
	for name, keys := range map[string]KeySource{
		"error": func() (Keys, error) { return Keys{}, errors.New("open /secrets/key: no such file") },
		"empty": func() (Keys, error) { return Keys{AccessKeyID: "AKIATEST"}, nil },
	} {
		_, call := c.redrives(t, Options{Keys: keys})
		err := call()
		wantDenied(t, err, "NoCredentials", "access key id")
		if name == "error" && !strings.Contains(err.Error(), "/secrets/key") {
			t.Errorf("the file is not named: %v", err)
		}
	}
}

func TestRole(t *testing.T) {
	t.Parallel()
	c := newCloud(t, relaytest.Role{ExternalID: "external"})
	a, call := c.redrives(t, Options{Keys: static(testKeys), RoleARN: testRole, ExternalID: "external", SessionName: "edge-1"})
	if err := call(); err != nil {
		t.Fatal(err)
	}
	id, err := a.Identity(t.Context())
	if err != nil || id.ARN != "arn:aws:sts::111122223333:assumed-role/relay/edge-1" || id.Account != "111122223333" {
		t.Errorf("%+v, %v", id, err)
	}
	if n := c.sts.Calls("AssumeRole"); n != 1 {
		t.Errorf("the role was assumed %d times", n)
	}
	// AWS ends the session: a new one is made.
	c.keys.Expire("ASIAEXAMPLE00001")
	wantClass(t, call(), s3.Denied)
	if err := call(); err != nil {
		t.Errorf("there is no new session: %v", err)
	}
}

func TestRoleThatMayNotBeAssumed(t *testing.T) {
	t.Parallel()
	c := newCloud(t, relaytest.Role{ExternalID: "external"})
	_, call := c.redrives(t, Options{Keys: static(testKeys), RoleARN: testRole, ExternalID: "canary"})
	err := call()
	wantDenied(t, err, "AccessDenied", "allow sts:AssumeRole on "+testRole+" for arn:aws:iam::111122223333:user/test")
	if e, ok := errors.AsType[*s3.Error](err); ok && (e.Action != "sts:AssumeRole" || e.Resource != testRole || !strings.Contains(e.Advice, "external id")) {
		t.Errorf("got %+v", e)
	}
	// The identity that assumes it is not known: that is about its keys, not about the role.
	_, call = c.redrives(t, Options{Keys: static(Keys{AccessKeyID: "AKIANOT", SecretAccessKey: "canary"}), RoleARN: testRole, ExternalID: "external"})
	wantDenied(t, call(), "InvalidClientTokenId", "access key id")
	// An outage of the token service passes.
	c.sts.Set(relaytest.AWSFault{Status: 503, Code: "ServiceUnavailable"})
	_, call = c.redrives(t, Options{Keys: static(testKeys), RoleARN: testRole, ExternalID: "external"})
	wantClass(t, call(), s3.Throttled)
	c.sts.Heal()
	if err := call(); err != nil {
		t.Error(err)
	}
}

func TestWebIdentity(t *testing.T) {
	t.Parallel()
	c := newCloud(t, relaytest.Role{Token: "jwt"})
	file := filepath.Join(t.TempDir(), "token")
	o := Options{RoleARN: testRole, WebIdentityTokenFile: file}
	_, call := c.redrives(t, o)
	wantDenied(t, call(), "", "token file "+file)
	write(t, file, "wrong")
	wantDenied(t, call(), "InvalidIdentityToken", "trust policy of "+testRole)
	write(t, file, "jwt")
	if err := call(); err != nil {
		t.Error(err)
	}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// chain takes away what the environment of the test has, and returns options that read no files of this host.
func chain(t *testing.T) Options {
	t.Helper()
	for _, name := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_EC2_METADATA_DISABLED", "AWS_REGION", "AWS_DEFAULT_REGION",
	} {
		t.Setenv(name, "")
	}
	dir := t.TempDir()
	o := Options{ConfigFiles: []string{filepath.Join(dir, "config")}, CredentialsFiles: []string{filepath.Join(dir, "credentials")}, imdsOff: true}
	write(t, o.ConfigFiles[0], "")
	write(t, o.CredentialsFiles[0], "")
	return o
}

func TestInstanceRole(t *testing.T) {
	c, o := newCloud(t, relaytest.Role{}), chain(t)
	imds, err := relaytest.NewIMDS(relaytest.AWSOptions{Keys: c.keys}, "instance")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(imds.Close)
	o.imdsEndpoint, o.imdsOff = imds.URL, false
	a, call := c.redrives(t, o)
	if err := call(); err != nil {
		t.Fatal(err)
	}
	if id, err := a.Identity(t.Context()); err != nil || !strings.Contains(id.ARN, "assumed-role/instance/") {
		t.Errorf("%+v, %v", id, err)
	}
}

func TestNoCredentials(t *testing.T) {
	c, o := newCloud(t, relaytest.Role{}), chain(t)
	_, call := c.redrives(t, o)
	wantDenied(t, call(), "NoCredentials", "configure keys, a profile or a web identity token")

	imds, err := relaytest.NewIMDS(relaytest.AWSOptions{}, "")
	if err != nil {
		t.Fatal(err)
	}
	o.imdsEndpoint, o.imdsOff = imds.URL, false
	_, call = c.redrives(t, o)
	wantDenied(t, call(), "NoCredentials", "attach a role")
	imds.Close() // as where there is no such service
	_, call = c.redrives(t, o)
	wantDenied(t, call(), "NoCredentials", "metadata service")
}

func TestProfile(t *testing.T) {
	c, o := newCloud(t, relaytest.Role{}), chain(t)
	o.Profile = "logs"
	write(t, o.ConfigFiles[0], "[profile logs]\nregion = eu-west-1\n")
	write(t, o.CredentialsFiles[0], "[logs]\naws_access_key_id = AKIATEST\naws_secret_access_key = secret\n")
	a, err := NewAccess(t.Context(), o)
	if err != nil || a.Region() != "eu-west-1" {
		t.Fatalf("%+v, %v", a, err)
	}
	_, call := c.redrives(t, o)
	if err := call(); err != nil {
		t.Fatal(err)
	}
	c.keys.Remove("AKIATEST")
	c.keys.Add("AKIANEW", "", "arn:aws:iam::111122223333:user/new")
	write(t, o.CredentialsFiles[0], "[logs]\naws_access_key_id = AKIANEW\naws_secret_access_key = secret\n")
	wantClass(t, call(), s3.Denied)
	if err := call(); err != nil {
		t.Errorf("the file is not read again: %v", err)
	}
	o.Profile = "other"
	if _, err := NewAccess(t.Context(), o); err == nil || !strings.Contains(err.Error(), "other") {
		t.Errorf("a profile that is not there: %v", err)
	}
}

func TestContainerRole(t *testing.T) {
	c, o := newCloud(t, relaytest.Role{}), chain(t)
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c.keys.Add("ASIATASK", "task-token", "arn:aws:sts::111122223333:assumed-role/task/1")
		_, _ = w.Write([]byte(`{"AccessKeyId":"ASIATASK","SecretAccessKey":"s","Token":"task-token","Expiration":"` + time.Now().Add(time.Hour).UTC().Format(time.RFC3339) + `"}`))
	}))
	t.Cleanup(agent.Close)
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.URL)
	_, call := c.redrives(t, o)
	if err := call(); err != nil {
		t.Error(err)
	}
}
