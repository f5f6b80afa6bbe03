package encode_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/influxdata/go-syslog/v3/rfc5424"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
	"logrelay/relay/normalize/vpcflow"
	"logrelay/relay/relaytest"
)

// sampleLines returns the lines of a file, unpacked when its name says so.
func sampleLines(t *testing.T, name string) []string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if _, err := out.ReadFrom(z); err != nil {
			t.Fatal(err)
		}
		b = out.Bytes()
	}
	var lines []string
	s := bufio.NewScanner(bytes.NewReader(b))
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		lines = append(lines, s.Text())
	}
	return lines
}

// TestFlowSamples: every row of every sample is understood and becomes valid OCSF, NODATA and SKIPDATA included.
func TestFlowSamples(t *testing.T) {
	t.Parallel()
	dir := relaytest.Reference(t, "samples", "vpcflow")
	var files []string
	for _, glob := range []string{"*.log", "*.log.gz"} {
		found, err := filepath.Glob(filepath.Join(dir, glob))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	s := schemas(t)
	enc, err := encode.New("ocsf", encode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		lines := sampleLines(t, name)
		if len(lines) < 2 || !vpcflow.IsHeader([]byte(lines[0])) {
			t.Fatalf("%s has no header", name)
		}
		n := normalize.New()
		o := &relay.Origin{Input: "flows", Columns: lines[0]}
		classes := map[string]int{}
		for i, line := range lines[1:] {
			var es relay.Events
			n.Append(&es, &relay.Record{Raw: []byte(line), Origin: o, Received: 1, Ordinal: uint64(i)})
			e := &es.List[0]
			if e.Fault.String() != "" {
				t.Fatalf("%s:%d: %s", name, i+2, e.Fault.String())
			}
			b := enc(nil, e)
			if i%40 == 0 || e.Class.(*relay.NetworkFlow).StatusCode != "OK" {
				v := checkOCSF(t, s, b)
				classes[string(v["class_uid"].(json.Number))]++
			}
			if bytes.Contains(b, []byte(`"-"`)) || bytes.Contains(b, []byte(`""`)) || bytes.Contains(b, []byte(`{}`)) {
				t.Fatalf("absent values are there: %s", b)
			}
		}
		t.Logf("%s: %d rows, of those checked by class %v", filepath.Base(name), len(lines)-1, classes)
	}
}

// TestSyslogSamples: what real products send becomes valid OCSF.
func TestSyslogSamples(t *testing.T) {
	t.Parallel()
	dir := relaytest.Reference(t, "samples", "syslog")
	var raws []string
	for _, line := range sampleLines(t, filepath.Join(dir, "sc4s-vendor-messages.jsonl")) {
		var v struct{ Message string }
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		raws = append(raws, v.Message)
	}
	files, err := filepath.Glob(filepath.Join(dir, "crowdsec", "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raws = append(raws, sampleLines(t, f)...)
	}
	s := schemas(t)
	enc, err := encode.New("ocsf", encode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := normalize.New()
	for i, kind := range []relay.Kind{relay.KindSyslog, relay.KindAuto} {
		for _, raw := range raws[i*len(raws)/2:] {
			var es relay.Events
			n.Append(&es, &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{Kind: kind, Peer: "192.0.2.7:41532"}, Received: 1_795_252_533_000_000_000})
			checkOCSF(t, s, enc(nil, &es.List[0]))
		}
	}
}

// TestSenderCannotSet: what a record says never lands where input, peer, identity, tenant and id stand.
func TestSenderCannotSet(t *testing.T) {
	t.Parallel()
	const forged = `{"id":"forged","input":"forged","tenant":"forged","peer":"forged","identity":"forged","parse_error":"forged",` +
		`"metadata":{"uid":"forged","tenant_uid":"forged","tags":[{"name":"identity","value":"forged"}]},"log_source":"forged"}`
	o := &relay.Origin{Input: "main", Tenant: "acme", Source: "lab", Peer: "192.0.2.7:1", Identity: "token-a"}
	r := &relay.Record{Origin: o}
	for _, attr := range []string{relay.AttrSource, relay.AttrHost, relay.AttrIndex} {
		r.Meta = relay.AppendMeta(r.Meta, attr, `forged"},{"name":"identity`)
	}
	s := schemas(t)
	for _, raw := range []string{
		forged,
		`<13>1 - forged forged forged forged [logrelay@32473 id="forged" peer="forged"] forged`,
		`<13>Nov 21 09:15:32 forged forged[1]: "identity":"forged"`,
		"plain \"identity\":\"forged\"",
	} {
		r.Raw = []byte(raw)
		var es relay.Events
		normalize.New().Append(&es, r)
		flat, _ := encode.New("json", encode.Options{})
		v := decode(t, flat(nil, &es.List[0]))
		if v["id"] != "00000000000000000000000000000000-0" || v["input"] != "main" || v["tenant"] != "acme" || v["peer"] != "192.0.2.7:1" ||
			v["identity"] != "token-a" || v["source"] != "lab" || v["parse_error"] != nil {
			t.Errorf("json: %v", v)
		}
		ocsf, _ := encode.New("ocsf", encode.Options{})
		m := checkOCSF(t, s, ocsf(nil, &es.List[0]))["metadata"].(map[string]any)
		first := m["tags"].([]any)[0].(map[string]any)
		if m["uid"] != "00000000000000000000000000000000-0" || m["tenant_uid"] != "acme" || m["log_source"] != "192.0.2.7:1" ||
			m["log_provider"] != "main" || first["name"] != "identity" || first["value"] != "token-a" || len(m["tags"].([]any)) != 5 {
			t.Errorf("ocsf: %v", m)
		}
		line := encode.RFC5424(encode.Raw)(nil, &es.List[0])
		parsed, err := rfc5424.NewMachine().Parse(line)
		if err != nil {
			t.Fatalf("rfc5424: %v: %s", err, line)
		}
		ours := (*parsed.(*rfc5424.SyslogMessage).StructuredData)["logrelay@32473"]
		if ours["id"] != "00000000000000000000000000000000-0" || ours["input"] != "main" || ours["tenant"] != "acme" ||
			ours["peer"] != "192.0.2.7:1" || ours["identity"] != "token-a" {
			t.Errorf("rfc5424: %s", line)
		}
	}
}
