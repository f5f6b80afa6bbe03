package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"logrelay/relay"
	"logrelay/relay/buffer"
	"logrelay/relay/config"
	"logrelay/relay/normalize"
	"logrelay/relay/status"
)

const explainUsage = `Says where a record or event came from, when it was accepted, and what became of it at each output. The id is the one that went out with the event (metadata.uid
in OCSF, _id in Elasticsearch, id in schema json) or that "logrelay tail" and "logrelay buffer dump" show.

It reads the files of the log, so that it works without a running relay; a running one is asked for dead letters and for what its outputs are doing. A record is kept until
every output has passed it; a dead letter until it is retried or dropped; after that the running relay remembers the last deliveries of each output.

   logrelay explain 00d6a6d7da72a51275445d238f653145-7`

func explainCommand() *cli.Command {
	return &cli.Command{
		Name:        "explain",
		Usage:       "say what became of an event",
		ArgsUsage:   "EVENT_ID",
		Description: explainUsage,
		Flags:       []cli.Flag{configFlag(), adminFlag(), jsonFlag()},
		Action: func(c *cli.Context) error {
			id, err := askedIDOf(c)
			if err != nil {
				return err
			}
			conf, err := loadConfig(c)
			if err != nil {
				return err
			}
			x := &explainer{conf: conf, id: id, bar: newProgress(c.App.ErrWriter, "searching the log", -1, false)}
			if a, err := dialAdmin(c); err == nil {
				x.ask(c.Context, a)
			}
			err = x.explain()
			x.bar.clear()
			if err != nil {
				return err
			}
			return x.show(c.App.Writer, c.Bool("json"))
		},
	}
}

// askedID is an id taken apart; see relay.Record.ID and relay.Event.AppendID.
type askedID struct {
	text    string
	record  string // without the event's number
	base    relay.ID
	ordinal uint64
	event   int // -1 where the id names none
}

var idForm = regexp.MustCompile(`^(([0-9a-f]{32})-([0-9]{1,20}))(?:/([0-9]{1,9}))?$`)

func askedIDOf(c *cli.Context) (id askedID, err error) {
	if c.NArg() != 1 {
		return id, usageError("logrelay explain EVENT_ID", "which event? Name one id")
	}
	m := idForm.FindStringSubmatch(c.Args().First())
	if m == nil {
		return id, usageError("an id is 32 hex digits, \"-\" and a number, perhaps with \"/\" and another one", "%q is no id of an event", printable(c.Args().First(), 100))
	}
	id = askedID{text: m[0], record: m[1], event: -1}
	if _, err := hex.Decode(id.base[:], []byte(m[2])); err != nil {
		panic("BUG: hex digits that are none: " + err.Error())
	}
	if id.ordinal, err = strconv.ParseUint(m[3], 10, 64); err != nil {
		return id, usageError("", "%q is no id of an event: its number is too large", m[0])
	}
	if m[4] != "" {
		id.event, _ = strconv.Atoi(m[4]) // at most nine digits
	}
	return id, nil
}

// explanation is what "logrelay explain --json" prints.
type explanation struct {
	ID       string        `json:"id"`
	Kept     string        `json:"kept"` // "log", "dead letters", "deliveries", "no longer"; "not in the log" where the relay could not be asked for more
	Ordinal  uint64        `json:"ordinal"`
	Event    *int          `json:"event,omitempty"`  // number within the record, where the id names one
	Number   *uint64       `json:"number,omitempty"` // of the record in the log
	Segment  string        `json:"segment,omitempty"`
	Received *time.Time    `json:"received,omitempty"`
	Input    string        `json:"input,omitempty"`
	Kind     string        `json:"kind,omitempty"`
	Fault    string        `json:"fault,omitempty"` // why it could not be understood
	Tenant   string        `json:"tenant,omitempty"`
	Source   string        `json:"source,omitempty"`
	Peer     string        `json:"peer,omitempty"`
	Identity string        `json:"identity,omitempty"`
	Delivery string        `json:"delivery,omitempty"` // S3 object or request that brought it
	Bytes    int           `json:"bytes,omitempty"`
	Outputs  []outputFate  `json:"outputs,omitempty"`
	Notes    []string      `json:"notes,omitempty"`
	record   *relay.Record // a copy of the one in the log
}

// notInLog is said of what may be kept elsewhere.
const notInLog = "not in the log"

// explainer collects what there is to know about one id.
type explainer struct {
	conf    *config.Config
	id      askedID
	bar     *progress
	away    error // why the relay could not be asked
	status  *status.Snapshot
	letters []status.Letter
	passed  []status.Passage
	explanation
}

