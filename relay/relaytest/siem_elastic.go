package relaytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxElasticID is Elasticsearch's limit of an _id, in bytes.
const maxElasticID = 512

// bulkAction is the line before a document.
type bulkAction struct {
	Create *struct {
		Index string `json:"_index"`
		ID    string `json:"_id"`
	} `json:"create"`
}

// bulkItem is what is said of one action.
type bulkItem struct {
	Index  string     `json:"_index,omitempty"`
	ID     string     `json:"_id,omitempty"`
	Status int        `json:"status"`
	Error  *bulkError `json:"error,omitempty"`
}

type bulkError struct {
	Type   string `json:"type"`
	Reason string `json:"reason"`
}

// serveElastic answers what a shipper asks of Elasticsearch 8 with its built-in template for logs-*-*: GET /, HEAD /INDEX, the question for one's own
// privileges, and _bulk with create.
func (s *SIEM) serveElastic(w http.ResponseWriter, r *http.Request, body []byte, f *Fault) {
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.Header().Set("Content-Type", "application/json")
	path := strings.TrimPrefix(r.URL.Path, elasticPath)
	switch {
	case path == "/_bulk" && r.Method == http.MethodPost:
		s.serveBulk(w, r, body, f)
	case path == "" || path == "/":
		fmt.Fprint(w, `{"version":{"number":"8.17.0"},"tagline":"You Know, for Search"}`)
	case path == "/_security/user/_has_privileges":
		fmt.Fprint(w, `{"has_all_requested":true}`)
	case r.Method == http.MethodHead:
		if !s.hasIndex(path[1:]) {
			w.WriteHeader(http.StatusNotFound)
		}
	default:
		s.refuseElastic(w, fmt.Sprintf("no handler found for uri [%s] and method [%s]", path, r.Method))
	}
}

// refuseElastic refuses a whole request.
func (s *SIEM) refuseElastic(w http.ResponseWriter, reason string) {
	s.refused.Add(1)
	w.WriteHeader(http.StatusBadRequest)
	answer := map[string]any{"error": bulkError{"illegal_argument_exception", reason}, "status": http.StatusBadRequest}
	_ = json.NewEncoder(w).Encode(answer)
}

func (s *SIEM) serveBulk(w http.ResponseWriter, r *http.Request, body []byte, f *Fault) {
	if !bytes.HasSuffix(body, []byte("\n")) {
		s.refuseElastic(w, `The bulk request must be terminated by a newline [\n]`)
		return
	}
	actions, sources, err := splitBulk(body)
	if err != nil {
		s.refuseElastic(w, err.Error())
		return
	}
	query := r.URL.Query()
	short := query.Has("filter_path")
	items, failed := make([]map[string]bulkItem, len(actions)), false
	for i, a := range actions {
		item := s.create(a, sources[i], query.Get("require_data_stream") == "true", f)
		failed = failed || item.Error != nil
		if item.Status == http.StatusCreated {
			line, _ := json.Marshal(a)
			s.take(Record{Protocol: "elastic", Peer: r.RemoteAddr, Query: r.URL.RawQuery, Data: sources[i], Envelope: line})
		}
		if short {
			item.Index, item.ID = "", ""
		}
		items[i] = map[string]bulkItem{"create": item}
	}
	if f.Lose {
		panic(http.ErrAbortHandler)
	}
	answer := map[string]any{"errors": failed, "items": items}
	if !short {
		answer["took"] = 1
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// splitBulk cuts a body into actions and their documents.
func splitBulk(body []byte) (actions []bulkAction, sources [][]byte, err error) {
	for next := bytes.NewBuffer(body); ; {
		line, err := next.ReadBytes('\n')
		if err == io.EOF {
			return actions, sources, nil
		}
		var a bulkAction
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&a); err != nil || a.Create == nil {
			return nil, nil, refusal(fmt.Sprintf("Malformed action/metadata line [%d], expected create", 2*len(actions)+1))
		}
		source, err := next.ReadBytes('\n')
		if err != nil {
			return nil, nil, refusal(fmt.Sprintf("Malformed action/metadata line [%d], no document follows", 2*len(actions)+1))
		}
		if len(a.Create.ID) > maxElasticID {
			return nil, nil, refusal(fmt.Sprintf("id is too long, must be no longer than %d bytes but was: %d", maxElasticID, len(a.Create.ID)))
		}
		actions, sources = append(actions, a), append(sources, bytes.TrimSuffix(source, []byte("\n")))
	}
}

// create does one action.
func (s *SIEM) create(a bulkAction, source []byte, dataStream bool, f *Fault) bulkItem {
	item := bulkItem{Index: a.Create.Index, ID: a.Create.ID, Status: http.StatusCreated}
	refuse := func(status int, typ, reason string) bulkItem {
		item.Status, item.Error = status, &bulkError{typ, reason}
		return item
	}
	stream := strings.HasPrefix(item.Index, "logs-") && strings.Count(item.Index, "-") >= 2
	var doc map[string]any
	switch err := json.Unmarshal(source, &doc); {
	case f.Item != nil && f.Item(source) != 0:
		return refuse(f.Item(source), "a_fault", "as the test wants it")
	case dataStream && !stream:
		return refuse(http.StatusNotFound, "index_not_found_exception", "no such index ["+item.Index+"] and [require_data_stream] request flag is [true] and ["+item.Index+"] is not a data stream")
	case err != nil:
		return refuse(http.StatusBadRequest, "document_parsing_exception", "failed to parse: "+err.Error())
	case stream && doc["@timestamp"] == nil:
		return refuse(http.StatusBadRequest, "document_parsing_exception", "data stream timestamp field [@timestamp] is missing")
	case f.Reject != nil && f.Reject(source):
		return refuse(http.StatusBadRequest, "document_parsing_exception", "failed to parse field [x] of type [long] in document with id '"+item.ID+"'")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := item.Index + "\x00" + item.ID
	if _, there := s.ids[key]; there {
		return refuse(http.StatusConflict, "version_conflict_engine_exception", "["+item.ID+"]: version conflict, document already exists (current version [1])")
	}
	if s.ids == nil {
		s.ids = map[string]struct{}{}
	}
	s.ids[key] = struct{}{}
	return item
}

func (s *SIEM) hasIndex(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.ids {
		if strings.HasPrefix(key, name+"\x00") {
			return true
		}
	}
	return false
}
