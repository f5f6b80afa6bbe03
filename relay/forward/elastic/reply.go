package elastic

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"logrelay/relay"
	"logrelay/relay/forward/web"
)

const (
	answerBytes   = 64 << 10 // read of every answer
	itemBytes     = 1 << 10  // and for each event
	maxAnswer     = 16 << 20
	keptBeginning = 256 // of an answer that is none, to be shown
)

func answerLimit(n int) int64 { return min(answerBytes+itemBytes*int64(n), maxAnswer) }

// fate is what became of an event.
type fate uint8

const (
	unknown fate = iota
	delivered
	refused
	held
	again
)

// results are the outcomes of the events of one request.
type results struct {
	own     bool // events differ in their index: what is wrong with that of one is no reason to hold the others
	fates   []fate
	count   [again + 1]int
	seen    int       // items read
	answers []failure // of the refused, in their order
	hold    failure   // the first
	retry   failure   // the first
	begins  []byte    // the beginning of the answer
	cut     bool      // the answer is larger than what is read of it
}

const strangerHint = "something else answers in place of Elasticsearch or OpenSearch: check url, port and path"

// failure is an item's error.
type failure struct {
	status int
	typ    string
	reason string
}

func (f failure) String() string {
	s := fmt.Sprintf("%d %s", f.status, f.typ)
	if f.reason != "" {
		s += ": " + f.reason
	}
	return s
}

// read takes the items of an answer as they come: {"errors":true,"items":[{"create":{...}},...]}.
func (r *results) read(body io.Reader) {
	begins := prefix{Reader: body}
	dec := json.NewDecoder(r.quick(bufio.NewReader(&begins)))
	r.cut = errors.Is(r.members(dec), io.ErrUnexpectedEOF)
	r.begins = begins.kept
}

// created is an item when all is well.
const created = `{"create":{"status":201}}`

// quick takes such items at the front, which is all of them as a rule, by comparing bytes. It returns what is left, made an answer again.
func (r *results) quick(in *bufio.Reader) io.Reader {
	for _, front := range []string{`{"errors":false,"items":[`, `{"errors":true,"items":[`} {
		if b, _ := in.Peek(len(front)); string(b) != front {
			continue
		}
		_, _ = in.Discard(len(front))
		for r.seen < len(r.fates) {
			if b, _ := in.Peek(len(created) + 1); string(b) != created+"," {
				break
			}
			_, _ = in.Discard(len(created) + 1)
			r.set(r.seen, delivered)
			r.seen++
		}
		return io.MultiReader(strings.NewReader(`{"items":[`), in)
	}
	return in
}

var errNotAnswer = errors.New("not an answer of the bulk API")

func (r *results) members(dec *json.Decoder) error {
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(err, errNotAnswer)
	}
	var item json.RawMessage
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		if key != "items" {
			if err := dec.Decode(&item); err != nil {
				return err
			}
			continue
		}
		if t, err := dec.Token(); err != nil || t != json.Delim('[') {
			return errors.Join(err, errNotAnswer)
		}
		for dec.More() {
			if err := dec.Decode(&item); err != nil {
				return err
			}
			r.item(item)
		}
		if _, err := dec.Token(); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}

// prefix keeps the beginning of what is read.
type prefix struct {
	io.Reader
	kept []byte
}

func (p *prefix) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	p.kept = append(p.kept, b[:min(n, keptBeginning-len(p.kept))]...)
	return n, err
}

// item takes what is said of the next event.
func (r *results) item(raw []byte) {
	i := r.seen
	if i == len(r.fates) {
		return
	}
	r.seen++
	if string(raw) == created {
		r.set(i, delivered)
		return
	}
	f, ok := parse(raw)
	if !ok {
		return
	}
	what := f.fate()
	if what == held && r.own && f.aboutIndex() {
		what = refused
	}
	switch {
	case what == refused:
		r.answers = append(r.answers, f)
	case what == held && r.count[held] == 0:
		r.hold = f
	case what == again && r.count[again] == 0:
		r.retry = f
	}
	r.set(i, what)
}

func (r *results) set(i int, f fate) {
	r.fates[i] = f
	r.count[f]++
}

