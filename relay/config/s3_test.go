package config

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// s3Config is a configuration with one S3 input and, unless aws is empty, one block of credentials.
func s3Config(keys, aws string) string {
	text := "inputs:\n  t: {type: s3, " + keys + "}\noutputs:\n  o: {type: stdout}\n"
	if aws != "" {
		text += "aws:\n  a: {" + aws + "}\n"
	}
	return text
}

const (
	queueARN = "queue: 'arn:aws:sqs:eu-central-1:123456789012:logs'"
	roleARN  = "role_arn: 'arn:aws:iam::123456789012:role/r'"
)

func TestS3Problems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, keys, aws, want string }{
		{"no queue", "workers: 1", "", `logrelay.yaml:2:3: inputs.t.queue: "": not a queue; allowed: its URL, such as`},
		{"a queue's name", "queue: logs", "", `logrelay.yaml:2:24: inputs.t.queue: "logs": not a queue`},
		{"a topic", "queue: 'arn:aws:sns:eu-central-1:123456789012:logs'", "", `logrelay.yaml:2:24: inputs.t.queue: "arn:aws:sns:eu-central-1:123456789012:logs": not a queue`},
		{"an account too short", "queue: 'https://sqs.eu-central-1.amazonaws.com/12345/logs'", "", `logrelay.yaml:2:24: inputs.t.queue: `},
		{"a queue with a password", "queue: 'https://me:hunter2@sqs.eu-central-1.amazonaws.com/123456789012/logs'", "", `logrelay.yaml:2:24: inputs.t.queue: "<secret>@sqs.`},
		{"a key of listeners", queueARN + ", listen: ':1'", "", `logrelay.yaml:2:70: inputs.t.listen: not a key of type s3, but of https, syslog; allowed: type, kind,`},
		{"a misspelt key", queueARN + ", bukets: [a]", "", `logrelay.yaml:2:70: inputs.t.bukets: unknown key; did you mean "buckets"?; allowed: type, kind,`},
		{"out of bounds", queueARN + ", workers: 257", "", `logrelay.yaml:2:79: inputs.t.workers: "257": out of range; allowed: 1 to 256`},
		{"hidden too long", queueARN + ", visibility_timeout: 2h", "", `logrelay.yaml:2:90: inputs.t.visibility_timeout: "2h": out of range; allowed: 30s to 1h`},
		{"no region", "queue: 'http://127.0.0.1:9324/000000000000/logs'", "", `logrelay.yaml:2:3: inputs.t.region: not stated anywhere; allowed: here, in the queue's URL`},
		{"two regions", queueARN + ", region: eu-west-1", "", `logrelay.yaml:2:78: inputs.t.region: "eu-west-1": the queue is in eu-central-1`},
		{"no region of AWS", "queue: 'http://127.0.0.1:9324/000000000000/logs', region: eu-central1", "", `logrelay.yaml:2:75: inputs.t.region: "eu-central1": not a region`},
		{"unknown credentials", queueARN + ", credentials: b", "region: eu-west-1", `logrelay.yaml:2:83: inputs.t.credentials: "b": not a known block of aws; allowed: a`},
		{"queue in the clear", "queue: 'http://sqs.example.com/1/logs', region: eu-west-1", "", `logrelay.yaml:2:24: inputs.t.queue: "http://sqs.example.com/1/logs": logs and session tokens would travel in the clear`},
		{"endpoint in the clear", queueARN + ", s3_endpoint: 'http://192.0.2.1'", "", `logrelay.yaml:2:83: inputs.t.s3_endpoint: "http://192.0.2.1": logs and session tokens would travel in the clear; allowed: https://, http:// on loopback, or insecure: true`},
		{"endpoint with a user", queueARN + ", s3_endpoint: 'https://me:hunter2@x'", "", `logrelay.yaml:2:83: inputs.t.s3_endpoint: "<secret>@x": a user in the URL`},
		{"endpoint with a bucket", queueARN + ", s3_endpoint: 'https://x/bucket'", "", `logrelay.yaml:2:83: inputs.t.s3_endpoint: "https://x/bucket": a path in an endpoint`},
		{"endpoint and FIPS", queueARN + ", s3_endpoint: 'https://x', fips: true", "", `logrelay.yaml:2:3: inputs.t: fips and dual_stack choose endpoints of AWS`},
		{"a URL as bucket", queueARN + ", buckets: ['s3://logs']", "", `logrelay.yaml:2:80: inputs.t.buckets[0]: "s3://logs": not a bucket`},
		{"no account", queueARN + ", expected_bucket_owner: me", "", `logrelay.yaml:2:93: inputs.t.expected_bucket_owner: "me": not an account; allowed: 12 digits`},
		{"a rule for all", queueARN + ", rules: [{kind: json}]", "", `logrelay.yaml:2:78: inputs.t.rules[0].prefix: empty`},
		{"a rule that says nothing", queueARN + ", rules: [{prefix: a}]", "", `logrelay.yaml:2:78: inputs.t.rules[0]: says nothing of the objects; allowed: kind, columns`},
		{"a rule behind another", queueARN + ", rules: [{prefix: a, kind: json}, {prefix: ab, kind: text}]", "", `logrelay.yaml:2:112: inputs.t.rules[1].prefix: "ab": never counts, since inputs.t.rules[0] comes before it`},
		{"a rule of no kind", queueARN + ", rules: [{prefix: a, kind: vpcflw}]", "", `logrelay.yaml:2:96: inputs.t.rules[0].kind: "vpcflw": not a known kind; did you mean "vpcflow"?`},
		{"an empty pattern", queueARN + ", exclude: ['']", "", `logrelay.yaml:2:80: inputs.t.exclude[0]: "": not a pattern of keys; allowed: "*" for anything but "/"`},

		{"a broken pattern", queueARN + ", include: ['a/[b']", "", `logrelay.yaml:2:80: inputs.t.include[0]: "a/[b": not a pattern of keys`},
		{"half a key", queueARN, "access_key_id: AKIAEXAMPLE", `logrelay.yaml:6:3: aws.a: half an access key; allowed: access_key_id or access_key_id_file, and secret_access_key_file (or the variable LOGRELAY_AWS_A_SECRET_ACCESS_KEY), or none of them`},
		{"a secret in the file", queueARN, "access_key_id: AKIAEXAMPLE, secret_access_key: hunter2", `logrelay.yaml:6:54: aws.a.secret_access_key: <secret>: secrets do not stand in this file; allowed: secret_access_key_file, or the variable LOGRELAY_AWS_A_SECRET_ACCESS_KEY`},
		{"two ways", queueARN, roleARN + ", profile: p, web_identity_token_file: /etc/hosts", `logrelay.yaml:6:3: aws.a: several ways to log in: profile, web_identity_token_file; allowed: one of them`},
		{"a user as role", queueARN, "role_arn: 'arn:aws:iam::123456789012:user/u'", `logrelay.yaml:6:17: aws.a.role_arn: "arn:aws:iam::123456789012:user/u": not a role`},
		{"nobody's external id", queueARN, "external_id: x", `logrelay.yaml:6:20: aws.a.external_id: <secret>: goes with a role, and there is none; allowed: with role_arn`},
		{"nobody's token", queueARN, "web_identity_token_file: /etc/hosts", `logrelay.yaml:6:32: aws.a.web_identity_token_file: stands for a role`},
		{"a long session", queueARN, roleARN + ", session_duration: 13h", `logrelay.yaml:6:71: aws.a.session_duration: "13h": out of range; allowed: 15m to 12h`},
		{"a session with a blank", queueARN, roleARN + ", session_name: a b", `logrelay.yaml:6:67: aws.a.session_name: "a b": not a session name`},
		{"a zone as region", queueARN, "region: eu-west-1a", `logrelay.yaml:6:15: aws.a.region: "eu-west-1a": not a region`},
		{"a misspelt key of credentials", queueARN, "role: x", `logrelay.yaml:6:7: aws.a.role: unknown key; allowed: region, access_key_id,`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, s3Config(tt.keys, tt.aws))
			got := problems(t, err)
			if len(got) != 1 || !strings.HasPrefix(got[0], tt.want) || strings.Contains(got[0], "hunter2") {
				t.Errorf("problems:\n%s\nwant one:\n%s", strings.Join(got, "\n"), tt.want)
			}
		})
	}
}

