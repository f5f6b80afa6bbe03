package elastic

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/forward"
	"logrelay/relay/forward/web"
	"logrelay/relay/relaytest"
)

func start(t testing.TB, h http.HandlerFunc, o Options) *Destination {
	t.Helper()
	far := httptest.NewServer(h)
	t.Cleanup(far.Close)
	return to(t, far.URL, o)
}

// patience bounds what a test waits for; it is never waited for when all is well.
const patience = 4 * time.Minute

func to(t testing.TB, url string, o Options) *Destination {
	t.Helper()
	o.Web.Timeout, o.Web.ConnectTimeout = patience, patience
	o.Web.URLs, o.Web.Insecure, o.Web.Credentials = []string{url + strings.Join(o.Web.URLs, "")}, true, credentials
	if o.Encode == nil {
		o.Encode = message
	}
	if o.Index == "" {
		o.Index, o.DataStream = "logs-test-default", true
	}
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// taken answers as if all went well.
func taken(w http.ResponseWriter, body []byte) {
	n := strings.Count(string(body), "\n") / 2
	fmt.Fprintf(w, `{"errors":false,"items":[%s]}`, strings.TrimSuffix(strings.Repeat(`{"create":{"status":201}},`, n), ","))
}

func TestRequests(t *testing.T) {
	t.Parallel()
	const query = "?filter_path=errors%2Citems.%2A.status%2Citems.%2A.error"
	const id = `"_id":"01000000000000000000000000000000-0"`
	for name, c := range map[string]struct {
		o       Options
		several bool
		want    string
	}{
		"data stream": {Options{}, false, "/_bulk" + query + "&require_data_stream=true " +
			`{"create":{"_index":"logs-test-default",` + id + "}}\n{\"message\":\"x\"}\n"},
		"index": {Options{Index: "test"}, false, "/_bulk" + query + ` {"create":{"_index":"test",` + id + "}}\n{\"message\":\"x\"}\n"},
		"with @timestamp": {Options{Index: "test", Timestamp: true}, false, "/_bulk" + query + ` {"create":{"_index":"test",` + id + "}}\n" +
			"{\"@timestamp\":\"2026-01-02T03:04:05Z\",\"message\":\"x\"}\n"},
		"placeholders": {Options{Index: "logs-{kind}-{tenant}"}, false, "/_bulk" + query + ` {"create":{"_index":"logs-syslog-acme_corp.eu",` + id + "}}\n{\"message\":\"x\"}\n"},
		"path and query given": {Options{Index: "test", Web: web.Options{URLs: []string{"/es/_bulk?pipeline=p"}}}, false, "/es/_bulk" + query + "&pipeline=p " +
			`{"create":{"_index":"test",` + id + "}}\n{\"message\":\"x\"}\n"},
		"several events of a record": {Options{Index: "test"}, true, "/_bulk" + query + ` {"create":{"_index":"test","_id":"01000000000000000000000000000000-0/1"}}` + "\n{\"message\":\"x\"}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			d := start(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				got = r.URL.String() + " " + string(body)
				if r.Header.Get("Content-Type") != "application/x-ndjson" || r.Header.Get("Authorization") != "ApiKey "+key {
					t.Errorf("headers %v", r.Header)
				}
				taken(w, body)
			}, c.o)
			es := relaytest.Events(0, 1)
			es[0].Record.Raw, es[0].Record.Origin.Tenant = []byte("x"), "Acme-Corp.EU"
			if c.several {
				es[0].Of, es[0].N = 3, 1
			}
			if err := d.Send(t.Context(), es); err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	item := func(status int, typ string) string {
		return fmt.Sprintf(`{"create":{"_index":"i","status":%d,"error":{"type":%q,"reason":"because of %s","caused_by":{"type":"x","reason":"inner"}}}}`, status, typ, key)
	}
	const ok, there = `{"create":{"status":201}}`, `{"create":{"_index":"i","_id":"1","_version":1,"result":"created","_shards":{"total":2},"status":201}}`
	conflict := item(409, "version_conflict_engine_exception")
	for name, c := range map[string]struct {
		status int
		items  []string // of three events
		body   string   // in their place
		want   string
		hint   string
	}{
		"all":                       {items: []string{ok, ok, there}, want: "delivered"},
		"took and more":             {body: `{"took":3,"ingest_took":1,"errors":false,"more":{"items":[1]},"items":[` + ok + "," + ok + " ,\n" + ok + `],"x":[{}]}`, want: "delivered"},
		"was there before":          {items: []string{ok, conflict, conflict}, want: "delivered"},
		"another conflict":          {items: []string{ok, item(409, "resource_already_exists_exception"), ok}, want: "[0 2] retry"},
		"a bad document":            {items: []string{ok, item(400, "document_parsing_exception"), ok}, want: "[0 2] reject [1]"},
		"all bad":                   {items: []string{item(400, "mapper_parsing_exception"), item(400, "illegal_argument_exception"), item(413, "x")}, want: "reject [0 1 2]"},
		"overloaded":                {items: []string{ok, item(429, "es_rejected_execution_exception"), item(503, "unavailable_shards_exception")}, want: "[0] retry"},
		"bad ones first":            {items: []string{item(404, "index_not_found_exception"), item(429, "x"), item(400, "document_parsing_exception")}, want: "reject [2]"},
		"no index":                  {items: []string{item(404, "index_not_found_exception"), ok, item(429, "x")}, want: "[1] hold", hint: "index template"},
		"may not":                   {items: []string{item(403, "security_exception"), item(403, "security_exception"), item(403, "security_exception")}, want: "hold", hint: "create_doc"},
		"blocked":                   {items: []string{item(403, "cluster_block_exception"), ok, ok}, want: "[1 2] hold", hint: "blocked"},
		"closed":                    {items: []string{item(400, "index_closed_exception"), ok, ok}, want: "[1 2] hold", hint: "open the index"},
		"a status of the future":    {items: []string{ok, item(299, ""), item(777, "x")}, want: "[0 1] retry"},
		"no status":                 {items: []string{ok, `{"create":{}}`, `{"index":{"status":201}}`}, want: "[0] retry"},
		"an item that is none":      {items: []string{ok, `7`, ok}, want: "[0 2] retry"},
		"an error in words":         {items: []string{ok, `{"create":{"status":400,"error":"no"}}`, ok}, want: "[0 2] reject [1]"},
		"too few items":             {items: []string{ok}, want: "[0] retry"},
		"too many good items":       {items: []string{ok, ok, ok, ok, ok}, want: "delivered"},
		"too many items":            {items: []string{ok, ok, ok, item(400, "x")}, want: "delivered"},
		"cut short":                 {body: `{"errors":true,"items":[` + ok + "," + item(400, "x") + `,{"create"`, want: "[0] reject [1]"},
		"cut short at once":         {body: `{"errors":fal`, want: "retry"},
		"longer than is read":       {body: `{"errors":true,"items":[` + ok + `,{"create":{"status":400,"error":{"reason":"` + strings.Repeat("x", 1<<20) + `"}}}]}`, want: "[0] retry"},
		"a login page":              {body: "<html>log in</html>", want: "hold", hint: "something else"},
		"nothing":                   {body: " ", want: "hold", hint: "something else"},
		"another API":               {body: `{"text":"Success","code":0}`, want: "hold", hint: "something else"},
		"items of another kind":     {body: `{"items":7}`, want: "hold", hint: "something else"},
		"rubbish behind the items":  {items: []string{ok, ok, ok}, body: `{"items":[` + ok + "," + ok + "," + ok + `]} and more`, want: "delivered"},
		"the license":               {status: 403, body: `{"error":{"reason":"current license is non-compliant for [security]"}}`, want: "hold", hint: "license"},
		"wrong key":                 {status: 401, body: `{"error":{"reason":"unable to authenticate"}}`, want: "hold", hint: "token or password"},
		"no such route":             {status: 404, body: `{}`, want: "hold", hint: "path"},
		"a body that is too large":  {status: 413, body: "", want: "reject []"},
		"a request that is refused": {status: 400, body: `{"error":{"reason":"Malformed action/metadata line [1]"}}`, want: "reject []"},
		"overloaded as a whole":     {status: 429, body: `{}`, want: "retry after 3s"},
		"away":                      {status: 503, body: `no master`, want: "retry after 3s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := start(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.ReadAll(r.Body)
				w.Header().Set("Retry-After", "3")
				if c.status != 0 {
					w.WriteHeader(c.status)
				}
				if c.body == "" {
					c.body = `{"errors":true,"items":[` + strings.Join(c.items, ",") + `]}`
				}
				io.WriteString(w, c.body)
			}, Options{})
			err := d.Send(t.Context(), relaytest.Events(0, 3))
			if got := relaytest.Verdict(err); got != c.want {
				t.Errorf("%s (%v), want %s", got, err, c.want)
			}
			if hint := relay.HintOf(err); !strings.Contains(hint, c.hint) || (hint == "") != (c.hint == "") {
				t.Errorf("hint %q with %v", hint, err)
			}
			if err != nil && strings.Contains(err.Error(), key) {
				t.Errorf("the key shows: %v", err)
			}
		})
	}
}

