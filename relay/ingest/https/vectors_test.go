package https

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
)

// vector is one line of requests.jsonl.
type vector struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body_b64"`
	Status  int               `json:"expect_status"`
	Code    *int              `json:"expect_code"`
	Events  []string          `json:"expect_events"`
	Records []string          `json:"expect_records"`
}

func vectors(t *testing.T, path string) (out []vector) {
	t.Helper()
	lines := bufio.NewScanner(bytes.NewReader(sample(t, path)))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

func TestHECVectors(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Auth: Auth{Tokens: []Token{{Name: "hec", Secret: "11111111-2222-3333-4444-555555555555"}}}})
	for _, v := range vectors(t, "hec/requests.jsonl") {
		v.Headers["Authorization"] = orDash(v.Headers["Authorization"])
		a := r.do(t, v.Method, v.Path, bytes.NewReader(v.Body), v.Headers)
		var got struct {
			Text  string
			Code  *int
			Event *int `json:"invalid-event-number"`
		}
		if err := json.Unmarshal([]byte(a.body), &got); err != nil || got.Code == nil || got.Text == "" {
			t.Fatalf("%s: answer %s: %v", v.ID, a.body, err)
		}
		if a.status != v.Status || *got.Code != *v.Code {
			t.Errorf("%s: %d %s, want %d with code %d", v.ID, a.status, a.body, v.Status, *v.Code)
		}
		want := v.Events
		if v.ID == "partly-bad-batch" {
			if want = []string{"ok"}; got.Event == nil || *got.Event != 1 {
				t.Errorf("%s: %s", v.ID, a.body)
			}
		}
		records := r.sink.take()
		if fmt.Sprint(raws(records)) != fmt.Sprint(want) {
			t.Errorf("%s: records %q, want %q", v.ID, raws(records), want)
		}
		if v.ID == "single" && fmt.Sprint(records[0].meta) != "map[host:h1 sourcetype:x time:1763716532123000000]" {
			t.Errorf("%s: attributes %v", v.ID, records[0].meta)
		}
	}
}

func TestFirehoseVectors(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Auth: Auth{Tokens: []Token{{Name: "fh", Secret: "fh-access-key-1", Tenant: "green"}}}})
	for _, v := range vectors(t, "firehose/requests.jsonl") {
		v.Headers["Authorization"] = "-"
		a := r.do(t, "POST", "/firehose", bytes.NewReader(v.Body), v.Headers)
		var got struct {
			RequestID string
			Timestamp int64
			Error     string `json:"errorMessage"`
		}
		if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.header.Get("Content-Type") != "application/json" || a.header.Get("Content-Length") == "" {
			t.Fatalf("%s: answer %s %v: %v", v.ID, a.body, a.header, err)
		}
		if a.status != v.Status || got.RequestID != v.Headers["X-Amz-Firehose-Request-Id"] || got.Timestamp < 1e12 || (got.Error == "") != (v.Status == 200) {
			t.Errorf("%s: %d %s, want %d", v.ID, a.status, a.body, v.Status)
		}
		records := r.sink.take()
		if fmt.Sprintf("%q", raws(records)) != fmt.Sprintf("%q", v.Records) {
			t.Errorf("%s: records %q, want %q", v.ID, raws(records), v.Records)
		}
		for i, rec := range records {
			o := rec.origin
			if o.DeliveryID.IsZero() || rec.ordinal != uint64(i) || o.Tenant != "green" || o.Attrs[0].Key != "source_arn" || o.Identity != "fh" {
				t.Errorf("%s: record %d has ordinal %d, origin %+v", v.ID, i, rec.ordinal, o)
			}
			if v.ID == "common-attributes" && fmt.Sprint(o.Attrs[1:]) != "[{firehose.env } {firehose.tenant blue}]" {
				t.Errorf("%s: attributes %v", v.ID, o.Attrs)
			}
			if v.ID == "cwl-data-message" && (len(rec.meta["time"]) != 19 || rec.meta["id"] == "" || len(o.Attrs) != 4) {
				t.Errorf("%s: attributes %v %v", v.ID, rec.meta, o.Attrs)
			}
		}
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