// The region comes from where it is stated first: the input, the queue, the credentials, AWS's variables.
func TestS3Region(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, keys, aws, env, want string }{
		{"ARN", queueARN, "", "", "eu-central-1"},
		{"URL", "queue: 'https://sqs.us-gov-west-1.amazonaws.com/123456789012/logs.fifo'", "", "", "us-gov-west-1"},
		{"FIPS", "queue: 'https://sqs-fips.us-east-2.amazonaws.com/123456789012/logs'", "", "", "us-east-2"},
		{"legacy", "queue: 'https://eu-west-1.queue.amazonaws.com/123456789012/logs'", "", "", "eu-west-1"},
		{"oldest", "queue: 'https://queue.amazonaws.com/123456789012/logs'", "", "", "us-east-1"},
		{"China", "queue: 'https://sqs.cn-north-1.amazonaws.com.cn/123456789012/logs'", "", "", "cn-north-1"},
		{"ARN in China", "queue: 'arn:aws-cn:sqs:cn-north-1:123456789012:logs'", "", "", "cn-north-1"},
		{"dual stack", "queue: 'https://sqs.ap-southeast-2.api.aws/123456789012/logs'", "", "", "ap-southeast-2"},
		{"VPC endpoint", "queue: 'https://vpce-0123456789abcdef0-abcdef12.sqs.eu-west-3.vpce.amazonaws.com/123456789012/logs'", "", "", "eu-west-3"},
		{"of the credentials", "queue: 'https://127.0.0.1/q', credentials: a", "region: eu-south-1", "AWS_REGION=eu-west-1", "eu-south-1"},
		{"of the environment", "queue: 'https://127.0.0.1/q'", "", "AWS_DEFAULT_REGION=eu-west-1", "eu-west-1"},
		{"a region of another S3", "queue: 'https://127.0.0.1/q', region: garage, s3_endpoint: 'http://localhost:3900'", "", "", "garage"},
		{"left to the profile", "queue: 'https://127.0.0.1/q', credentials: a", "profile: p", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := mustLoad(t, s3Config(tt.keys, tt.aws), tt.env)
			if got := c.Inputs["t"].(*S3Input).Region; got != tt.want {
				t.Errorf("region %q, want %q", got, tt.want)
			}
		})
	}
}