// parse reads one item. False: it is none.
func parse(raw []byte) (failure, bool) {
	type problem struct {
		Type, Reason string
		CausedBy     *struct{ Type, Reason string } `json:"caused_by"`
	}
	var item struct {
		Create struct {
			Status int
			Error  json.RawMessage
		}
	}
	if json.Unmarshal(raw, &item) != nil {
		return failure{}, false
	}
	f := failure{status: item.Create.Status}
	var p problem
	if json.Unmarshal(item.Create.Error, &p) != nil { // some imitators say it in a text
		_ = json.Unmarshal(item.Create.Error, &f.reason)
		return f, true
	}
	f.typ, f.reason = p.Type, p.Reason
	if p.CausedBy != nil && p.CausedBy.Reason != "" {
		f.reason += " (" + p.CausedBy.Reason + ")"
	}
	return f, true
}

// settings are the types of 400 that speak of the index and not of the event.
var settings = map[string]bool{"index_closed_exception": true, "invalid_index_name_exception": true}

// fate sorts an item by its status.
func (f failure) fate() fate {
	switch s := f.status; {
	case s >= 200 && s < 300:
		return delivered
	case s == http.StatusConflict && f.typ == "version_conflict_engine_exception":
		return delivered
	case settings[f.typ]:
		return held
	case s == http.StatusBadRequest, s == http.StatusRequestEntityTooLarge, s == http.StatusUnprocessableEntity:
		return refused
	case s == http.StatusUnauthorized, s == http.StatusForbidden, s == http.StatusNotFound:
		return held
	}
	return again
}

// aboutIndex reports whether an item that holds says that its index will take nothing until somebody does something about that index alone. A block may be
// of many, and passes when the disk has room again.
func (f failure) aboutIndex() bool {
	return f.status != http.StatusUnauthorized && f.typ != "cluster_block_exception"
}

// hint says what to do about an item that holds.
func (f failure) hint(index string) string {
	switch {
	case f.typ == "cluster_block_exception":
		return "writing to " + index + " is blocked there: as a rule the disk is full, or somebody made the index read-only"
	case f.status == http.StatusNotFound:
		return "there is no " + index + ", and nothing that makes it: add an index template with a data_stream for it, or name an index that is there"
	case settings[f.typ]:
		return "open the index " + index + ", or name another one"
	}
	return "the key or user may not write to " + index + ": it needs the index privileges create_doc and auto_configure there (OpenSearch: the permissions indices:data/write/bulk* and crud)"
}

// err is what Send returns: the outcomes in relay's terms.
func (r *results) err(a *web.Answer, name, index string) error {
	n := len(r.fates)
	if r.count[delivered] == n {
		return nil
	}
	err := r.failed(a, name, index)
	if r.count[delivered] == 0 {
		return err
	}
	return &relay.PartialError{Delivered: r.all(delivered), Err: err}
}

// failed speaks of the events that are not delivered. Refused ones come first: the others are sent again anyway.
func (r *results) failed(a *web.Answer, name, index string) error {
	n := len(r.fates)
	switch {
	case r.count[refused] > 0:
		// The reasons may repeat the events, so they are for the dead letters alone.
		reject := &relay.RejectError{
			Events: r.all(refused), Err: fmt.Errorf("%s refuses %d of %d events: %d %s", name, r.count[refused], n, r.answers[0].status, a.Clean(r.answers[0].typ)),
		}
		for _, f := range r.answers {
			reject.Answers = append(reject.Answers, a.Clean(f.String()))
		}
		reject.Answer = reject.Answers[0]
		return reject
	case r.count[held] > 0:
		return &relay.HoldError{Hint: r.hold.hint(index), Err: fmt.Errorf("%s answers for %d of %d events: %s", name, r.count[held], n, a.Clean(r.hold.String()))}
	case r.count[again] > 0:
		return fmt.Errorf("%s answers for %d of %d events: %s", name, r.count[again], n, a.Clean(r.retry.String()))
	case r.seen == 0 && !r.cut:
		return &relay.HoldError{
			Hint: strangerHint,
			Err:  fmt.Errorf("%s answers %d %s, which is not an answer of the bulk API", name, a.Status, a.Clean(string(r.begins))),
		}
	}
	return fmt.Errorf("%s answers for %d of %d events", name, n-r.count[unknown], n)
}

// all lists the events of one fate.
func (r *results) all(f fate) []int {
	list := make([]int, 0, r.count[f])
	for i := range r.fates {
		if r.fates[i] == f {
			list = append(list, i)
		}
	}
	return list
}
