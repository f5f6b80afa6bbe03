package status

import (
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"time"

	"logrelay/relay"
)

// Passage is the end of a record's way at one output. The numbers are of all records of the batch that it was in: where all were
// delivered, so was the record.
type Passage struct {
	Output       string    `json:"output"`
	At           time.Time `json:"at"`
	Delivered    uint64    `json:"delivered"`
	DeadLettered uint64    `json:"dead_lettered"`
	Dropped      uint64    `json:"dropped_by_rule"`
}

// passages answers GET /api/v1/passages?base=HEX&ordinal=N.
func (s *Server) passages(w http.ResponseWriter, r *http.Request) {
	base, err := hex.DecodeString(r.FormValue("base"))
	ordinal, err2 := strconv.ParseUint(r.FormValue("ordinal"), 10, 64)
	if err != nil || err2 != nil || len(base) != len(relay.ID{}) {
		writeError(w, http.StatusBadRequest, errors.New("base is 32 hex digits, ordinal a number"))
		return
	}
	list := s.o.Actions.Passages(relay.ID(base), ordinal)
	if list == nil {
		list = []Passage{}
	}
	writeJSON(w, http.StatusOK, list)
}
