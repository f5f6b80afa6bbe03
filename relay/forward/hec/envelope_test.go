package hec

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"logrelay/relay"
	"logrelay/relay/relaytest"
)

func TestEnvelope(t *testing.T) {
	t.Parallel()
	meta := func(kv ...string) (m []byte) {
		for i := 0; i < len(kv); i += 2 {
			m = relay.AppendMeta(m, kv[i], kv[i+1])
		}
		return m
	}
	const ours = `"logrelay_id":"01000000000000000000000000000000-0","logrelay_input":"test","logrelay_peer":"192.0.2.7:514"`
	for name, c := range map[string]struct {
		o    Options
		raw  string
		meta []byte
		want string
	}{
		"text":     {raw: "a \"b\"\n\xff", want: `{"time":1767323045.000000,"host":"192.0.2.7","event":"a \"b\"\n` + "\uFFFD" + `","fields":{` + ours + `}}`},
		"json":     {raw: `{"n":1.00}`, want: `{"time":1767323045.000000,"host":"192.0.2.7","event":{"n":1.00},"fields":{` + ours + `}}`},
		"not json": {raw: `{"n":`, want: `{"time":1767323045.000000,"host":"192.0.2.7","event":"{\"n\":","fields":{` + ours + `}}`},
		"empty":    {raw: "", want: `{"time":1767323045.000000,"host":"192.0.2.7","event":"-","fields":{` + ours + `}}`},
		"what came with it": {
			raw: "x", meta: meta("host", "h", "source", "s", "sourcetype", "st", "index", "i", "fields", `{"k":"v"}`),
			want: `{"time":1767323045.000000,"host":"h","source":"s","sourcetype":"st","index":"i","event":"x","fields":{"k":"v",` + ours + `}}`,
		},
		"settings win": {
			o: Options{Host: "H", Source: "S", Sourcetype: "ST", Index: "I"}, raw: "x", meta: meta("host", "h", "source", "s", "sourcetype", "st", "index", "i"),
			want: `{"time":1767323045.000000,"host":"H","source":"S","sourcetype":"ST","index":"I","event":"x","fields":{` + ours + `}}`,
		},
		"a sender cannot set our fields": {
			raw: "x", meta: meta("fields", `{"a":"b","\u006cogrelay_peer":"1.2.3.4"}`),
			want: `{"time":1767323045.000000,"host":"192.0.2.7","event":"x","fields":{"a":"b",` + ours + `}}`,
		},
		"broken fields":    {raw: "x", meta: meta("fields", `{"a":`), want: `{"time":1767323045.000000,"host":"192.0.2.7","event":"x","fields":{` + ours + `}}`},
		"injecting fields": {raw: "x", meta: meta("fields", `{"a":"b"},"index":{"z":1}`), want: `{"time":1767323045.000000,"host":"192.0.2.7","event":"x","fields":{` + ours + `}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := relaytest.Events(0, 1)[0]
			e.Record.Raw, e.Record.Meta = []byte(c.raw), c.meta
			c.o.Encode = raw
			d := &Destination{o: c.o}
			if got := string(d.appendEnvelope(nil, &e)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// FuzzString checks that any bytes become one JSON string with the same text.
func FuzzString(f *testing.F) {
	for _, s := range []string{"", "plain", `"\`, "\x00\x1f\x7f", "\xff\xc3\x28", "ünïcode", strings.Repeat("x", 30) + "\"" + strings.Repeat("y", 9)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := appendString(nil, s)
		var got string
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%q: %v", b, err)
		}
		want := s
		if !utf8.ValidString(s) {
			want = string([]rune(s)) // each wrong byte becomes U+FFFD
		}
		if got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func FuzzFields(f *testing.F) {
	for _, s := range []string{"", "{}", `{"a":"b"}`, `{"logrelay_id":"x"}`, `{"\u006cogrelay_id":"x"}`, `{"a":`, `[]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		inner := senderFields(s)
		var all map[string]json.RawMessage
		if err := json.Unmarshal([]byte("{"+inner+"}"), &all); err != nil {
			t.Fatalf("%q gives %q: %v", s, inner, err)
		}
		for k := range all {
			if strings.HasPrefix(k, ourPrefix) {
				t.Fatalf("%q lets %q through", s, k)
			}
		}
	})
}