func TestS3Credentials(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secret := writeFile(t, filepath.Join(dir, "secret"), "hunter2\n", 0o600)
	text := s3Config(queueARN+", credentials: a", "access_key_id: AKIAEXAMPLE, secret_access_key_file: "+secret+", "+roleARN+", session_duration: 2h")
	c := mustLoad(t, text, "LOGRELAY_AWS_A_SESSION_TOKEN=hunter3", "LOGRELAY_AWS_A_EXTERNAL_ID=x")
	got := c.Inputs["t"].(*S3Input).Access
	want := AWSCredentials{
		AccessKeyID: NewSecret("AKIAEXAMPLE"), SecretAccessKey: NewSecret("hunter2"), SecretAccessKeyFile: File(secret), SessionToken: NewSecret("hunter3"),
		RoleARN: "arn:aws:iam::123456789012:role/r", ExternalID: "x", SessionName: "logrelay", SessionDuration: 2 * time.Hour,
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Secret{})); diff != "" {
		t.Errorf("credentials (-want +got):\n%s", diff)
	}
	if text := string(c.Masked()); strings.Contains(text, "hunter") || !strings.Contains(text, "session_token: <secret>") {
		t.Errorf("masked:\n%s", text)
	}
	// A rotated secret is read again with the configuration.
	writeFile(t, secret, "hunter4\n", 0o600)
	if again := mustLoad(t, text).Inputs["t"].(*S3Input).Access; again.SecretAccessKey.Reveal() != "hunter4" {
		t.Error("the secret is the old one")
	}
	// An id that rotates with its secret; it stands in one place.
	id := writeFile(t, filepath.Join(dir, "id"), "AKIAOTHER\n", 0o600)
	pair := "access_key_id_file: " + id + ", secret_access_key_file: " + secret
	if a := mustLoad(t, s3Config(queueARN+", credentials: a", pair)).Inputs["t"].(*S3Input).Access; a.AccessKeyID.Reveal() != "AKIAOTHER" {
		t.Errorf("access key id %q", a.AccessKeyID.Reveal())
	}
	_, err := load(t, s3Config(queueARN, pair+", access_key_id: AKIAEXAMPLE"))
	if got := problems(t, err); len(got) != 1 || !strings.Contains(got[0], "aws.a.access_key_id: <secret>: stands in access_key_id_file too") {
		t.Errorf("an id in two places: %q", got)
	}
	// The default chain.
	none := mustLoad(t, s3Config(queueARN, "region: eu-west-1")).Inputs["t"].(*S3Input)
	if diff := cmp.Diff(*NewAWSCredentials(), none.Access, cmp.AllowUnexported(Secret{})); diff != "" {
		t.Errorf("an input without credentials has some (-want +got):\n%s", diff)
	}
}

func TestS3InTheClearIsSaid(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, s3Config(queueARN+", insecure: true, s3_endpoint: 'http://192.0.2.1:9000', sqs_endpoint: 'http://[::1]:9324'", ""))
	if len(c.Warnings) != 1 || c.Warnings[0].Key != "inputs.t.s3_endpoint" || c.Warnings[0].Message != "not encrypted: others can read along" {
		t.Errorf("warnings: %v", c.Warnings)
	}
}
