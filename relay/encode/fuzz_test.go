package encode_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/influxdata/go-syslog/v3/rfc5424"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
)

// fuzzKinds are the kinds by the number that the fuzzer picks.
var fuzzKinds = [...]relay.Kind{relay.KindAuto, relay.KindVPCFlow, relay.KindSyslog, relay.KindJSON, relay.KindText, "unheard-of"}

// addSeeds adds what each case of testdata begins with: its first line, which may name columns, and its second. The fuzzer picks other kinds itself.
func addSeeds(f *testing.F) {
	inputs, err := filepath.Glob(filepath.Join("..", "..", "testdata", "*", "*", "input"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range inputs {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		first, b, _ := bytes.Cut(b, []byte("\n"))
		second, _, _ := bytes.Cut(b, []byte("\n"))
		f.Add(first, "", "host-1", byte(0), uint16(0))
		f.Add(second, string(first), "host-1", byte(0), uint16(0))
	}
}

// events makes events of what the fuzzer picked.
func events(raw []byte, columns, attr string, kind byte, flags uint16) []relay.Event {
	o := &relay.Origin{
		Input: "main", Kind: fuzzKinds[int(kind)%len(fuzzKinds)], Columns: columns,
		Tenant: attr, Source: attr, Peer: attr, Identity: attr, Attrs: []relay.Attr{{Key: relay.AttrHost, Value: attr}},
	}
	r := &relay.Record{Raw: raw, Origin: o, Received: 1_795_252_533_500_000_000, Flags: relay.Flag(flags)}
	if len(attr) < 100 {
		r.Meta = relay.AppendMeta(r.Meta, relay.AttrTime, attr)
		r.Meta = relay.AppendMeta(r.Meta, relay.AttrFields, attr)
	}
	var es relay.Events
	normalize.New().Append(&es, r)
	if len(es.List) == 0 {
		panic("BUG: no event")
	}
	return es.List
}

// oneLine checks what holds for every schema but raw.
func oneLine(t *testing.T, b []byte) {
	t.Helper()
	if !utf8.Valid(b) || bytes.ContainsAny(b, "\r\n\x00") {
		t.Fatalf("not one line of UTF-8: %q", b)
	}
}

func fuzzJSON(f *testing.F, schema string) {
	addSeeds(f)
	enc, err := encode.New(schema, encode.Options{})
	if err != nil {
		f.Fatal(err)
	}
	withRaw, err := encode.New(schema, encode.Options{Raw: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte, columns, attr string, kind byte, flags uint16) {
		list := events(raw, columns, attr, kind, flags)
		for i := range list {
			for _, enc := range []relay.EncodeFunc{enc, withRaw} {
				b := enc([]byte("before"), &list[i])
				if !bytes.HasPrefix(b, []byte("before{")) {
					t.Fatalf("what was there is gone: %q", b)
				}
				b = b[len("before"):]
				oneLine(t, b)
				if !json.Valid(b) {
					t.Fatalf("no JSON: %s", b)
				}
			}
		}
	})
}

func FuzzJSON(f *testing.F) { fuzzJSON(f, "json") }

func FuzzOCSF(f *testing.F) { fuzzJSON(f, "ocsf") }

// FuzzRFC5424: the reference parser reads every message.
func FuzzRFC5424(f *testing.F) {
	addSeeds(f)
	body, err := encode.New("json", encode.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte, columns, attr string, kind byte, flags uint16) {
		e := &events(raw, columns, attr, kind, flags)[0]
		for i, enc := range []relay.EncodeFunc{encode.RFC5424(body), encode.RFC5424(encode.Raw)} {
			b := enc(nil, e)
			if i == 0 {
				oneLine(t, b)
			} else if bytes.ContainsAny(b, "\r\n\x00") { // the bytes of a record need not be UTF-8
				t.Fatalf("several lines: %q", b)
			}
			if m, err := rfc5424.NewMachine().Parse(b); err != nil && !longName(e) && utf8.Valid(b) {
				t.Fatalf("%v: %q", err, b)
			} else if err == nil && m == nil {
				t.Fatalf("nothing in %q", b)
			}
		}
	})
}

// longName reports whether the event has names in its structured data that are longer than RFC 5424 allows, which go out as they came.
func longName(e *relay.Event) bool {
	m, ok := e.Class.(*relay.Message)
	if !ok {
		return false
	}
	for _, p := range m.Params {
		if len(p.Element) > 30 || len(p.Name) > 32 || strings.TrimSpace(p.Element) == "" {
			return true
		}
	}
	return false
}
