package status

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Side is where in the relay records are looked at.
type Side string

const (
	SideInput  Side = "input"  // when they are in custody
	SideOutput Side = "output" // when an output takes them from the log
)

// TailQuery says which records a live tail shows.
type TailQuery struct {
	Side       Side   // "" is SideInput
	Name       string // of the input or output; "" for all
	Normalized bool   // show what becomes of them too
	Text       string // only those that contain it, in either form, whatever the case; "" for all
}

// TailLine is one record of a live tail, or, with Missed alone, a note. Its text has neither secrets of the configuration nor control characters:
// those, and bytes that are no UTF-8, show as \n, \x1b and the like. Over-long text is cut, and ends in "…".
type TailLine struct {
	Received time.Time `json:"received,omitzero"`
	Input    string    `json:"input,omitempty"`
	Output   string    `json:"output,omitempty"`
	ID       string    `json:"id,omitempty"`   // of the record; at an input only pulled and repeatable deliveries have one already
	Kind     string    `json:"kind,omitempty"` // recognized one, where it was normalized
	Tenant   string    `json:"tenant,omitempty"`
	Peer     string    `json:"peer,omitempty"`
	Bytes    int       `json:"bytes,omitempty"`  // of the record
	Raw      string    `json:"raw,omitempty"`    // as it arrived
	Events   []string  `json:"events,omitempty"` // as the output sends them; of an input in schema json
	Fault    string    `json:"fault,omitempty"`  // why the record could not be understood
	Dropped  bool      `json:"dropped_by_rule,omitempty"`
	Missed   uint64    `json:"missed,omitempty"` // records since the line before that nobody looked at: the watcher was too slow for them
}

// tailPatience is how long a watcher may take nothing until it is given up.
const tailPatience = 30 * time.Second

// tail is GET /api/v1/tail?side=input|output&name=NAME&normalized=1&text=TEXT. The answer has a TailLine for each record, as server-sent events
// where the request accepts text/event-stream, else as JSON, one a line. It ends with the request or the relay, and when whoever looks may not any more.
func (s *Server) tail(may func(*http.Request) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, err := tailQuery(r)
		if err != nil {
			writeError(w, http.StatusBadRequest, err)
			return
		}
		ctx, cancel := StreamContext(r)
		defer cancel()
		out := newStream(w, r)
		defer out.end()
		err = s.o.Actions.Tail(ctx, q, func(l *TailLine) error {
			if !may(r) {
				return errLogin
			}
			return out.send(l)
		})
		if err != nil && !out.begun {
			writeError(w, http.StatusUnprocessableEntity, err)
		}
	}
}

func tailQuery(r *http.Request) (TailQuery, error) {
	v := r.URL.Query()
	q := TailQuery{Side: Side(v.Get("side")), Name: v.Get("name"), Text: v.Get("text")}
	switch q.Side {
	case SideInput, SideOutput:
	case "":
		q.Side = SideInput
	default:
		return q, errors.New("side is input or output")
	}
	if n := v.Get("normalized"); n != "" {
		var err error
		if q.Normalized, err = strconv.ParseBool(n); err != nil {
			return q, errors.New("normalized is 1 or 0")
		}
	}
	return q, nil
}

type endKey struct{}

// StreamContext ends with the request or when the server is told to stop: answers without an end would hold that up.
func StreamContext(r *http.Request) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(r.Context())
	if serving, ok := r.Context().Value(endKey{}).(context.Context); ok {
		stop := context.AfterFunc(serving, cancel)
		return ctx, func() { stop(); cancel() }
	}
	return ctx, cancel
}

// stream writes values as they come: server-sent events (HTML standard, section 9.2) or JSON, one a line.
type stream struct {
	w      http.ResponseWriter
	c      *http.ResponseController
	events bool
	begun  bool
}

func newStream(w http.ResponseWriter, r *http.Request) *stream {
	return &stream{w: w, c: http.NewResponseController(w), events: strings.Contains(r.Header.Get("Accept"), "text/event-stream")}
}

// send writes v, or, when v is nil, a sign of life, and hands it to the connection. An error means that the client is gone.
func (s *stream) send(v *TailLine) error {
	if !s.begun {
		s.begun = true
		kind := "application/x-ndjson"
		if s.events {
			kind = "text/event-stream"
		}
		s.w.Header().Set("Content-Type", kind)
		s.w.Header().Set("Cache-Control", "no-store")
	}
	text := []byte{'\n'}
	if v != nil {
		b, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("encoding a line: %w", err)
		}
		text = append(b, '\n')
	}
	if s.events {
		if v == nil {
			text = []byte(":\n\n")
		} else {
			text = append(append([]byte("data: "), text...), '\n')
		}
	}
	_ = s.c.SetWriteDeadline(time.Now().Add(tailPatience)) // of net/http's own connections it never fails
	if _, err := s.w.Write(text); err != nil {
		return err
	}
	return s.c.Flush()
}

// end lifts the time limit again, for the next request of the connection.
func (s *stream) end() { _ = s.c.SetWriteDeadline(time.Time{}) }
