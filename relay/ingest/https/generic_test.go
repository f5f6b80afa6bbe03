package https

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"logrelay/relay"

	"github.com/klauspost/compress/zstd"
)

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return out.Bytes()
}

func TestGeneric(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Limits: Limits{Record: 1000}})
	var zl bytes.Buffer
	w := zlib.NewWriter(&zl)
	io.WriteString(w, "deflated\n")
	w.Close()
	enc, _ := zstd.NewWriter(nil)
	zs := enc.EncodeAll([]byte("zstd\n"), nil)
	twice := append(gzipped(t, []byte("a\n")), gzipped(t, []byte("b\n"))...)
	for _, c := range []struct {
		name, path string
		body       string
		header     header
		status     int
		answer     string
		want       []string
	}{
		{"lines", "/", "a\nb\r\n\nc", nil, 200, `{"records":3}`, []string{"a", "b", "c"}},
		{"lines of anything", "/ingest", "a\x00\xff\nb", header{"Content-Type": "text/plain; charset=latin1"}, 200, "", []string{"a\x00\xff", "b"}},
		{"JSON as text", "/", "{\"a\":\n1}", header{"Content-Type": "text/plain"}, 200, "", []string{`{"a":`, `1}`}},
		{"NDJSON", "/", "{\"n\":12345678901234567890,\"a\":1.0}\n{}\n", header{"Content-Type": "application/x-ndjson"}, 200, "", []string{`{"n":12345678901234567890,"a":1.0}`, `{}`}},
		{"array", "/", `[{"a":1},{"b":2}]`, header{"Content-Type": "application/json"}, 200, "", []string{`{"a":1}`, `{"b":2}`}},
		{"sniffed, as curl sends it", "/", `{"a":1}{"b":2}`, header{"Content-Type": "application/x-www-form-urlencoded"}, 200, "", []string{`{"a":1}`, `{"b":2}`}},
		{"CloudTrail", "/", `{"Records":[{"a":1},{"b":2}]}`, nil, 200, "", []string{`{"a":1}`, `{"b":2}`}},
		{"gzip", "/", string(twice), header{"Content-Encoding": "gzip"}, 200, "", []string{"a", "b"}},
		{"gzip that nobody named", "/", string(twice), nil, 200, "", []string{"a", "b"}},
		{"deflate", "/", zl.String(), header{"Content-Encoding": "Deflate"}, 200, "", []string{"deflated"}},
		{"zstd", "/", string(zs), header{"Content-Encoding": "zstd"}, 200, "", []string{"zstd"}},
		{"empty", "/", "", nil, 200, `{"records":0}`, nil},
		{"long line", "/", strings.Repeat("x", 2500), nil, 200, `{"records":3}`, []string{strings.Repeat("x", 1000), strings.Repeat("x", 1000), strings.Repeat("x", 500)}},
		{"kind in the path", "/ingest/syslog/", "<13>x", nil, 200, "", []string{"<13>x"}},

		{"broken JSON", "/", "{\"a\":1}\n{\"b\":}\n", nil, 400, `{"error":"no JSON value at byte 13","offset":13}`, nil},
		{"broken gzip", "/", string(twice[:len(twice)-9]), header{"Content-Encoding": "gzip"}, 400, `{"error":"the compression is broken at byte 4","offset":4}`, nil},
		{"long JSON", "/", `{"a":1}{"b":"` + strings.Repeat("x", 1000) + `"}`, nil, 413, `{"error":"the JSON value at byte 7 is longer than a record may be (1000 bytes)","offset":7}`, nil},
		{"unknown coding", "/", "x", header{"Content-Encoding": "br"}, 415, "", nil},
		{"msgpack", "/", "x", header{"Content-Type": "application/msgpack"}, 415, "", nil},
		{"unknown path", "/nowhere", "x", nil, 404, `{"error":"no such path"}`, nil},
		{"unknown kind", "/ingest/nonsense", "x", nil, 404, "", nil},
		{"wrong token", "/", "x", header{"Authorization": "Bearer wrong"}, 401, `{"error":"the token is not known"}`, nil},
		{"no token", "/", "x", header{"Authorization": "-"}, 401, `{"error":"a token is needed"}`, nil},
		{"token in the query", "/?token=" + secret + "&access_token=" + secret, "x", header{"Authorization": "-"}, 401, "", nil},
		{"strange scheme", "/", "x", header{"Authorization": "Digest x"}, 401, "", nil},
		{"Basic", "/", "x", header{"Authorization": "Basic YW55OmNvcnJlY3QtaG9yc2UtYmF0dGVyeQ=="}, 200, "", []string{"x"}},
	} {
		a := r.post(t, c.path, []byte(c.body), c.header)
		got := r.sink.take()
		if a.status != c.status || c.answer != "" && a.body != c.answer || fmt.Sprint(raws(got)) != fmt.Sprint(c.want) {
			t.Errorf("%s: %d %s, records %q", c.name, a.status, a.body, raws(got))
		}
		if a.status == 401 && len(a.header.Values("WWW-Authenticate")) == 0 {
			t.Errorf("%s: no WWW-Authenticate", c.name)
		}
		if c.name == "long line" && (got[0].flags != relay.FlagMore || got[1].flags != relay.FlagMore|relay.FlagContinued || got[2].flags != relay.FlagContinued || got[2].meta["part"] != "1:3") {
			t.Errorf("%s: %+v", c.name, got)
		}
		if c.name == "kind in the path" && (got[0].origin.Kind != "syslog" || got[0].origin.Input != "web" || got[0].origin.Identity != "t" || !strings.HasPrefix(got[0].origin.Peer, "127.0.0.1:")) {
			t.Errorf("%s: %+v", c.name, got[0].origin)
		}
	}
	for method, want := range map[string]int{"GET": 405, "DELETE": 405, "PUT": 200} {
		a := r.do(t, method, "/", strings.NewReader("x"), nil)
		if a.status != want || want == 405 && a.header.Get("Allow") != "POST, PUT" {
			t.Errorf("%s: %d, Allow %q", method, a.status, a.header.Get("Allow"))
		}
	}
	wantAnswer(t, r.do(t, "GET", "/healthz", nil, header{"Authorization": "-"}), 200, "ok\n")
}

