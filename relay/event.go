package relay

import "unsafe"

// Event is a normalized record: one typed class, and what no class has room for. Its strings may point into the
// record's bytes or into the Events that made it, so they die with the lease or at the next Events.Reset, whichever is first.
type Event struct {
	Record *Record
	Kind   Kind
	Time   int64 // when it happened: nanoseconds since 1970 UTC; Record.Received where nothing tells
	Class  Class // nil where only the raw bytes are wanted
	N      int32 // number of the event within its record, from 0
	Of     int32 // number of events of the record; 1 as a rule
	Rest   []Field
	// Fault says why the record could not be understood as its kind; Class is then *Other or nil, and the record goes
	// out as it is, with the mark.
	Fault Fault
}

// AppendID appends the event's id: the record's, and "/n" when the record yields several.
func (e *Event) AppendID(dst []byte) []byte {
	dst = e.Record.AppendID(dst)
	if e.Of > 1 {
		dst = append(dst, '/')
		dst = appendInt(dst, int(e.N))
	}
	return dst
}

// Field is something that the event's class has no room for, under the name it has in its source.
type Field struct {
	Name, Value string
	Type        FieldType
}

// FieldType says how Value is written in JSON.
type FieldType uint8

const (
	FieldString FieldType = iota // text
	FieldNumber                  // Value is a JSON number
	FieldJSON                    // Value is any valid JSON text
)

// Events collects the events of one lease and owns the memory behind them, so that after the first few leases
// normalizing allocates nothing. An Events is for one goroutine at a time.
type Events struct {
	List []Event

	text      []byte
	flows     slab[NetworkFlow]
	calls     slab[APICall]
	queries   slab[DNSQuery]
	requests  slab[HTTPRequest]
	logins    slab[Authentication]
	findings  slab[Finding]
	messages  slab[Message]
	others    slab[Other]
	fields    run[Field]
	params    run[Param]
	strings   run[string]
	headers   run[Header]
	resources run[Resource]
	answers   run[Answer]
}

// Reset forgets all events and keeps the memory.
func (es *Events) Reset() {
	clear(es.List)
	es.List = es.List[:0]
	es.text = es.text[:0]
	es.flows.reset()
	es.calls.reset()
	es.queries.reset()
	es.requests.reset()
	es.logins.reset()
	es.findings.reset()
	es.messages.reset()
	es.others.reset()
	es.fields.reset()
	es.params.reset()
	es.strings.reset()
	es.headers.reset()
	es.resources.reset()
	es.answers.reset()
}

// Add appends an event of r and returns it; the pointer is good until the next Add.
func (es *Events) Add(r *Record, k Kind) *Event {
	es.List = append(es.List, Event{Record: r, Kind: k, Time: r.Received, Of: 1})
	return &es.List[len(es.List)-1]
}

// AddUnparsed adds r as it is, marked: an event of class Other with the record's bytes as Text and what is wrong with it.
func (es *Events) AddUnparsed(r *Record, k Kind, f Fault) *Event {
	o := es.Other()
	o.Text = View(r.Raw)
	e := es.Add(r, k)
	e.Class, e.Fault = o, f
	return e
}

// NetworkFlow returns an empty class value that lives until Reset. So do the other functions that are named after a class.
func (es *Events) NetworkFlow() *NetworkFlow { return es.flows.next() }

// APICall returns an empty class value.
func (es *Events) APICall() *APICall { return es.calls.next() }

// DNSQuery returns an empty class value.
func (es *Events) DNSQuery() *DNSQuery { return es.queries.next() }

// HTTPRequest returns an empty class value.
func (es *Events) HTTPRequest() *HTTPRequest { return es.requests.next() }

// Authentication returns an empty class value.
func (es *Events) Authentication() *Authentication { return es.logins.next() }

// Finding returns an empty class value.
func (es *Events) Finding() *Finding { return es.findings.next() }

// Message returns an empty class value.
func (es *Events) Message() *Message { return es.messages.next() }

// Other returns an empty class value.
func (es *Events) Other() *Other { return es.others.next() }

// Fields copies f into memory that lives until Reset: for Event.Rest. No fields give nil. So do the functions below.
func (es *Events) Fields(f []Field) []Field { return es.fields.copy(f) }

// Params copies p into memory that lives until Reset.
func (es *Events) Params(p []Param) []Param { return es.params.copy(p) }

// Strings copies s into memory that lives until Reset.
func (es *Events) Strings(s []string) []string { return es.strings.copy(s) }

// Headers copies h into memory that lives until Reset.
func (es *Events) Headers(h []Header) []Header { return es.headers.copy(h) }

// Resources copies r into memory that lives until Reset.
func (es *Events) Resources(r []Resource) []Resource { return es.resources.copy(r) }

// Answers copies a into memory that lives until Reset.
func (es *Events) Answers(a []Answer) []Answer { return es.answers.copy(a) }

// Text copies b into memory that lives until Reset: for values that had to be unescaped.
func (es *Events) Text(b []byte) string {
	if cap(es.text)-len(es.text) < len(b) {
		es.text = make([]byte, 0, max(64<<10, len(b))) // the old block stays alive through the strings cut from it
	}
	n := len(es.text)
	es.text = append(es.text, b...)
	return View(es.text[n:])
}

// View returns b as a string without copying. The string is good only while b is neither written nor reused.
func View(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Bytes returns s as bytes without copying. Nobody may write them; they are good as long as s.
func Bytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// slab hands out zeroed values from chunks that never move.
type slab[T any] struct {
	chunks [][]T
	n      int
}

// slabChunk is how many values a chunk has: few enough that a class of a kilobyte that a lease has one of does not take megabytes.
const slabChunk = 64

func (s *slab[T]) next() *T {
	i, j := s.n/slabChunk, s.n%slabChunk
	if i == len(s.chunks) {
		s.chunks = append(s.chunks, make([]T, slabChunk))
	}
	s.n++
	v := &s.chunks[i][j]
	var zero T
	*v = zero
	return v
}

func (s *slab[T]) reset() { s.n = 0 }

// run hands out slices cut from chunks that never move.
type run[T any] struct {
	chunks [][]T
	n      int // chunk in use
	used   int // values handed out of it
}

func (r *run[T]) copy(values []T) []T {
	if len(values) == 0 {
		return nil
	}
	for r.n < len(r.chunks) && len(r.chunks[r.n])-r.used < len(values) {
		r.n, r.used = r.n+1, 0
	}
	if r.n == len(r.chunks) {
		r.chunks = append(r.chunks, make([]T, max(slabChunk, len(values))))
	}
	out := r.chunks[r.n][r.used : r.used+len(values) : r.used+len(values)]
	r.used += len(values)
	copy(out, values)
	return out
}

func (r *run[T]) reset() { r.n, r.used = 0, 0 }

func appendInt(dst []byte, n int) []byte {
	if n >= 10 {
		dst = appendInt(dst, n/10)
	}
	return append(dst, byte('0'+n%10))
}