// TestIndexOfOneKind: a kind without an index, of which a sender may have any, does not hold the events of other kinds.
func TestIndexOfOneKind(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		`{"create":{"status":404,"error":{"type":"index_not_found_exception"}}}`:  "[0 2] reject [1]",
		`{"create":{"status":403,"error":{"type":"security_exception"}}}`:         "[0 2] reject [1]",
		`{"create":{"status":400,"error":{"type":"index_closed_exception"}}}`:     "[0 2] reject [1]",
		`{"create":{"status":403,"error":{"type":"cluster_block_exception"}}}`:    "[0 2] hold",
		`{"create":{"status":401,"error":{"type":"security_exception"}}}`:         "[0 2] hold",
		`{"create":{"status":429,"error":{"type":"es_rejected_execution"}}}`:      "[0 2] retry",
		`{"create":{"status":400,"error":{"type":"document_parsing_exception"}}}`: "[0 2] reject [1]",
	} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			d := start(t, func(w http.ResponseWriter, _ *http.Request) {
				io.WriteString(w, `{"errors":true,"items":[{"create":{"status":201}},`+answer+`,{"create":{"status":201}}]}`)
			}, Options{Index: "logs-{kind}-default"})
			err := d.Send(t.Context(), relaytest.Events(0, 3))
			if got := relaytest.Verdict(err); got != want {
				t.Errorf("%s (%v), want %s", got, err, want)
			}
		})
	}
}

