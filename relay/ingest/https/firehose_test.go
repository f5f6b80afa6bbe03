package https

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"logrelay/relay"
)

func firehoseBody(t testing.TB, records ...[]byte) []byte {
	t.Helper()
	type data struct {
		Data []byte `json:"data"`
	}
	body := struct {
		ID      string `json:"requestId"`
		Records []data `json:"records"`
	}{ID: "ignored"}
	for _, r := range records {
		body.Records = append(body.Records, data{r})
	}
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func firehoseHeader(id string) header {
	return header{"Authorization": "-", "X-Amz-Firehose-Access-Key": secret, "X-Amz-Firehose-Request-Id": id,
		"X-Amz-Firehose-Source-Arn": "arn:aws:firehose:eu-central-1:123456789012:deliverystream/logs"}
}

func TestFirehoseRecords(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Limits: Limits{Record: 1000}})
	flow := `{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"G","logStream":"S","subscriptionFilters":[],"logEvents":[{"id":"7","timestamp":5,"message":"line 1\nline 2"}]}`
	for name, c := range map[string]struct {
		records []string
		want    []string
	}{
		"lines":                {[]string{"a\nb\n", "c"}, []string{"a", "b", "c"}},
		"JSON back to back":    {[]string{`{"a":1}{"b":2}`}, []string{`{"a":1}`, `{"b":2}`}},
		"JSON that is broken":  {[]string{`{"a":1}{"b":`}, []string{`{"a":1}{"b":`}},
		"JSON too long":        {[]string{`{"a":"` + strings.Repeat("x", 1500) + `"}`}, []string{`{"a":"` + strings.Repeat("x", 994), strings.Repeat("x", 506) + `"}`}},
		"two envelopes":        {[]string{string(gzipped(t, []byte(flow+flow)))}, []string{"line 1\nline 2", "line 1\nline 2"}},
		"an envelope as it is": {[]string{flow, "x"}, []string{"line 1\nline 2", "x"}},
	} {
		var records [][]byte
		for _, s := range c.records {
			records = append(records, []byte(s))
		}
		a := r.post(t, "/ingest/vpcflow", firehoseBody(t, records...), firehoseHeader(name))
		wantAnswer(t, a, 200, "")
		got := r.sink.take()
		wantRecords(t, got, c.want...)
		for i, s := range got {
			if s.ordinal != uint64(i) || s.origin.Kind != "vpcflow" || s.origin.Delivery == "" {
				t.Errorf("%s: %+v", name, s)
			}
			if s.raw == "x" && len(s.origin.Attrs) != 1 {
				t.Errorf("%s: attributes of the envelope before it: %v", name, s.origin.Attrs)
			}
		}
	}
}

func TestFirehoseRefuses(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Limits: Limits{Body: 4 << 20}})
	long := strings.Repeat("a", 8000)
	for name, body := range map[string]string{
		"cut":           `{"records":[{"data":"eA=="}`,
		"no records":    `{"requestId":"x"}`,
		"records":       `{"records":{"data":"eA=="}}`,
		"tail":          `{"records":[]} x`,
		"no data":       `{"records":[{"data":"eA=="},{}]}`,
		"data":          `{"records":[{"data":"eA=="},{"data":5}]}`,
		"base64":        `{"records":[{"data":"eA=="},{"data":"!!"}]}`,
		"gzip":          string(firehoseBody(t, []byte("good"), gzipped(t, []byte(long))[:40])),
		"late gzip":     string(firehoseBody(t, []byte(strings.Repeat("good\n", 100_000)), gzipped(t, []byte(long))[:40])),
		"large record":  string(firehoseBody(t, make([]byte, 2<<20))),
		"large body":    strings.Repeat(" ", 5<<20),
		"gzip bomb":     string(firehoseBody(t, gzipped(t, make([]byte, 16<<20)))),
		"nothing":       ``,
		"only an array": `[]`,
	} {
		a := r.post(t, "/firehose", []byte(body), firehoseHeader(name))
		if a.status != 400 || !strings.Contains(a.body, `"requestId":"`+name+`"`) || !strings.Contains(a.body, "errorMessage") || len(r.sink.take()) > 0 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	h := firehoseHeader("x")
	h["X-Amz-Firehose-Common-Attributes"] = `{"commonAttributes":{"a":{"b":1}}}`
	wantAnswer(t, r.post(t, "/firehose", firehoseBody(t), h), 400, "")
	h = firehoseHeader("-")
	wantAnswer(t, r.post(t, "/firehose", firehoseBody(t), h), 400, "")
}

