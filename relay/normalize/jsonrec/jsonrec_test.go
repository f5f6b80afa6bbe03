package jsonrec

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

func parse(t testing.TB, raw string) *relay.Event {
	t.Helper()
	var d jsondoc.Doc
	var es relay.Events
	r := &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{}, Received: 1}
	if d.Parse(r.Raw, Depth) {
		Append(&es, r, &d)
	} else {
		es.AddUnparsed(r, relay.KindJSON, d.Fault())
	}
	if len(es.List) != 1 {
		t.Fatalf("%d events", len(es.List))
	}
	return &es.List[0]
}

func TestTimes(t *testing.T) {
	t.Parallel()
	const at = "2026-11-21T09:15:32Z"
	for raw, want := range map[string]string{
		`{"time":"2026-11-21T09:15:32Z"}`:                             at,
		`{"eventTime":"2026-11-21T10:15:32+01:00"}`:                   at,
		`{"@timestamp":"2026-11-21T09:15:32.000Z"}`:                   at,
		`{"timestamp":"2026-11-21T09:15:32"}`:                         at,
		`{"date":"2026-11-21 09:15:32"}`:                              at,
		`{"timestamp":"2026-11-21T09:15:32.000000+0000"}`:             at,
		`{"event_time":1795252532}`:                                   at,
		`{"ts":1795252532.000000}`:                                    at,
		`{"datetime":1795252532000}`:                                  at,
		`{"time":1795252532000000}`:                                   at,
		`{"time":1795252532000000000}`:                                at,
		`{"ts":"1795252532","time":"2026-11-21T09:15:32.1Z"}`:         "2026-11-21T09:15:32.1Z", // time ranks before ts
		`{"ts":1795252532000.5}`:                                      "2026-11-21T09:15:32.0005Z",
		`{"time":"2026-02-30T09:15:32Z"}`:                             "",
		`{"time":"never","a":{"ts":1795252532}}`:                      "",
		`{"time":17952525320000000000}`:                               "",
		`{"time":1e9}`:                                                "",
		`{"time":-1795252532}`:                                        "",
		`{"time":{"ts":1}}`:                                           "",
		`{"time":true}`:                                               "",
		`{"time":null}`:                                               "",
		`{"time":""}`:                                                 "",
		`[{"time":1795252532}]`:                                       "",
		`{"TIME":1795252532}`:                                         "",
		`{"time":"1600-01-01T00:00:00Z"}`:                             "",
		`{"time":"` + strings.Repeat("2026-11-21T09:15:32", 9) + `"}`: "",
	} {
		e := parse(t, raw)
		got := ""
		if e.Time != 1 {
			got = time.Unix(0, e.Time).UTC().Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%s: want %q, got %q", raw, want, got)
		}
	}
}

func TestMessage(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`{"log":"c","msg":"b","message":"a"}`:          "c",
		`{"log":{},"msg":"b","message":"a"}`:           "a",
		`{"message":1,"log":"c"}`:                      "c",
		`{"message":""}`:                               "",
		`{"msg":"\"\\\/\b\f\n\r\t\u00fc\ud83d\ude00"}`: "\"\\/\b\f\n\r\tü😀",
		`{"msg":"\ud83d"}`:                             "\uFFFD",
		`{"msg":"\ude00x"}`:                            "\uFFFDx",
		`{"msg":"\ud83d\u0041"}`:                       "\uFFFDA",
		`"message"`:                                    "",
	} {
		if got := parse(t, raw).Class.(*relay.Other).Message; got != want {
			t.Errorf("%s: want %q, got %q", raw, want, got)
		}
	}
}

// FuzzJSON: what encoding/json takes is taken and nothing else, the depth apart; the strings it decodes are the same.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{
		`{"time":"2026-11-21T09:15:32Z","msg":"a\u00fc"}`, `[1,-0.5e+7,true,false,null,"x"]`, ` {} `, `{"a":{"b":[[]]}}`, `"\ud83d\ude00"`,
		`{"a":01}`, `{"a" 1}`, `[1,]`, "\"\x01\"", `nul`, `-`, `1.`, `{"msg":"\q"}`, "\xEF\xBB\xBF{}", "{\"a\":\"\xff\"}", `{"ts":1795252532.25}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e := parse(t, string(raw))
		valid := json.Valid(bytes.TrimPrefix(raw, []byte("\xEF\xBB\xBF")))
		if e.Fault.String() != "" {
			if valid && e.Fault.Reason != relay.FaultDuplicate && bytes.Count(raw, []byte("["))+bytes.Count(raw, []byte("{")) <= jsondoc.MaxDepth {
				t.Fatalf("valid, but %s: %q", e.Fault.String(), raw)
			}
			return
		}
		o := e.Class.(*relay.Other)
		if !valid || !json.Valid([]byte(o.JSON)) {
			t.Fatalf("not valid: %q", o.JSON)
		}
		var m map[string]any
		if json.Unmarshal([]byte(o.JSON), &m) == nil && o.Message != "" {
			for _, name := range messageNames {
				if m[name] == strings.ToValidUTF8(o.Message, "\uFFFD") {
					return
				}
			}
			if bytes.IndexByte(raw, '\\') < 0 && strings.Count(o.JSON, `"m`) < 2 && strings.Count(o.JSON, `"log`) < 2 && !bytes.ContainsAny(raw, "\x80\xff") {
				t.Fatalf("message %q of %q", o.Message, raw)
			}
		}
	})
}