func TestEachRefusedDocumentHasItsReason(t *testing.T) {
	t.Parallel()
	d := start(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"errors":true,"items":[{"create":{"status":400,"error":{"type":"document_parsing_exception","reason":"field [a] for `+key+`",`+
			`"caused_by":{"type":"number_format_exception","reason":"For input string: \"x\u001b\""}}}},{"create":{"status":201}},{"create":{"status":400,"error":{"type":"other"}}}]}`)
	}, Options{})
	err := d.Send(t.Context(), relaytest.Events(0, 3))
	if got := relaytest.Verdict(err); got != "[1] reject [0 2]" {
		t.Fatalf("%s: %v", got, err)
	}
	reject, _ := errors.AsType[*relay.RejectError](err)
	want := []string{`400 document_parsing_exception: field [a] for <secret> (For input string: "x ")`, "400 other"}
	if !slices.Equal(reject.Answers, want) || reject.Answer != want[0] {
		t.Errorf("answers %q, want %q", reject.Answers, want)
	}
	if strings.Contains(err.Error(), "field [a]") {
		t.Errorf("the error repeats what may be the event: %v", err)
	}
}

// A far end that does not know require_data_stream gets requests without it.
func TestWithoutRequireDataStream(t *testing.T) {
	t.Parallel()
	var queries []string
	d := start(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		queries = append(queries, r.URL.Query().Get("require_data_stream"))
		if queries[len(queries)-1] != "" {
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"error":{"type":"illegal_argument_exception","reason":"request [/_bulk] contains unrecognized parameter: [require_data_stream]"},"status":400}`)
			return
		}
		taken(w, body)
	}, Options{})
	for range 2 {
		if err := d.Send(t.Context(), relaytest.Events(0, 2)); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(queries, ","); got != "true,," {
		t.Errorf("require_data_stream was %q", got)
	}
}

