package container

import (
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
	"logrelay/relay/relaytest"
)

const (
	criLine    = `2026-11-21T09:15:32.123456789Z stderr F level=error msg="no route"`
	dockerLine = `{"log":"{\"level\":\"WARN\",\"msg\":\"slow\"}\n","stream":"stdout","time":"2026-11-21T09:15:32.123456789Z"}`
	fluentLine = `{"date":1795252532.123456,"log":"ready","stream":"stderr","_p":"F","kubernetes":{"pod_name":"web-0","namespace_name":"shop","host":"ip-10-0-0-1.example.internal",` +
		`"container_name":"web","labels":{"app":"web"},"container_image":"registry.example.com/web:1"}}`
)

func read(t testing.TB, raw string) *relay.Event {
	t.Helper()
	var p Parser
	var es relay.Events
	r := &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{}, Received: 1}
	if strings.HasPrefix(raw, "{") {
		var d jsondoc.Doc
		if !d.Parse(r.Raw, 8) {
			t.Fatal(d.Fault())
		}
		if f := p.AppendJSON(&es, r, &d); f.Reason != relay.FaultNone {
			es.AddUnparsed(r, relay.KindContainer, f)
		}
	} else {
		p.Append(&es, r)
	}
	if len(es.List) != 1 {
		t.Fatalf("%d events", len(es.List))
	}
	return &es.List[0]
}

func TestLines(t *testing.T) {
	t.Parallel()
	const at = int64(1_795_252_532_123456789)
	for raw, want := range map[string]struct {
		text, app, host, level, rest string
		at                           int64
		severity                     relay.Severity
	}{
		criLine:    {`level=error msg="no route"`, "", "", "", "stream=stderr ", at, 0},
		dockerLine: {`{"level":"WARN","msg":"slow"}`, "", "", "WARN", `stream="stdout" `, at, relay.SeverityMedium},
		fluentLine: {"ready", "web", "ip-10-0-0-1.example.internal", "", `stream="stderr" _p="F" kubernetes={"pod_name":"web-0","namespace_name":"shop","labels":{"app":"web"},"container_image":"registry.example.com/web:1"} `,
			at / 1000 * 1000, 0},
		`2026-11-21T09:15:32.1+00:00 stdout P {"severity":"\u0065rror"}`: {`{"severity":"\u0065rror"}`, "", "", "error", "stream=stdout logtag=P ", 1_795_252_532_100e6, relay.SeverityHigh},
		`{"log":"x","stream":"stdout","time":"soon","@timestamp":"2026-11-21T09:15:32Z","level":{"a":1},"message":"y"}`: {"x", "", "", "",
			`stream="stdout" message="y" time="soon" level={"a":1} `, 1_795_252_532e9, 0},
		`{"message":"x","kubernetes":{"pod_name":"p","container_name":"c"},"container_name":"d","level":"fatal","log":1}`: {"x", "c", "", "fatal",
			`kubernetes={"pod_name":"p"} container_name="d" log=1 `, 1, relay.SeverityFatal},
		`2026-11-21T09:15:32Z stdout F`: {"", "", "", "", "stream=stdout ", 1_795_252_532e9, 0},
	} {
		e := read(t, raw)
		m, ok := e.Class.(*relay.Message)
		if !ok {
			t.Errorf("%s: %v", raw, e.Fault)
			continue
		}
		rest := ""
		for _, f := range e.Rest {
			rest += f.Name + "=" + f.Value + " "
		}
		if m.Text != want.text || m.App != want.app || m.Host != want.host || m.Level != want.level || rest != want.rest || e.Time != want.at || m.Severity != want.severity {
			t.Errorf("%s: %+v %d %s", raw, m, e.Time, rest)
		}
	}
}

func TestIs(t *testing.T) {
	t.Parallel()
	var d jsondoc.Doc
	for raw, want := range map[string]bool{
		dockerLine: true, fluentLine: true, `{"log":"x"}`: false, `{"log":"x","stream":"tcp"}`: false, `{"stream":"stdout"}`: false, `{"log":1,"stream":"stdout"}`: false,
		`{"message":"x","kubernetes":{"pod_name":"p"}}`: true, `{"message":"x","kubernetes":"p"}`: false,
	} {
		if d.Parse([]byte(raw), 8); Is(d.Root()) != want {
			t.Errorf("%s: %v", raw, !want)
		}
	}
	for line, want := range map[string]bool{
		criLine: true, "2026-11-21T09:15:32Z stdout F": true, "2026-11-21T09:15:32Z stdout P:x y": true, "2026-11-21T09:15:32Z stdin F x": false,
		"2026-11-21T09:15:32Z stdout Fine day": false, "2026-11-21T09:15:32Z": false, "": false,
	} {
		if IsLine([]byte(line)) != want {
			t.Errorf("%s: %v", line, !want)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]relay.FaultReason{
		"a line":                              relay.FaultSyntax,
		"0000-00-00T00:00:00Z stdout F x":     relay.FaultTime,
		`{"stream":"stdout","log":{"a":"b"}}`: relay.FaultKind,
	} {
		if e := read(t, raw); e.Fault.Reason != want {
			t.Errorf("%s: %v", raw, e.Fault)
		}
	}
}

func FuzzContainer(f *testing.F) {
	for _, s := range []string{criLine, dockerLine, fluentLine, `{"log":"","message":[1],"kubernetes":{"container_name":{}},"container_name":"x","date":true}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var p Parser
		var es relay.Events
		if p.Append(&es, &relay.Record{Raw: raw, Origin: &relay.Origin{}}); len(es.List) != 1 {
			t.Fatalf("%d events", len(es.List))
		}
		object := reader()
		relaytest.CheckNothingLost(t, raw, func(es *relay.Events, r *relay.Record) bool {
			if len(raw) == 0 || raw[0] != '{' || !object(es, r) {
				return false
			}
			es.List[0].Class.(*relay.Message).Text += "\n" // which is not taken into it
			return true
		})
	})
}

func BenchmarkContainer(b *testing.B) {
	for name, raw := range map[string]string{"cri": criLine, "docker": dockerLine, "fluent": fluentLine} {
		b.Run(name, func(b *testing.B) { relaytest.BenchmarkReader(b, []byte(raw), reader()) })
	}
}

func reader() relaytest.Reader {
	var p Parser
	var d jsondoc.Doc
	line := relaytest.LineReader(p.Append)
	return func(es *relay.Events, r *relay.Record) bool {
		if len(r.Raw) == 0 || r.Raw[0] != '{' {
			return line(es, r)
		}
		return d.Parse(r.Raw, 8) && d.Root().IsObject() && p.AppendJSON(es, r, &d).Reason == relay.FaultNone
	}
}
