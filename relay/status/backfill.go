package status

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"logrelay/relay"
)

// BackfillRequest asks an input to take in what is already in a bucket.
type BackfillRequest struct {
	Input  string     `json:"input,omitempty"` // "" where there is only one that can
	Bucket string     `json:"bucket"`
	Prefix string     `json:"prefix,omitempty"` // of the keys
	Since  *time.Time `json:"since,omitempty"`  // of the last change of an object
	Until  *time.Time `json:"until,omitempty"`  // likewise, and not that moment itself
	Kind   string     `json:"kind,omitempty"`   // "" means as for objects that notifications name
	Rate   float64    `json:"rate,omitempty"`   // objects a second at most; 0 means no limit
}

// BackfillProgress is how far a backfill is.
type BackfillProgress struct {
	Found      uint64 `json:"found_objects"` // in the listing so far
	FoundBytes uint64 `json:"found_bytes"`   // as they are stored
	Listed     bool   `json:"listed"`        // nothing more will be found

	Objects uint64 `json:"objects"` // done with, in one of these ways or by storing records
	Bytes   uint64 `json:"bytes"`   // of these, as they are stored
	Before  uint64 `json:"before"`  // nothing was stored: they were in custody before
	Skipped uint64 `json:"skipped"` // no logs, or not wanted by the configuration
	Aside   uint64 `json:"aside"`   // broken, or gone meanwhile: see the dead letters
	Failed  uint64 `json:"failed"`  // could not be read; not among Objects

	Records     uint64 `json:"records"` // stored
	RecordBytes uint64 `json:"record_bytes"`
}

// BackfillLine is one line of the answer to a BackfillRequest. The last one has Done, or says what went wrong.
type BackfillLine struct {
	BackfillProgress
	Done  bool   `json:"done"`
	Error string `json:"error,omitempty"`
	Hint  string `json:"hint,omitempty"`
}

// backfill answers with a line as often as there is something to tell. The backfill ends with the request.
func (s *Server) backfill(w http.ResponseWriter, r *http.Request) {
	var q BackfillRequest
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&q); err != nil {
		writeError(w, http.StatusBadRequest, err)
		return
	}
	s.audit(r, "backfill", nil, "input", q.Input, "bucket", q.Bucket, "prefix", q.Prefix)
	line, told := BackfillLine{}, false
	tell := func() {
		if !told {
			w.Header().Set("Content-Type", "application/x-ndjson")
			w.Header().Set("Cache-Control", "no-store")
		}
		told = true
		_ = json.NewEncoder(w).Encode(line)       // a client that has gone away ends the request's context
		_ = http.NewResponseController(w).Flush() // likewise
	}
	err := s.o.Actions.Backfill(r.Context(), q, func(p BackfillProgress) {
		line.BackfillProgress = p
		tell()
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		s.o.Logger.Warn("backfill ended", "input", q.Input, "bucket", q.Bucket, "objects", line.Objects, "records", line.Records, "error", err)
	} else {
		s.o.Logger.Info("backfill ended", "input", q.Input, "bucket", q.Bucket, "objects", line.Objects, "records", line.Records, "done", err == nil)
	}
	switch {
	case err == nil:
		line.Done = true
	case !told:
		writeError(w, http.StatusUnprocessableEntity, err)
		return
	default:
		line.Error, line.Hint = err.Error(), relay.HintOf(err)
	}
	tell()
}
