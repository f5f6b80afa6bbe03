package encode_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"logrelay/relay"
	"logrelay/relay/encode"
)

// TestObservables: what is looked for in an event is listed with the path where it stands, JSON of the source left aside.
func TestObservables(t *testing.T) {
	t.Parallel()
	enc, err := encode.New("ocsf", encode.Options{Observables: true})
	if err != nil {
		t.Fatal(err)
	}
	e := &relay.Event{
		Record: &relay.Record{Raw: []byte("x"), Origin: &relay.Origin{}},
		Class: &relay.APICall{
			API:       relay.API{Operation: "Get", Service: "s", RequestUID: "r", Request: `{"ip":"192.0.2.99","n":[{"ip":"\\"}] }`},
			Actor:     relay.Actor{User: relay.User{Name: `a"b\`, UID: "u"}},
			Src:       relay.Endpoint{IP: "192.0.2.1", Intermediates: []string{"192.0.2.2", "192.0.2.3"}, Hostname: "h.example.com"},
			HTTP:      relay.HTTP{URL: "https://example.com/?a=b", Host: "example.com"},
			Resources: []relay.Resource{{UID: "arn:aws:s3:::a"}, {Name: "no id", Data: `{"uid":"x"}`}, {UID: "arn:aws:s3:::b"}},
		},
		Rest: []relay.Field{{Name: "ip", Value: "192.0.2.98"}},
		Of:   1,
	}
	b := enc([]byte(`{"before":1}`), e)[len(`{"before":1}`):]
	checkOCSF(t, schemas(t), b)
	var got struct {
		Observables []struct {
			TypeID            int `json:"type_id"`
			Type, Name, Value string
		}
	}
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	var list [][3]string
	for _, o := range got.Observables {
		list = append(list, [3]string{o.Type, o.Name, o.Value})
	}
	want := [][3]string{
		{"User Name", "actor.user.name", `a"b\`},
		{"IP Address", "src_endpoint.ip", "192.0.2.1"},
		{"Hostname", "src_endpoint.hostname", "h.example.com"},
		{"IP Address", "src_endpoint.intermediate_ips", "192.0.2.2"},
		{"IP Address", "src_endpoint.intermediate_ips", "192.0.2.3"},
		{"Hostname", "http_request.url.hostname", "example.com"},
		{"URL String", "http_request.url.url_string", "https://example.com/?a=b"},
		{"Resource UID", "resources.uid", "arn:aws:s3:::a"},
		{"Resource UID", "resources.uid", "arn:aws:s3:::b"},
	}
	if d := cmp.Diff(want, list); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	none := enc(nil, &relay.Event{Record: e.Record, Class: &relay.Other{}, Of: 1})
	if v := decode(t, none); v["observables"] != nil {
		t.Errorf("observables of nothing: %s", none)
	}
}
