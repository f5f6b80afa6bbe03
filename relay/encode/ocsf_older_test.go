package encode_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/encode"
)

// older returns the encoder of OCSF 1.1.0.
func older(t testing.TB, o encode.Options) relay.EncodeFunc {
	t.Helper()
	o.OCSFVersion = "1.1.0"
	enc, err := encode.New("ocsf", o)
	if err != nil {
		t.Fatal(err)
	}
	return enc
}

// schema110 returns the exported schema of 1.1.0 that the environment names, if it does. It is not a part of the reference data.
func schema110(t testing.TB) *ocsfSchema {
	t.Helper()
	name := os.Getenv("OCSF_110_SCHEMA")
	if name == "" {
		return nil
	}
	s, err := parseOCSF(name)
	if err != nil {
		t.Fatal(err)
	}
	// Its pattern of host names does not take the last dot of a queried name, with which Security Lake writes it, nor much else that is one.
	delete(s.regexps, "hostname_t")
	return s
}

// TestOlderWhole: whatever a class holds is in the event of 1.1.0 too, and of what that has no place for nothing is outside of unmapped. Where
// OCSF_110_SCHEMA names the schema of 1.1.0, the events are valid.
func TestOlderWhole(t *testing.T) {
	t.Parallel()
	enc, s := older(t, encode.Options{Observables: true}), schema110(t)
	for _, class := range classesOf() {
		all := leavesOf(class, false)
		check := func(what string, leaves []leaf) {
			b := enc(nil, fill(class, leaves))
			checkMembers(t, b)
			v := decode(t, b)
			if v["metadata"].(map[string]any)["version"] != "1.1.0" {
				t.Fatalf("%s: which version is %s", what, b)
			}
			for _, l := range leaves {
				if !bytes.Contains(b, []byte(l.token)) && !lost("ocsf", l, len(leaves) == 1) {
					t.Fatalf("%s: %s (%s) is lost in %s", what, l.path, l.token, b)
				}
			}
			if s != nil {
				if err := s.check(v); err != nil {
					t.Fatalf("%s: %v: %s", what, err, b)
				}
			}
			delete(v, "unmapped")
			for _, gone := range []string{"original_event_uid", "app_name", "programmatic_credentials", "is_alert", "network_scope_id", "raw_data_size"} {
				if hasMember(v, gone) {
					t.Fatalf("%s: %s, which 1.1.0 does not have, is in %s", what, gone, b)
				}
			}
		}
		check("all", all)
		check("nothing", nil)
		for i, l := range all {
			check(l.path+" alone", all[i:i+1])
			if s != nil || i%8 == 0 {
				check("all but "+l.path, slices.Concat(all[:i], all[i+1:]))
			}
		}
	}
}

// hasMember reports whether an attribute is anywhere in v.
func hasMember(v any, name string) bool {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if k == name || k != "data" && hasMember(x, name) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(x any) bool { return hasMember(x, name) })
	}
	return false
}

// TestOlderVersion: what becomes of values that 1.1.0 has another number for, or none.
func TestOlderVersion(t *testing.T) {
	t.Parallel()
	enc := older(t, encode.Options{})
	src := relay.Endpoint{IP: "192.0.2.1"}
	for _, c := range []struct {
		class relay.Class
		want  []string
	}{
		{&relay.HTTPRequest{Src: src, Dst: src, HTTP: relay.HTTP{Method: "PATCH", Path: "/", Status: relay.NumberOf(200)}},
			[]string{`"activity_id":99,"activity_name":"Patch","type_uid":400299,"type_name":"HTTP Activity: Other"`, `"ocsf_1.8.0":{"http_request.http_method":"PATCH"`}},
		{&relay.HTTPRequest{Src: src, HTTP: relay.HTTP{Method: "GET", Path: "/"}},
			[]string{`"class_uid":0,"class_name":"Base Event"`, `"type_uid":99,"type_name":"Base Event: Other"`, `"http_request":{"http_method":"GET","url":{"path":"/"}}`}},
		{&relay.Authentication{Activity: relay.AuthAccountSwitch, User: relay.User{Name: "a", TypeID: 4, AccessKey: "AKIA"}, Service: "s", LogonTypeID: 1, ProtocolID: 12},
			[]string{`"activity_id":99,"activity_name":"Account Switch","type_uid":300299`, `"type_id":99,"type":"Service"`, `"credential_uid":"AKIA"`,
				`"logon_type_id":0,"logon_type":"System"`, `"auth_protocol_id":99,"auth_protocol":"LDAP"`}},
		{&relay.APICall{API: relay.API{Operation: "Get", Service: "s3.example.com"}, Actor: relay.Actor{App: "app"}},
			[]string{`"actor":{"invoked_by":"app"}`, `"src_endpoint":{"domain":"app","name":"app"}`, `"vendor_name":"logrelay"`}},
		{&relay.Other{Common: relay.Common{Host: "h"}, JSON: `{"ocsf_1.8.0":{"metadata.tags":"forged"}}`},
			[]string{`"ocsf_1.8.0":{"metadata.log_source":"192.0.2.7:1"`, `"device":{"type_id":0,"type":"Unknown","hostname":"h"}`, `"source":{"ocsf_1.8.0":{"metadata.tags":"forged"}}`}},
	} {
		r := &relay.Record{Raw: []byte("x"), Origin: &relay.Origin{Peer: "192.0.2.7:1"}}
		b := enc([]byte("before"), &relay.Event{Record: r, Class: c.class, Of: 1})
		for _, want := range c.want {
			if !strings.HasPrefix(string(b), "before{") || !strings.Contains(string(b), want) {
				t.Errorf("%T: no %s in\n%s", c.class, want, b)
			}
		}
	}
}
