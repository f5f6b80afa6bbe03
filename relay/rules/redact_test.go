package rules

import (
	"testing"

	"logrelay/relay"
)

// TestRedactEvasion: however a sender writes a name, what it names does not go out; what cannot be looked into does not go out at all.
func TestRedactEvasion(t *testing.T) {
	t.Parallel()
	for record, want := range map[string]string{
		`{"secr\u0065t":"S","b":1}`:             `{"secr\u0065t":"<redacted>","b":1}`,
		`{"a":[{"secret":"S"},[{"secret":2}]]}`: `{"a":[{"secret":"<redacted>"},[{"secret":"<redacted>"}]]}`,
		`{"a.secret":"S","a":{"secret":"S"}}`:   `{"a.secret":"<redacted>","a":{"secret":"<redacted>"}}`,
		`{"a":{"secret":"S","secret":"S"}}`:     "",
		`{"a":1}`:                               `{"a":1}`,
	} {
		left := run(t, Options{Rules: []Rule{{Redact: []string{"rest.secret", "rest.a.secret"}}}}, func(es *relay.Events, r *relay.Record) {
			o := es.Other()
			o.JSON = record
			es.Add(r, relay.KindJSON).Class = o
		})
		got := ""
		if len(left) == 1 {
			got = left[0].Class.(*relay.Other).JSON
		}
		if got != want {
			t.Errorf("%s became %s", record, got)
		}
	}
}

// TestRedactEverywhere: what an event holds twice is redacted in both places.
func TestRedactEverywhere(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"message", "rest.msg"} {
		left := run(t, Options{Rules: []Rule{{Redact: []string{path}}}}, func(es *relay.Events, r *relay.Record) {
			o := es.Other()
			o.JSON, o.Message = `{"msg":"a\tb","n":1}`, "a\tb"
			es.Add(r, relay.KindJSON).Class = o
		})
		if o := left[0].Class.(*relay.Other); o.JSON != `{"msg":"<redacted>","n":1}` || o.Message != "<redacted>" {
			t.Errorf("%s: %s %q", path, o.JSON, o.Message)
		}
	}
	left := run(t, Options{Rules: []Rule{{Redact: []string{"src.ip", "src.nat_ip", "http.header.cookie", "rest.structured_data.x@1.user"}}}}, func(es *relay.Events, r *relay.Record) {
		q := es.HTTPRequest()
		q.Src = relay.Endpoint{IP: "192.0.2.7", HopIP: "192.0.2.7", Intermediates: []string{"192.0.2.8"}, NATIP: "203.0.113.9"}
		q.HTTP.XForwardedFor, q.HTTP.Headers = []string{"192.0.2.7"}, []relay.Header{{Name: "Cookie", Value: "S"}, {Name: "Accept", Value: "*"}}
		es.Add(r, relay.KindWAF).Class = q
		m := es.Message()
		m.Params = []relay.Param{{Element: "x@1", Name: "user", Value: "S"}, {Element: "x@1", Name: "n", Value: "1"}}
		es.Add(r, relay.KindSyslog).Class = m
	})
	q := left[0].Class.(*relay.HTTPRequest)
	if s := q.Src; s.IP != "192.0.2.0" || s.HopIP != "192.0.2.0" || s.Intermediates[0] != "192.0.2.0" || s.NATIP != "203.0.113.0" || q.HTTP.XForwardedFor[0] != "192.0.2.0" {
		t.Errorf("%+v %v", s, q.HTTP.XForwardedFor)
	}
	if h := q.HTTP.Headers; h[0].Value != "<redacted>" || h[1].Value != "*" {
		t.Errorf("%v", h)
	}
	if p := left[1].Class.(*relay.Message).Params; p[0].Value != "<redacted>" || p[1].Value != "1" {
		t.Errorf("%v", p)
	}
}

// TestAddresses: a field of an address never holds anything else, whatever a rule says.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]Rule{
		"10.1.2.3":    {Set: map[string]string{"src.ip": `"no address"`}},
		"2001:db8::1": {Set: map[string]string{"src.ip": `"2001:db8::1"`}},
		"":            {Redact: []string{"src.ip"}, Pattern: `\d+$`},
	} {
		if got := run(t, Options{Rules: []Rule{r}}, flow)[0].Class.(*relay.NetworkFlow).Src.IP; got != want {
			t.Errorf("%+v: %q", r, got)
		}
	}
}
