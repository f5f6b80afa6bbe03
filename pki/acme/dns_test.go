package acme

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/mholt/acmez/v3/acme"

	"logrelay/relay/relaytest"
)

// newRoute53 starts a stand-in that one key may use. The test cannot run beside others, since the endpoint is told by the environment.
func newRoute53(t *testing.T, hosted map[string]string) (*relaytest.Route53, *zones) {
	t.Helper()
	keys := new(relaytest.AWSKeys)
	keys.Add("AKIAEXAMPLE", "session", "arn:aws:sts::111122223333:assumed-role/dns/logrelay")
	aws, err := relaytest.NewRoute53(relaytest.AWSOptions{Keys: keys}, hosted)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(aws.Close)
	t.Setenv("AWS_ENDPOINT_URL_ROUTE_53", aws.URL)
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	return aws, &zones{log: slog.New(slog.DiscardHandler), used: map[string]string{}, keys: func(context.Context) (AWSKeys, error) {
		return AWSKeys{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "secret", SessionToken: "session", Region: "eu-central-1"}, nil
	}}
}

func challenge(name string) acme.Challenge {
	return acme.Challenge{Identifier: acme.Identifier{Type: "dns", Value: name}, KeyAuthorization: "authorization of " + name}
}

// The record goes into the zone that is nearest to the name, and what was there before stays.
func TestRoute53(t *testing.T) {
	aws, z := newRoute53(t, map[string]string{"example.com": "Z1", "logs.example.com": "Z2", "_acme-challenge.own.example.com": "Z3", "notexample.com": "Z4"})
	old := challenge("relay.logs.example.com")
	old.KeyAuthorization = "of another program"
	for _, c := range []acme.Challenge{old, challenge("relay.logs.example.com"), challenge("example.com"), challenge("own.example.com")} {
		if err := z.Present(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if got := aws.TXT(c.DNS01TXTRecordName()); !slices.Contains(got, c.DNS01KeyAuthorization()) {
			t.Errorf("%s has %q", c.DNS01TXTRecordName(), got)
		}
	}
	if got := aws.TXT(old.DNS01TXTRecordName()); len(got) != 2 {
		t.Errorf("records of two programs: %q", got)
	}
	for name, zone := range map[string]string{"relay.logs.example.com": "logs.example.com.", "example.com": "example.com.", "own.example.com": "_acme-challenge.own.example.com."} {
		if got := z.used["_acme-challenge."+name]; got != zone {
			t.Errorf("%s is in zone %q, want %q", name, got, zone)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	for _, name := range []string{"relay.logs.example.com", "example.com", "own.example.com", "own.example.com", "never.example.com"} {
		if err := z.CleanUp(ended, challenge(name)); err != nil {
			t.Error(err)
		}
	}
	if got := aws.TXT(old.DNS01TXTRecordName()); len(got) != 1 || got[0] != old.DNS01KeyAuthorization() {
		t.Errorf("what is left of two programs: %q", got)
	}
	if now, _ := aws.Names(); len(now) != 1 {
		t.Errorf("names with records: %q", now)
	}
	if by := aws.Signers(); len(by) != 1 || !strings.Contains(by[0], "assumed-role/dns/") {
		t.Errorf("asked as %q", by)
	}
}

// With the id of a zone nobody is asked for its name: rights to that zone alone are enough.
func TestRoute53NamedZone(t *testing.T) {
	aws, z := newRoute53(t, map[string]string{"example.com": "Z1"})
	z.id = "Z1"
	c := challenge("relay.logs.example.com")
	if err := z.Present(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if got := aws.TXT("_acme-challenge.relay.logs.example.com"); !slices.Equal(got, []string{c.DNS01KeyAuthorization()}) || aws.Calls("ListHostedZonesByName") != 0 {
		t.Errorf("records %q, the zone was asked for %d times", got, aws.Calls("ListHostedZonesByName"))
	}
	if err := z.CleanUp(t.Context(), c); err != nil || aws.TXT("_acme-challenge.relay.logs.example.com") != nil {
		t.Errorf("after it: %q, %v", aws.TXT("_acme-challenge.relay.logs.example.com"), err)
	}
}

func TestRoute53Refusals(t *testing.T) {
	aws, z := newRoute53(t, map[string]string{"example.org": "Z1"})
	refused := func(want string) {
		t.Helper()
		if err := z.Present(t.Context(), challenge("relay.example.com")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	refused("no zone in Route 53 for _acme-challenge.relay.example.com")
	aws.Set(relaytest.AWSFault{Status: 403, Code: "AccessDenied", Message: "not authorized to perform: route53:ListHostedZonesByName"})
	refused("not authorized to perform: route53:ListHostedZonesByName")
	z.keys = func(context.Context) (AWSKeys, error) { return AWSKeys{}, errors.New("no role") }
	refused("credentials for Route 53: no role")
	z.keys = func(context.Context) (AWSKeys, error) { return AWSKeys{}, nil }
	refused("BUG: ")
}
