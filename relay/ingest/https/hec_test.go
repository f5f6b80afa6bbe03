package https

import (
	"fmt"
	"strings"
	"testing"
)

func hecHeader() header { return header{"Authorization": "Splunk " + secret} }

func TestHECEvents(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Limits: Limits{Record: 2000}})
	long := strings.Repeat("x", 70_000)
	for _, c := range []struct {
		name, body string
		status     int
		answer     string
		want       []string
		meta       string // of the first record
	}{
		{"all fields", `{"time":"1763716532.5","host":"h","source":"s","sourcetype":"st","index":"i","event":{"n":1.50,"a":[1]},"fields":{"k":"v","l":["a",1]}}`, 200, `{"text":"Success","code":0}`,
			[]string{`{"n":1.50,"a":[1]}`}, `map[fields:{"k":"v","l":["a",1]} host:h index:i source:s sourcetype:st time:1763716532500000000]`},
		{"null is missing", `{"time":null,"host":null,"event":"a\nb","fields":null,"other":[]}`, 200, "", []string{"a\nb"}, "map[]"},
		{"any JSON", `{"event":1.0}{"event":true}{"event":[1,2]}` + "\n" + `{"event":"\u00e9"}`, 200, "", []string{"1.0", "true", "[1,2]", "é"}, "map[]"},
		{"escaped names", `{"ev\u0065nt":"x"}`, 200, "", []string{"x"}, "map[]"},
		{"null event", `{"event":"ok"}{"event":null}`, 400, `{"text":"Event field is required","code":12,"invalid-event-number":1}`, []string{"ok"}, ""},
		{"blank event", `{"event":" \t"}`, 400, `{"text":"Event field cannot be blank","code":13,"invalid-event-number":0}`, nil, ""},
		{"broken after good ones", `{"event":"a"}{"event":"b"} oops`, 400, `{"text":"Invalid data format","code":6,"invalid-event-number":2}`, []string{"a", "b"}, ""},
		{"array", `[{"event":"a"}]`, 400, `{"text":"Invalid data format","code":6,"invalid-event-number":0}`, nil, ""},
		{"time", `{"event":"a","time":"yesterday"}`, 400, `{"text":"Invalid data format","code":6,"invalid-event-number":0}`, nil, ""},
		{"host", `{"event":"a","host":{}}`, 400, `{"text":"Invalid data format","code":6,"invalid-event-number":0}`, nil, ""},
		{"nested fields", `{"event":"a","fields":{"k":{"l":1}}}`, 400, `{"text":"Error in handling indexed fields","code":15,"invalid-event-number":0}`, nil, ""},
		{"nested in an array", `{"event":"a","fields":{"k":["x",["y"]]}}`, 400, `{"text":"Error in handling indexed fields","code":15,"invalid-event-number":0}`, nil, ""},
		{"fields no object", `{"event":"a","fields":"k"}`, 400, `{"text":"Error in handling indexed fields","code":15,"invalid-event-number":0}`, nil, ""},
		{"large fields", `{"event":"a","fields":{"k":"` + long + `"}}`, 400, `{"text":"Error in handling indexed fields","code":15,"invalid-event-number":0}`, nil, ""},
		{"large host", `{"event":"a","host":"` + long + `"}`, 400, `{"text":"Invalid data format","code":6,"invalid-event-number":0}`, nil, ""},
		{"long event", `{"event":"a"}{"event":"` + strings.Repeat("x", 3000) + `"}`, 413, `{"text":"Content is too large","code":26}`, nil, ""},
		{"blanks", " \n", 400, `{"text":"No data","code":5}`, nil, ""},
	} {
		a := r.post(t, "/services/collector/event/1.0", []byte(c.body), hecHeader())
		got := r.sink.take()
		if a.status != c.status || c.answer != "" && a.body != c.answer || fmt.Sprintf("%q", raws(got)) != fmt.Sprintf("%q", c.want) {
			t.Errorf("%s: %d %s, records %.200q", c.name, a.status, a.body, raws(got))
		}
		if c.meta != "" && fmt.Sprint(got[0].meta) != c.meta {
			t.Errorf("%s: attributes %v, want %s", c.name, got[0].meta, c.meta)
		}
	}
	h := hecHeader()
	h["Content-Encoding"] = "gzip"
	wantAnswer(t, r.post(t, "/services/collector", []byte("no gzip"), h), 400, `{"text":"Invalid data format","code":6}`)
	wantAnswer(t, r.post(t, "/services/collector/ack?channel=x", []byte(`{"acks":[1]}`), hecHeader()), 400, `{"text":"ACK is disabled","code":14}`)
	wantAnswer(t, r.do(t, "GET", "/services/collector", nil, hecHeader()), 405, "")
	wantAnswer(t, r.do(t, "HEAD", "/services/collector/health", nil, header{"Authorization": "-"}), 200, "")
}

func TestHECRaw(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Auth: Auth{Tokens: []Token{{Name: "a", Secret: secret}, {Name: "b", Secret: "fixed", HEC: HECFields{Index: "mine"}}}}})
	query := "/services/collector/raw/1.0?host=h&source=s&sourcetype=st&index=i&time=1763716532.25"
	wantAnswer(t, r.post(t, query, []byte("line 1\n{\"a\":\n"), hecHeader()), 200, `{"text":"Success","code":0}`)
	got := r.sink.take()
	wantRecords(t, got, "line 1", `{"a":`)
	if s := fmt.Sprint(got[0].origin.Attrs); s != "[{host h} {source s} {sourcetype st} {index i} {time 1763716532250000000}]" {
		t.Errorf("attributes %s", s)
	}
	wantAnswer(t, r.post(t, query, []byte("x"), header{"Authorization": "Splunk fixed"}), 200, "")
	if s := fmt.Sprint(r.sink.take()[0].origin.Attrs); !strings.Contains(s, "{index mine}") || strings.Contains(s, "{index i}") {
		t.Errorf("attributes %s: the sender chose the index", s)
	}
	for channel, want := range map[string]string{
		"fe0ecfad-13d5-401b-847d-77833bd77131": `{"text":"Success","code":0}`,
		"FE0ECFAD-13D5-401B-847D-77833BD77131": `{"text":"Success","code":0}`,
		"":                                     `{"text":"Success","code":0}`,
		"channel-1":                            `{"text":"Invalid data channel","code":11}`,
		"fe0ecfad-13d5-401b-847d-77833bd7713g": `{"text":"Invalid data channel","code":11}`,
		"fe0ecfad013d5-401b-847d-77833bd77131": `{"text":"Invalid data channel","code":11}`,
	} {
		if a := r.post(t, "/services/collector/raw?channel="+channel, []byte("x"), hecHeader()); a.body != want {
			t.Errorf("channel %q: %s", channel, a.body)
		}
	}
	wantAnswer(t, r.post(t, "/services/collector/raw", nil, hecHeader()), 400, `{"text":"No data","code":5}`)
}

// When the buffer is full after some of the events are stored, the answer is "busy": the sender comes again with all of them.
func TestHECFullInTheMiddle(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	r.sink.setFail(func(put int) error {
		if put == 1 {
			return fmt.Errorf("second: %w", errStore)
		}
		return nil
	})
	body := []byte(strings.Repeat(`{"event":"some text that is stored"}`, 20_000))
	wantAnswer(t, r.post(t, "/services/collector", body, hecHeader()), 503, `{"text":"Server is busy","code":9}`)
	if n := len(r.sink.take()); n == 0 || n >= 20_000 {
		t.Errorf("%d records before the failure", n)
	}
}
