package relaytest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
)

// Where the protocols are; all other paths take the generic one.
const (
	hecPath     = "/services/collector"
	elasticPath = "/elastic"
	xsiamPath   = "/logs/v1/event"
)

func (s *SIEM) serveHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	f := s.fault()
	if strings.HasPrefix(r.URL.Path, hecPath) && strings.Contains(r.URL.Path, "/health") && f.Status == 0 {
		reply(w, http.StatusOK, "HEC is healthy", 17, -1)
		return
	}
	body, err := readBody(r)
	if err != nil {
		s.refuse(w, http.StatusBadRequest, err.Error(), 6, -1)
		return
	}
	defer s.use(f)
	if !s.stall(f, r.Context().Done()) || f.Close {
		panic(http.ErrAbortHandler)
	}
	if f.Status != 0 {
		if f.RetryAfter != "" {
			w.Header().Set("Retry-After", f.RetryAfter)
		}
		s.refuse(w, f.Status, http.StatusText(f.Status), codeOf(f.Status), -1)
		return
	}
	switch s.login(r) {
	case http.StatusUnauthorized:
		s.refuse(w, http.StatusUnauthorized, "Token is required", 2, -1)
	case http.StatusForbidden:
		s.refuse(w, http.StatusForbidden, "Invalid token", 4, -1)
	default:
		if strings.HasPrefix(r.URL.Path, elasticPath) {
			s.serveElastic(w, r, body, f)
			return
		}
		s.serveRecords(w, r, body, f)
	}
}

// login returns the status of a request that is not let in, or 200.
func (s *SIEM) login(r *http.Request) int {
	schemes, wrong := []string{"Bearer ", "Splunk "}, http.StatusForbidden
	switch {
	case strings.HasPrefix(r.URL.Path, hecPath):
		schemes = []string{"Splunk "}
	case strings.HasPrefix(r.URL.Path, elasticPath):
		schemes, wrong = []string{"ApiKey ", "Basic "}, http.StatusUnauthorized
	case r.URL.Path == xsiamPath:
		schemes, wrong = []string{""}, http.StatusUnauthorized
	}
	auth := r.Header.Get("Authorization")
	switch {
	case s.opts.Token == "", slices.ContainsFunc(schemes, func(scheme string) bool { return auth == scheme+s.opts.Token }):
		return http.StatusOK
	case auth == "":
		return http.StatusUnauthorized
	}
	return wrong
}

// serveRecords takes what HEC, XSIAM and the generic protocol send.
func (s *SIEM) serveRecords(w http.ResponseWriter, r *http.Request, body []byte, f *Fault) {
	hec := strings.HasPrefix(r.URL.Path, hecPath)
	records, err := split(r.URL.Path, hec, body)
	if err == nil && len(records) == 0 {
		s.refuse(w, http.StatusBadRequest, "No data", 5, -1)
		return
	}
	if err != nil && (!hec || len(records) == 0) {
		s.refuse(w, http.StatusBadRequest, err.Error(), 6, 0)
		return
	}
	bad := -1
	if err != nil {
		bad = len(records)
	}
	for i, rec := range records {
		if f.Reject != nil && f.Reject(rec.Data) {
			bad = i
			break
		}
	}
	if bad >= 0 {
		if !hec {
			records = nil
		}
		records = records[:min(bad, len(records))]
	}
	for _, rec := range records {
		rec.Peer, rec.Query = r.RemoteAddr, r.URL.RawQuery
		s.take(rec)
	}
	switch {
	case f.Lose:
		panic(http.ErrAbortHandler)
	case bad >= 0:
		s.refuse(w, http.StatusBadRequest, "Invalid data format", 6, bad)
	case r.URL.Path == xsiamPath:
		fmt.Fprint(w, `{"error":"false"}`)
	default:
		reply(w, http.StatusOK, "Success", 0, -1)
	}
}

func (s *SIEM) refuse(w http.ResponseWriter, status int, text string, code, event int) {
	s.refused.Add(1)
	reply(w, status, text, code, event)
}

// reply answers in HEC's form: code as in Splunk's "HTTP Event Collector: possible error codes".
func reply(w http.ResponseWriter, status int, text string, code, event int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if event >= 0 {
		fmt.Fprintf(w, `{"text":%q,"code":%d,"invalid-event-number":%d}`, text, code, event)
		return
	}
	fmt.Fprintf(w, `{"text":%q,"code":%d}`, text, code)
}

func codeOf(status int) int {
	switch status {
	case http.StatusUnauthorized:
		return 3
	case http.StatusForbidden:
		return 4
	case http.StatusBadRequest:
		return 6
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return 9
	}
	return 8
}

func readBody(r *http.Request) ([]byte, error) {
	var in io.Reader = r.Body
	switch r.Header.Get("Content-Encoding") {
	case "":
	case "gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		in = z
	case "zstd":
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		in = z
	default:
		return nil, errors.New("unknown content encoding")
	}
	return io.ReadAll(io.LimitReader(in, maxFrame))
}

// split cuts a body into records. On an error those before it are returned too.
func split(path string, hec bool, body []byte) ([]Record, error) {
	trimmed := bytes.TrimSpace(body)
	switch {
	case hec && strings.Contains(path, "/raw"):
		return lines("hec-raw", body), nil
	case hec:
		return splitHEC(body)
	case path == xsiamPath:
		return lines("xsiam", body), nil
	case len(trimmed) > 0 && trimmed[0] == '[':
		var items []json.RawMessage
		if err := json.Unmarshal(trimmed, &items); err != nil {
			return nil, err
		}
		records := make([]Record, len(items))
		for i, item := range items {
			records[i] = Record{Protocol: "https", Data: item}
		}
		return records, nil
	}
	return lines("https", body), nil
}

// refusal is an error in the very words of a far end.
type refusal string

func (r refusal) Error() string { return string(r) }

func splitHEC(body []byte) ([]Record, error) {
	var records []Record
	for dec := json.NewDecoder(bytes.NewReader(body)); ; {
		var whole json.RawMessage
		if err := dec.Decode(&whole); err == io.EOF {
			return records, nil
		} else if err != nil {
			return records, err
		}
		var e struct {
			Event json.RawMessage `json:"event"`
		}
		if err := json.Unmarshal(whole, &e); err != nil {
			return records, err
		}
		if len(e.Event) == 0 || string(e.Event) == `""` || string(e.Event) == "null" {
			return records, refusal("Event field is required")
		}
		data := []byte(e.Event)
		var text string
		if data[0] == '"' && json.Unmarshal(data, &text) == nil && utf8.ValidString(text) {
			data = []byte(text)
		}
		records = append(records, Record{Protocol: "hec", Data: data, Envelope: whole})
	}
}

func lines(protocol string, body []byte) []Record {
	var records []Record
	for line := range bytes.Lines(body) {
		if line = bytes.TrimRight(line, "\r\n"); len(line) > 0 {
			records = append(records, Record{Protocol: protocol, Data: line})
		}
	}
	return records
}