func TestFlowLogHeaders(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Columns: "configured"})
	wantAnswer(t, r.post(t, "/", []byte("version account-id action\n5 1 OK\n5 2 OK\naction version\nOK 5\n"), nil), 200, `{"records":3}`)
	wantAnswer(t, r.post(t, "/ingest/vpcflow", []byte("5 3 OK\n"), nil), 200, `{"records":1}`)
	var got []string
	for _, s := range r.sink.take() {
		got = append(got, fmt.Sprintf("%s|%s|%s", s.origin.Kind, s.origin.Columns, s.raw))
	}
	want := "[vpcflow|version account-id action|5 1 OK vpcflow|version account-id action|5 2 OK vpcflow|action version|OK 5 vpcflow|configured|5 3 OK]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A body of many batches is in custody as a whole and in order, or not at all.
func TestLargeBodies(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer
	const n = 60_000
	for i := range n {
		fmt.Fprintf(&lines, "{\"seq\":%d,\"text\":%q}\n", i, strings.Repeat("abcdefghij", i%7))
	}
	if lines.Len() <= 2*memoryBody {
		t.Fatal("the body is too small for this test")
	}
	r := start(t, Options{})
	for name, c := range map[string]struct {
		body []byte
		h    header
	}{
		"plain": {lines.Bytes(), nil},
		"gzip":  {gzipped(t, lines.Bytes()), header{"Content-Encoding": "gzip"}},
	} {
		a := r.post(t, "/", c.body, c.h)
		got := r.sink.take()
		if a.status != 200 || len(got) != n {
			t.Fatalf("%s: %d %s, %d records", name, a.status, a.body, len(got))
		}
		for i, s := range got {
			if !strings.HasPrefix(s.raw, fmt.Sprintf(`{"seq":%d,`, i)) {
				t.Fatalf("%s: record %d is %s", name, i, s.raw)
			}
		}
	}
	broken := append(bytes.Clone(lines.Bytes()), "{oops}\n"...)
	a := r.post(t, "/", broken, nil)
	if a.status != 400 || !strings.Contains(a.body, fmt.Sprintf(`"offset":%d`, lines.Len()+1)) || len(r.sink.take()) != 0 {
		t.Errorf("broken at the end: %d %s", a.status, a.body)
	}
}