// ask learns from the running relay what its files do not tell.
func (x *explainer) ask(ctx context.Context, a *adminClient) {
	s, err := askStatus(ctx, a)
	if err == nil {
		x.status = &s
		x.letters, err = askLetters(ctx, a, status.LetterQuery{IDs: []string{x.id.text}}, false)
	}
	if err == nil {
		err = a.get(ctx, "/api/v1/passages?base="+hex.EncodeToString(x.id.base[:])+"&ordinal="+strconv.FormatUint(x.id.ordinal, 10), &x.passed)
	}
	if err == nil && len(x.letters) == 0 && x.id.event < 0 { // perhaps it names a record of several events
		var all []status.Letter
		all, err = askLetters(ctx, a, status.LetterQuery{}, false)
		x.letters = slices.DeleteFunc(all, func(l status.Letter) bool { return !x.holds(l.ID) })
	}
	x.away = err
}

// holds reports whether the record in question is the one that an event is of.
func (x *explainer) holds(id string) bool {
	m := idForm.FindStringSubmatch(id)
	return m != nil && m[1] == x.id.record
}

func (x *explainer) explain() error {
	x.ID, x.Ordinal, x.Kept = x.id.text, x.id.ordinal, "no longer"
	if x.id.event >= 0 {
		x.Event = &x.id.event
	}
	d, err := buffer.Inspect(string(x.conf.Buffer.Dir))
	if err != nil {
		return relay.WithHint(err, "run this as root or as the user of the relay, and name the configuration with --config")
	}
	if err := x.find(d); err != nil {
		return err
	}
	switch {
	case x.record != nil:
		x.Kept = "log"
		x.describe(x.record.Origin, x.record.ReceivedTime())
		x.Number, x.Bytes = &x.record.Number, len(x.record.Raw)
		x.understand()
		x.fates(d)
	case len(x.letters) > 0:
		l := x.letters[0]
		x.Kept = "dead letters"
		x.describe(&relay.Origin{Input: l.Input, Kind: relay.Kind(l.Kind), Peer: l.Peer}, l.Received)
		for _, l := range x.letters {
			x.Outputs = append(x.Outputs, refusedFate(l))
		}
		x.Notes = append(x.Notes, "the record itself has left the log: every output has passed it")
	case len(x.passed) > 0:
		x.Kept = "deliveries"
		for _, p := range x.passed {
			x.Outputs = append(x.Outputs, passedFate(p))
		}
		x.Notes = append(x.Notes, "the record itself has left the log: the relay remembers the last deliveries of each output until it ends")
	}
	if x.away != nil {
		if x.record == nil {
			x.Kept = notInLog
		}
		x.Notes = append(x.Notes, "the relay could not be asked: dead letters are not looked through, and places in the log may be some seconds old ("+x.away.Error()+")")
	}
	return nil
}

// find looks for the record: in its segment, or, where the id is that of a delivery, in all of the log.
func (x *explainer) find(d *buffer.Directory) error {
	from, to := uint64(0), d.End
	for _, s := range d.Segments {
		if s.ID == x.id.base && !s.ID.IsZero() {
			x.Segment, from, to = s.File, s.Base, s.Base+s.Records
		}
	}
	return d.Records(from, to, func(r *relay.Record) bool {
		x.bar.set(int64(r.Number - from))
		if r.Base != x.id.base || r.Ordinal != x.id.ordinal {
			return true
		}
		c := *r
		c.Raw, c.Meta = slices.Clone(r.Raw), slices.Clone(r.Meta)
		x.record = &c
		return false
	})
}

// understand finds out what the record is.
func (x *explainer) understand() {
	var es relay.Events
	normalize.New().Append(&es, x.record)
	if len(es.List) > 0 {
		x.Kind, x.Fault = string(es.List[0].Kind), es.List[0].Fault.String()
	}
}

func (x *explainer) describe(o *relay.Origin, received time.Time) {
	x.Received, x.Input, x.Kind, x.Tenant, x.Source = &received, o.Input, string(o.Kind), o.Tenant, o.Source
	x.Peer, x.Identity, x.Delivery = o.Peer, o.Identity, o.Delivery
}

// show prints the explanation. What is no longer kept is an error.
func (x *explainer) show(w io.Writer, asJSON bool) error {
	var err error
	if asJSON {
		err = writeJSON(w, &x.explanation)
	} else {
		err = printEvent(w, &x.explanation)
	}
	if err == nil && x.Kept == notInLog {
		err = relay.WithHint(errors.New("this event is not in the log; whether it is a dead letter, or was delivered lately, only the relay knows, and it could not be asked"),
			cmp.Or(relay.HintOf(x.away), "ask again when the relay runs"))
	}
	if err == nil && x.Kept == "no longer" {
		err = relay.WithHint(errors.New("this event is no longer kept"),
			"every output has passed it and no dead letter of it is open, or it is of another relay; ask the SIEM for the id")
	}
	return err
}
