package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"logrelay/relay"
)

// firehoseKey and firehoseID are headers of Amazon Data Firehose (developer guide, "HTTP endpoint delivery request
// and response specifications").
const (
	firehoseKey = "X-Amz-Firehose-Access-Key"
	firehoseID  = "X-Amz-Firehose-Request-Id"
)

// genericPath is the route for text and JSON; a kind may stand behind it: /ingest/vpcflow.
const genericPath = "/ingest"

// bodyForm is how one protocol puts a batch into a request.
type bodyForm struct {
	name        string
	path        string // of the route
	contentType string
	values      bool   // the input is a run of JSON values, not of lines
	requestID   string // header that carries the id; "" when there is none
	encode      func(b *sendBatch) (body []byte, id string)
	authorize   func(h http.Header, user, token string)
	confirm     func(a httpAnswer, id string) error // of a 200
}

var bodyForms = map[string]bodyForm{
	"text":     {name: "text", path: genericPath, contentType: "text/plain", encode: encodeLines, authorize: bearer, confirm: taken},
	"ndjson":   {name: "ndjson", path: genericPath, contentType: "application/x-ndjson", encode: encodeLines, authorize: bearer, confirm: taken},
	"json":     {name: "json", path: genericPath, contentType: "application/json", values: true, encode: encodeLines, authorize: bearer, confirm: taken},
	"hec":      {name: "hec", path: "/services/collector/event", contentType: "application/json", encode: encodeHEC, authorize: splunk, confirm: taken},
	"hec-raw":  {name: "hec-raw", path: "/services/collector/raw", contentType: "text/plain", encode: encodeLines, authorize: splunk, confirm: taken},
	"firehose": {name: "firehose", path: "/firehose", contentType: "application/json", requestID: firehoseID, encode: encodeFirehose, authorize: firehose, confirm: firehoseTaken},
}

func formatNames() []string {
	var names []string
	for name := range bodyForms {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// encodeLines puts one record on a line, after the header that they need.
func encodeLines(b *sendBatch) ([]byte, string) {
	body := make([]byte, 0, b.bytes+len(b.records)+len(b.header)+1)
	if b.header != nil {
		body = append(append(body, b.header...), '\n')
	}
	for _, r := range b.records {
		body = append(append(body, r...), '\n')
	}
	return body, ""
}

// encodeHEC puts each record into an envelope: JSON as it is, other lines as a string.
func encodeHEC(b *sendBatch) ([]byte, string) {
	var body []byte
	for _, r := range b.records {
		body = append(body, `{"event":`...)
		if json.Valid(r) && string(r) != "null" && string(r) != `""` {
			body = append(body, r...)
		} else {
			body = appendJSONString(body, r)
		}
		body = append(body, '}')
	}
	return body, ""
}

func appendJSONString(dst, s []byte) []byte {
	q, err := json.Marshal(string(s))
	if err != nil {
		panic("BUG: a string that JSON cannot hold: " + err.Error())
	}
	return append(dst, q...)
}

// encodeFirehose makes a request as Firehose does: each record in base64, the id in the body too. Lines of a flow log with its own
// columns share a record with the header.
func encodeFirehose(b *sendBatch) ([]byte, string) {
	id := newRequestID()
	body := fmt.Appendf(nil, `{"requestId":%q,"timestamp":%d,"records":[`, id, time.Now().UnixMilli())
	records := b.records
	if b.header != nil {
		lines, _ := encodeLines(b)
		records = [][]byte{lines}
	}
	for i, r := range records {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, `{"data":"`...)
		body = base64.StdEncoding.AppendEncode(body, r)
		body = append(body, `"}`...)
	}
	return append(body, "]}"...), id
}

func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func bearer(h http.Header, user, token string) {
	if user != "" {
		h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+token)))
		return
	}
	h.Set("Authorization", "Bearer "+token)
}

func splunk(h http.Header, user, token string) {
	if user != "" {
		bearer(h, user, token)
		return
	}
	h.Set("Authorization", "Splunk "+token)
}

func firehose(h http.Header, _, token string) { h.Set(firehoseKey, token) }

func taken(httpAnswer, string) error { return nil }

// firehoseTaken is as strict as Firehose: a 200 counts only with the same request id in a JSON body.
func firehoseTaken(a httpAnswer, id string) error {
	var answer struct {
		RequestID string `json:"requestId"`
	}
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	if kind == "application/json" && json.Unmarshal(a.text, &answer) == nil && answer.RequestID == id {
		return nil
	}
	return relay.WithHint(fmt.Errorf("answer %s without the request id: Firehose would take it for a failure", strconv.Quote(printable(string(a.text), 200))),
		"is that a Firehose route? Give --to without a path")
}
