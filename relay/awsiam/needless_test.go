package awsiam

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParsePolicy(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		text string
		want []Grant
	}{
		"lists":    {`{"Statement":[{"Effect":"Allow","Action":["a:B","c:D*"],"Resource":["r1","r2"]}]}`, []Grant{{"p", "a:B", []string{"r1", "r2"}}, {"p", "c:D*", []string{"r1", "r2"}}}},
		"one each": {`{"Statement":{"Effect":"Allow","Action":"a:B","Resource":"*"}}`, []Grant{{"p", "a:B", []string{"*"}}}},
		"deny":     {`{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`, nil},
		"but":      {`{"Statement":[{"Effect":"Allow","NotAction":["iam:*","s3:*"],"NotResource":"r"}]}`, []Grant{{"p", "not iam:*, s3:*", []string{"*"}}}},
	} {
		got, err := parsePolicy("p", []byte(row.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	if _, err := parsePolicy("p", []byte(`{"Statement": 7}`)); err == nil {
		t.Error("a policy that is none was read")
	}
}

func TestExcess(t *testing.T) {
	t.Parallel()
	some := []string{"arn:aws:sqs:us-east-1:111122223333:logs"}
	for action, row := range map[string]struct {
		resources []string
		dns       bool
		want      string
	}{
		"sqs:ReceiveMessage":               {some, false, ""},
		"SQS:deletemessage":                {some, false, ""},
		"s3:GetObject":                     {[]string{"*"}, false, "not on every resource"},
		"s3:Get*":                          {some, false, "only s3:GetObject, s3:GetObjectVersion is needed"},
		"*":                                {some, false, "only sqs:ReceiveMessage"},
		"s3:PutObject":                     {some, false, "never does that"},
		"iam:*":                            {some, false, "never does that"},
		"sts:AssumeRole":                   {[]string{"*"}, false, "never does that"},
		"route53:GetChange":                {[]string{"*"}, false, "never does that"},
		"route53:ListHostedZones":          {[]string{"*"}, true, ""},
		"route53:ChangeResourceRecordSets": {[]string{"*"}, true, "not on every resource"},
		"not iam:*":                        {some, false, "every action but"},
	} {
		got := Excess([]Grant{{"p", action, row.resources}}, row.dns)
		switch {
		case row.want == "" && len(got) > 0:
			t.Errorf("%s: %s", action, got[0].Why)
		case row.want != "" && (len(got) != 1 || !strings.Contains(got[0].Why, row.want)):
			t.Errorf("%s: %+v, want %q", action, got, row.want)
		}
	}
}

func TestPrincipal(t *testing.T) {
	t.Parallel()
	for arn, want := range map[string]string{
		"arn:aws:iam::111122223333:user/logs/relay":              "user relay",
		"arn:aws:iam::111122223333:role/service/relay":           "role relay",
		"arn:aws:sts::111122223333:assumed-role/relay/session/x": "role relay",
		"arn:aws-cn:iam::111122223333:root":                      "root ",
		"arn:aws:sts::111122223333:federated-user/somebody":      "",
		"arn:aws:iam::111122223333:rootuser/x":                   "",
		"arn:aws:s3:::bucket":                                    "",
	} {
		kind, name, err := principal(arn)
		if got := kind + " " + name; (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%s: %q, %v; want %q", arn, got, err, want)
		}
	}
}

func TestLike(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		pattern, text string
		want          bool
	}{
		{"*", "", true}, {"s3:*", "s3:getobject", true}, {"s3:get*object", "s3:getobject", true}, {"s3:g?tobject", "s3:getobject", true}, {"s3:get", "s3:getobject", false},
		{"*message", "sqs:receivemessage", true}, {"?", "", false}, {"a*b*c", "aXbXbc", true}, {"a*b*c", "aXbXb", false},
	} {
		if got := like(row.pattern, row.text); got != row.want {
			t.Errorf("like(%q, %q) = %t", row.pattern, row.text, got)
		}
	}
}