// Whatever fails in the middle of a delivery: the retry adds what is missing, once, with the ordinals that belong there.
func TestFirehoseResumes(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	var lines strings.Builder
	const n = 20_000
	for i := range n {
		fmt.Fprintf(&lines, "record number %08d of the delivery\n", i)
	}
	body := firehoseBody(t, []byte(lines.String()), []byte("last"))
	puts := r.sink.puts
	r.sink.setFail(func(put int) error {
		if put == puts+2 {
			return relay.ErrFull
		}
		return nil
	})
	a := r.post(t, "/firehose", body, firehoseHeader("one"))
	wantAnswer(t, a, 503, "")
	first := r.sink.take()
	if len(first) == 0 || len(first) >= n {
		t.Fatalf("%d records before the failure", len(first))
	}
	wantAnswer(t, r.post(t, "/firehose", body, firehoseHeader("one")), 200, "")
	all := append(first, r.sink.take()...)
	if len(all) != n+1 || all[n].raw != "last" {
		t.Fatalf("%d records in all", len(all))
	}
	for i, s := range all {
		if s.ordinal != uint64(i) || i < n && s.raw != fmt.Sprintf("record number %08d of the delivery", i) {
			t.Fatalf("record %d has ordinal %d: %s", i, s.ordinal, s.raw)
		}
	}
	wantAnswer(t, r.post(t, "/firehose", body, firehoseHeader("one")), 200, "")
	if again := r.sink.take(); len(again) > 0 {
		t.Errorf("a third time stored %d records", len(again))
	}
	wantAnswer(t, r.post(t, "/firehose", firehoseBody(t, []byte("x")), firehoseHeader("two")), 200, "")
	wantRecords(t, r.sink.take(), "x")
}

// A delivery that another version of the splitter began is stored anew, under ids of its own.
func TestFirehoseOfAnotherSplitter(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	arn := firehoseHeader("")["X-Amz-Firehose-Source-Arn"]
	old := deliveryID("", arn, "one")
	r.sink.marks = map[relay.ID]relay.Mark{old: {Delivery: old, Next: 1, Splitter: "firehose/9"}}
	wantAnswer(t, r.post(t, "/firehose", firehoseBody(t, []byte("a\nb")), firehoseHeader("one")), 200, "")
	got := r.sink.take()
	wantRecords(t, got, "a", "b")
	if got[0].origin.DeliveryID == old {
		t.Error("ids were used again")
	}
	if deliveryID("", arn, "x") == deliveryID("blue", arn, "x") {
		t.Error("tenants share deliveries")
	}
}

// Retries that come while the first is under way wait for it, and store nothing.
func TestFirehoseAtTheSameTime(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	release, entered := make(chan struct{}), make(chan struct{}, 100)
	r.sink.setFail(func(put int) error {
		entered <- struct{}{}
		<-release
		if put == 0 {
			return relay.ErrFull
		}
		return nil
	})
	var wg sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		wg.Go(func() {
			a, err := r.try("POST", "/firehose", strings.NewReader(string(firehoseBody(t, []byte("once")))), firehoseHeader("same"))
			if err != nil {
				t.Error(err)
			}
			statuses[i] = a.status
		})
	}
	<-entered
	close(release)
	wg.Wait()
	full := 0
	for _, s := range statuses {
		if s == 503 {
			full++
		} else if s != 200 {
			t.Errorf("status %d", s)
		}
	}
	if full != 1 {
		t.Errorf("statuses %v: one met a full buffer", statuses)
	}
	wantRecords(t, r.sink.take(), "once")
	if r.opt.Flights.Len() > 0 {
		t.Error("deliveries are left open")
	}
}

func FuzzFirehose(f *testing.F) {
	f.Add([]byte(`{"requestId":"x","timestamp":1,"records":[{"data":"aGVsbG8="},{"data":""}]}`))
	f.Add(firehoseBody(f, gzipped(f, []byte(`{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"G","logStream":"S","logEvents":[{"message":"x"}]}`)), []byte("a\nb")))
	f.Add([]byte(`{"records":[{"data":"!"}]}`))
	h := newHarness(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		n, status := h.serve(t, "/firehose", body, firehoseHeader("f"))
		if status == 413 || status == 202 || status == 204 || status >= 500 || n > 0 && status != 200 {
			t.Fatalf("status %d, %d records", status, n)
		}
		if status == 200 {
			var v struct{ Records []struct{ Data string } }
			if err := json.Unmarshal(body, &v); err != nil && strings.ToValidUTF8(string(body), "") == string(body) {
				t.Fatalf("%s taken: %v", body, err)
			}
			for _, r := range v.Records {
				if _, err := base64.StdEncoding.DecodeString(r.Data); err != nil {
					t.Fatalf("%q taken: %v", r.Data, err)
				}
			}
		}
	})
}
