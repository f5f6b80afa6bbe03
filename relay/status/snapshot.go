package status

import (
	"time"

	"logrelay/relay"
)

// Snapshot is the state of the relay at one moment. Its JSON form is the answer of /api/v1/status.
type Snapshot struct {
	Version  string    `json:"version"`
	Now      time.Time `json:"now"`
	Started  time.Time `json:"started"`
	Ready    bool      `json:"ready"`  // can accept
	Health   Health    `json:"health"` // the worst of the problems
	Inputs   []Input   `json:"inputs"`
	Outputs  []Output  `json:"outputs"`
	Buffer   Buffer    `json:"buffer"`
	TLS      *TLS      `json:"tls,omitempty"`
	Problems []Problem `json:"problems"`

	Certificates []Certificate `json:"certificates,omitempty"` // beside TLS
	Tails        int           `json:"live_tails,omitempty"`   // who watches records at this moment
}

// Health is a traffic light.
type Health string

// The lights.
const (
	Green Health = "green" // all is well
	Amber Health = "amber" // works, but somebody should look
	Red   Health = "red"   // needs a person
)

// Problem is one thing that is not as it should be.
type Problem struct {
	Health Health `json:"health"`
	Where  string `json:"where"` // "output siem", "buffer", "certificate"
	What   string `json:"what"`
	Hint   string `json:"hint,omitempty"`
}

// Input is one source. Counters run since the process started.
type Input struct {
	Name        string     `json:"name"`
	Type        string     `json:"type"`
	Address     string     `json:"address"`
	Records     uint64     `json:"records"`
	Bytes       uint64     `json:"bytes"`
	RecordsRate float64    `json:"records_per_second"` // of the last half minute; so are all rates
	BytesRate   float64    `json:"bytes_per_second"`
	Connections int64      `json:"connections"`
	Rejected    uint64     `json:"rejected"`
	LastReject  string     `json:"last_reject,omitempty"` // reason of the last refusal, as in the metric
	LastSeen    *time.Time `json:"last_seen,omitempty"`
	LastError   string     `json:"last_error,omitempty"`
	Pull        *Pull      `json:"pull,omitempty"` // of inputs that fetch what a queue names
}

// Pull is what an input does that fetches objects. Counters run since the process started.
type Pull struct {
	State         string            `json:"state"`                  // idle, working, full, failing, needs you
	Since         *time.Time        `json:"since,omitempty"`        // of failing and needs you
	Messages      int               `json:"messages_in_hand"`       // received, not yet deleted
	Objects       int               `json:"objects_in_hand"`        // being read
	OldestMessage float64           `json:"oldest_message_seconds"` // since the oldest message in hand was sent; 0 when none is
	Lag           float64           `json:"lag_seconds"`            // of the object last taken: from its writing to its custody
	LastMessage   *time.Time        `json:"last_message,omitempty"` // received
	Answers       uint64            `json:"queue_answers"`          // to receives, also those without a message; since the input was made
	AccessKey     string            `json:"access_key,omitempty"`   // the end of the id of the access key that requests are signed with; "" when the configuration names none
	Taken         uint64            `json:"objects_taken"`          // every record is in custody
	Repeated      uint64            `json:"objects_repeated"`       // told of again, nothing was stored
	SetAside      uint64            `json:"set_aside"`              // objects and messages in the dead-letter store
	Waiting       uint64            `json:"dead_letters"`           // of these and of earlier ones, neither retried nor dropped yet
	Errors        map[string]uint64 `json:"errors,omitempty"`       // failed requests by class
	LastError     string            `json:"last_error,omitempty"`   // of failing and needs you
	Hint          string            `json:"hint,omitempty"`
}

// KeyEnd is what status shows of the id of an access key: enough to tell two keys of a user apart. "" stays "".
func KeyEnd(id string) string {
	const shown = 4
	if len(id) > 2*shown {
		return "…" + id[len(id)-shown:]
	}
	return id
}

// Output is one destination with its cursor. The counters of Sum run since the cursor began, over all restarts.
type Output struct {
	Name        string     `json:"name"`
	Type        string     `json:"type"`
	Target      string     `json:"target"`
	State       string     `json:"state"` // idle, delivering, retrying, needs you
	Since       *time.Time `json:"since,omitempty"`
	Sum         Sum        `json:"sum"`
	WaitingFor  float64    `json:"waiting_seconds"` // age of the oldest waiting record
	WaitingSize uint64     `json:"waiting_bytes"`
	InFlight    uint64     `json:"in_flight"`   // records leased and not yet acknowledged; part of waiting
	Unconfirmed uint64     `json:"unconfirmed"` // records sent and kept for a resend, for protocols without answers; part of in flight
	SetAside    int        `json:"set_aside"`   // events that were refused, and wait for another one to go through before they are dead letters; their records are part of waiting
	Retries     uint64     `json:"retries"`     // sends that failed since the process started; beside the sum
	Concurrency int        `json:"concurrency"`
	DoneRate    float64    `json:"records_per_second"` // that were delivered or have another outcome
	LastSuccess *time.Time `json:"last_success,omitempty"`
	LastError   string     `json:"last_error,omitempty"`
	Hint        string     `json:"hint,omitempty"`
	Strict      bool       `json:"strict_tls"`
}