func TestBodyLimits(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Limits: Limits{Body: 3 << 20, Decoded: 3 << 20}})
	small := start(t, Options{Limits: Limits{Spool: 2 << 20}})
	zeros := make([]byte, 6<<20)
	for name, c := range map[string]struct {
		body   []byte
		h      header
		status int
		text   string
	}{
		"as sent":       {zeros, nil, 413, "the body, as sent: at most 3145728 bytes"},
		"decoded":       {gzipped(t, zeros), header{"Content-Encoding": "gzip"}, 413, "the body, decoded: at most 3145728 bytes"},
		"spool":         {bytes.Repeat([]byte("line\n"), 3<<20/5), nil, 503, "too much is under way; try again later"},
		"within limits": {bytes.Repeat([]byte("line of text\n"), 2<<20/13-1), nil, 200, ""},
	} {
		r := r
		if name == "spool" {
			r = small
		}
		a := r.post(t, "/", c.body, c.h)
		if a.status != c.status || !strings.Contains(a.body, c.text) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		if n := len(r.sink.take()); (n > 0) != (c.status == 200) {
			t.Errorf("%s: %d records stored", name, n)
		}
	}
	// The length is not announced.
	a := r.do(t, "POST", "/", io.MultiReader(bytes.NewReader(zeros[:3<<20]), bytes.NewReader(zeros[:1<<20])), nil)
	if a.status != 413 {
		t.Errorf("chunked: %d %s", a.status, a.body)
	}
}

func TestSinkErrors(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	for _, c := range []struct {
		err    error
		status int
		retry  string
		hec    string
	}{
		{relay.ErrFull, 503, "10", `{"text":"Server is busy","code":9}`},
		{fmt.Errorf("putting: %w", relay.ErrBroken), 503, "10", `{"text":"Server is busy","code":9}`},
		{relay.ErrClosed, 503, "5", `{"text":"Server is shutting down","code":23}`},
		{errors.New("strange"), 503, "10", `{"text":"Server is busy","code":9}`},
	} {
		r.sink.setFail(func(int) error { return c.err })
		a := r.post(t, "/", []byte("x\n"), nil)
		if a.status != c.status || a.header.Get("Retry-After") != c.retry || strings.Contains(a.body, "strange") {
			t.Errorf("%v: %d %s, Retry-After %q", c.err, a.status, a.body, a.header.Get("Retry-After"))
		}
		a = r.post(t, "/services/collector", []byte(`{"event":"x"}`), header{"Authorization": "Splunk " + secret})
		wantAnswer(t, a, c.status, c.hec)
		a = r.post(t, "/", []byte(`{"records":[{"data":"eA=="}]}`), header{"X-Amz-Firehose-Request-Id": "r1", "X-Amz-Firehose-Access-Key": secret})
		wantAnswer(t, a, c.status, "")
	}
	r.sink.setFail(func(int) error { return relay.ErrFull })
	r.post(t, "/", []byte("x\n"), nil)
	wantAnswer(t, r.do(t, "GET", "/services/collector/health", nil, nil), 503, `{"text":"HEC is unhealthy, queues are full","code":18}`)
	if s := r.Stats(); s.LastError != relay.ErrFull.Error() || s.Records != 0 {
		t.Errorf("stats %+v", s)
	}
	r.sink.setFail(nil)
	wantAnswer(t, r.post(t, "/", []byte("x\n"), nil), 200, "")
	wantAnswer(t, r.do(t, "GET", "/services/collector/health/1.0", nil, nil), 200, `{"text":"HEC is healthy","code":17}`)
	if s := r.Stats(); s.Records != 1 || s.Bytes != 1 || s.LastError != "" {
		t.Errorf("stats %+v", s)
	}
}