// What was sent again because the answer was lost is there once.
func TestLostAnswersMakeNoDuplicates(t *testing.T) {
	t.Parallel()
	siem := relaytest.NewSIEM(relaytest.Options{Token: key})
	t.Cleanup(siem.Close)
	addr, err := siem.HTTP("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const n = 400
	var cursor relaytest.Cursor
	for _, e := range relaytest.Events(0, n) {
		cursor.AddRaw(relay.KindSyslog, string(e.Record.Raw))
	}
	d := to(t, "http://"+addr+"/elastic", Options{Timestamp: true})
	siem.Set(relaytest.Fault{Lose: true, Times: 2})
	p := forward.NewPump(forward.Options{
		Name: "test", Cursor: &cursor, Destination: d, DeadLetters: noLetters{}, BatchRecords: 100, MaxConcurrency: 2,
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	var wg sync.WaitGroup
	wg.Go(func() { _ = p.Run(ctx) })
	err = cursor.Wait(ctx, n)
	cancel()
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	times := map[uint64]int{}
	for _, r := range siem.Records() {
		seq, _ := relaytest.Sequence(r.Data)
		times[seq]++
	}
	for seq := range uint64(n) {
		if times[seq] != 1 {
			t.Fatalf("event %d is there %d times", seq, times[seq])
		}
	}
	if s := siem.Stats(); s.Requests <= n/100 {
		t.Errorf("%d requests: nothing was sent again", s.Requests)
	}
}

type noLetters struct{}

func (noLetters) Put(context.Context, relay.DeadLetter) error { panic("no event is refused here") }

func TestProbe(t *testing.T) {
	t.Parallel()
	const hello, yes, no = `{"version":{"number":"8.17.0"}}`, `{"has_all_requested":true}`, `{"has_all_requested":false}`
	for name, c := range map[string]struct {
		index             string
		root, may, head   int
		rootBody, mayBody string
		want, says        string
	}{
		"good":                   {root: 200, rootBody: hello, may: 200, mayBody: yes, head: 200, want: "delivered"},
		"a key that only writes": {root: 403, rootBody: `{}`, may: 200, mayBody: yes, head: 403, want: "delivered"},
		"not there yet":          {root: 200, rootBody: hello, may: 200, mayBody: yes, head: 404, want: "not tested", says: "not there yet"},
		"any of many":            {index: "logs-{kind}-default", root: 200, rootBody: hello, may: 200, mayBody: yes, head: 404, want: "delivered"},
		"may not write":          {root: 200, rootBody: hello, may: 200, mayBody: no, head: 200, want: "hold", says: "create_doc"},
		"no such question":       {root: 200, rootBody: hello, may: 400, mayBody: `no handler found`, head: 200, want: "not tested", says: "may write"},
		"behind a proxy":         {root: 403, may: 403, head: 403, want: "not tested", says: "may write"},
		"wrong key":              {root: 401, rootBody: `{}`, want: "hold", says: "401"},
		"a proxy passes GET":     {root: 403, may: 401, want: "hold", says: "401"},
		"license":                {root: 403, rootBody: `current license is non-compliant`, want: "hold", says: "license"},
		"another server":         {root: 200, rootBody: `<html>`, want: "hold", says: "something else"},
		"wrong path":             {root: 404, want: "hold", says: "path"},
		"no handler":             {root: 400, want: "hold", says: "path"},
		"away":                   {root: 503, want: "retry"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := start(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				switch line := r.Method + " " + r.URL.Path; line {
				case "GET /es/":
					w.WriteHeader(c.root)
					io.WriteString(w, c.rootBody)
				case "POST /es/_security/user/_has_privileges":
					if want := `["` + cmp.Or(strings.ReplaceAll(c.index, "{kind}", "*"), "logs-test-default") + `"]`; !strings.Contains(string(body), want) || !json.Valid(body) {
						t.Errorf("asks %s", body)
					}
					w.WriteHeader(c.may)
					io.WriteString(w, c.mayBody)
				case "HEAD /es/logs-test-default":
					w.WriteHeader(c.head)
				default:
					t.Errorf("check sends %s", line)
				}
			}, Options{Index: c.index, Web: web.Options{URLs: []string{"/es/"}}})
			err := d.Probe(t.Context())
			got := relaytest.Verdict(err)
			if errors.Is(err, forward.ErrNotTested) {
				got = "not tested"
			}
			if got != c.want {
				t.Errorf("%s (%v), want %s", got, err, c.want)
			}
			if err != nil && !strings.Contains(err.Error()+relay.HintOf(err), c.says) {
				t.Errorf("%v, hint %s", err, relay.HintOf(err))
			}
		})
	}
}