// Sum is promise 2 for one output, in records:
// Accepted = Delivered + DeadLettered + Waiting + Dropped + Discarded + Damaged.
type Sum struct {
	Accepted     uint64 `json:"accepted"`
	Delivered    uint64 `json:"delivered"`
	DeadLettered uint64 `json:"dead_lettered"`
	Waiting      uint64 `json:"waiting"`
	Dropped      uint64 `json:"dropped_by_rule"`
	Discarded    uint64 `json:"discarded_by_operator"`
	Damaged      uint64 `json:"damaged"`
	AddsUp       bool   `json:"adds_up"`
}

// NewSum makes the sum of a cursor's figures; o is corrected by what became of the dead letters afterwards.
func NewSum(accepted, waiting uint64, o relay.Outcome) Sum {
	return Sum{
		Accepted: accepted, Waiting: waiting,
		Delivered: o.Delivered, DeadLettered: o.DeadLettered, Dropped: o.Dropped, Discarded: o.Discarded, Damaged: o.Damaged,
		AddsUp: accepted == waiting+o.Sum(),
	}
}

// Buffer is the log on disk.
type Buffer struct {
	Dir         string  `json:"dir"`
	Bytes       uint64  `json:"bytes"`
	Quota       uint64  `json:"quota_bytes"`
	Free        uint64  `json:"disk_free_bytes"`
	Reserve     uint64  `json:"disk_reserve_bytes"`
	Segments    int     `json:"segments"`
	Records     uint64  `json:"records"` // ever accepted
	Full        bool    `json:"full"`
	Damaged     uint64  `json:"damaged_records"`
	DeadLetters uint64  `json:"dead_letters"`
	FillPercent float64 `json:"fill_percent"`
	FullIn      float64 `json:"full_in_seconds,omitempty"` // at the present rate; 0 while nothing piles up
	LastError   string  `json:"last_error,omitempty"`
}

// TLS is the relay's own certificate.
type TLS struct {
	Subject    string    `json:"subject"`
	Names      []string  `json:"names"`
	Issuer     string    `json:"issuer"`
	NotAfter   time.Time `json:"not_after"`
	DaysLeft   int       `json:"days_left"`
	SelfSigned bool      `json:"self_signed"`
	Path       string    `json:"path"`
	Problem    string    `json:"problem,omitempty"`
}

// Certificate is one that an output shows to its far end.
type Certificate struct {
	Output   string    `json:"output"`
	Subject  string    `json:"subject,omitempty"`
	NotAfter time.Time `json:"not_after,omitzero"` // zero when it cannot be read
	DaysLeft int       `json:"days_left"`
	Problem  string    `json:"problem,omitempty"` // "ended", "cannot be read"
}

// Add records a problem and lets the health follow.
func (s *Snapshot) Add(p Problem) {
	s.Problems = append(s.Problems, p)
	if p.Health == Red || s.Health != Red {
		s.Health = p.Health
	}
}

// Public returns the snapshot without what only a logged-in person may see: words of far ends and of senders, paths.
func (s Snapshot) Public() Snapshot {
	s.Inputs = append([]Input(nil), s.Inputs...)
	for i := range s.Inputs {
		in := &s.Inputs[i]
		if in.LastError = ""; in.Pull != nil {
			pull := *in.Pull
			in.Address, pull.LastError, pull.Hint = "", "", ""
			in.Pull = &pull
		}
	}
	s.Outputs = append([]Output(nil), s.Outputs...)
	for i := range s.Outputs {
		s.Outputs[i].LastError, s.Outputs[i].Hint, s.Outputs[i].Target = "", "", ""
	}
	problems := make([]Problem, len(s.Problems))
	for i, p := range s.Problems {
		problems[i] = Problem{Health: p.Health, Where: p.Where, What: "see `logrelay status`"}
	}
	s.Problems = problems
	s.Buffer.Dir, s.Buffer.LastError = "", ""
	if s.TLS != nil {
		t := *s.TLS
		t.Path, t.Problem = "", ""
		s.TLS = &t
	}
	return s
}
