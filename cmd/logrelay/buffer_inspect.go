package main

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"logrelay/relay"
	"logrelay/relay/buffer"
)

const inspectUsage = `Reads the files of the log in DIR, or in the directory that the configuration names, without changing or locking
anything: a running relay is no obstacle, and none is needed.`

// inspect reads the directory that the arguments or the configuration name.
func inspect(c *cli.Context) (*buffer.Directory, error) {
	dir := c.Args().First()
	switch c.Args().Len() {
	case 0:
		conf, err := loadConfig(c)
		if err != nil {
			return nil, err
		}
		dir = string(conf.Buffer.Dir)
	case 1:
	default:
		return nil, usageError("", "one directory at a time")
	}
	d, err := buffer.Inspect(dir)
	if err != nil {
		return nil, relay.WithHint(err, "name the directory that holds the log, and read it as root or as the user of the relay")
	}
	return d, nil
}

func bufferLsCommand() *cli.Command {
	return &cli.Command{
		Name:        "ls",
		Usage:       "list the segments of the log, and each output's place in it",
		ArgsUsage:   "[DIR]",
		Description: inspectUsage,
		Flags:       []cli.Flag{configFlag(), jsonFlag()},
		Action: func(c *cli.Context) error {
			d, err := inspect(c)
			if err != nil {
				return err
			}
			list := newBufferList(d)
			if c.Bool("json") {
				return writeJSON(c.App.Writer, list)
			}
			return printBufferList(c.App.Writer, list)
		},
	}
}

// bufferList is what "logrelay buffer ls --json" prints.
type bufferList struct {
	Path     string          `json:"path"`
	Records  uint64          `json:"records"` // ever accepted
	Segments []bufferSegment `json:"segments"`
	Cursors  []bufferCursor  `json:"cursors"`
}

type bufferSegment struct {
	File    string     `json:"file"`
	ID      string     `json:"id"` // empty when the file cannot be read
	Base    uint64     `json:"first_record"`
	Records uint64     `json:"records"`
	Bytes   int64      `json:"bytes"`
	Used    int64      `json:"used_bytes"`
	Sealed  bool       `json:"sealed"`
	First   *time.Time `json:"first_received,omitempty"`
	Last    *time.Time `json:"last_received,omitempty"`
}

type bufferCursor struct {
	Name         string `json:"name"`
	Start        uint64 `json:"start"`
	Position     uint64 `json:"position"`
	Waiting      uint64 `json:"waiting"`
	Delivered    uint64 `json:"delivered"`
	DeadLettered uint64 `json:"dead_lettered"`
	Dropped      uint64 `json:"dropped_by_rule"`
	Discarded    uint64 `json:"discarded_by_operator"`
	Damaged      uint64 `json:"damaged"`
	Error        string `json:"error,omitempty"`
}

func newBufferList(d *buffer.Directory) bufferList {
	list := bufferList{Path: d.Path, Records: d.End, Segments: []bufferSegment{}, Cursors: []bufferCursor{}}
	for _, s := range d.Segments {
		b := bufferSegment{File: s.File, Base: s.Base, Records: s.Records, Bytes: s.Bytes, Used: s.Used, Sealed: s.Sealed, First: when(s.First), Last: when(s.Last)}
		if !s.ID.IsZero() {
			b.ID = hex.EncodeToString(s.ID[:])
		}
		list.Segments = append(list.Segments, b)
	}
	for _, c := range d.Cursors {
		o := c.Outcome
		b := bufferCursor{c.Name, c.Start, c.Position, c.Waiting, o.Delivered, o.DeadLettered, o.Dropped, o.Discarded, o.Damaged, ""}
		if c.Err != nil {
			b.Error = c.Err.Error()
		}
		list.Cursors = append(list.Cursors, b)
	}
	return list
}

// when returns nanoseconds since 1970 as a time, or nil for 0.
func when(ns int64) *time.Time {
	if ns == 0 {
		return nil
	}
	t := time.Unix(0, ns).UTC()
	return &t
}

func printBufferList(w io.Writer, list bufferList) error {
	fmt.Fprintf(w, "%s: %d records ever accepted\n\n", list.Path, list.Records)
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "SEGMENT\tFIRST RECORD\tRECORDS\tUSED\tFILE SIZE\tSTATE\tRECEIVED")
	for _, s := range list.Segments {
		state, received := "open", "-"
		if s.Sealed {
			state = "sealed"
		}
		if s.ID == "" {
			state = "UNREADABLE"
		}
		if s.First != nil && s.Last != nil {
			received = stamp(*s.First) + " to " + stamp(*s.Last)
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%s\t%s\t%s\n", s.File, s.Base, s.Records, size(uint64(s.Used)), size(uint64(s.Bytes)), state, received)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	fmt.Fprintln(t, "OUTPUT\tBEGAN AT\tPOSITION\tWAITING\tDELIVERED\tDEAD-LETTERED\tDROPPED\tDISCARDED\tDAMAGED")
	for _, c := range list.Cursors {
		if c.Error != "" {
			fmt.Fprintf(t, "%s\tUNREADABLE: %s\n", c.Name, printable(c.Error, 200))
			continue
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", c.Name, c.Start, c.Position, c.Waiting, c.Delivered, c.DeadLettered, c.Dropped, c.Discarded, c.Damaged)
	}
	return t.Flush()
}

func bufferDumpCommand() *cli.Command {
	return &cli.Command{
		Name:        "dump",
		Usage:       "print the records of the log",
		ArgsUsage:   "[DIR]",
		Description: inspectUsage + "\nWith --json: one object a line, records as they arrived.",
		Flags: []cli.Flag{
			&cli.Uint64Flag{Name: "from", Usage: "first record, by its `NUMBER`"},
			&cli.Uint64Flag{Name: "to", Usage: "record before which to end, by its `NUMBER`", Value: math.MaxUint64, DefaultText: "the end"},
			&cli.BoolFlag{Name: "ids", Usage: "only the ids"},
			configFlag(), jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			d, err := inspect(c)
			if err != nil {
				return err
			}
			w := bufio.NewWriterSize(c.App.Writer, 64<<10)
			show := dumpText
			switch {
			case c.Bool("ids"):
				show = dumpID
			case c.Bool("json"):
				show = dumpJSON
			}
			var failed error
			err = d.Records(c.Uint64("from"), c.Uint64("to"), func(r *relay.Record) bool {
				failed = show(w, r)
				return failed == nil
			})
			return errors.Join(err, failed, w.Flush())
		},
	}
}

func dumpID(w io.Writer, r *relay.Record) error {
	_, err := fmt.Fprintln(w, r.ID())
	return err
}

func dumpText(w io.Writer, r *relay.Record) error {
	_, err := fmt.Fprintf(w, "%d %s %s %s %s %s\n", r.Number, r.ID(), stamp(r.ReceivedTime()), dash(r.Origin.Input), dash(printable(r.Origin.Peer, 200)), printable(string(r.Raw), relay.MaxRecord))
	return err
}

// dumpedRecord is one line of "logrelay buffer dump --json". Exactly one of Raw and RawBase64 is set: the first where it is UTF-8.
type dumpedRecord struct {
	Number     uint64            `json:"number"`
	ID         string            `json:"id"`
	Received   time.Time         `json:"received"`
	Input      string            `json:"input"`
	Kind       string            `json:"kind,omitempty"`
	Tenant     string            `json:"tenant,omitempty"`
	Source     string            `json:"source,omitempty"`
	Peer       string            `json:"peer,omitempty"`
	Identity   string            `json:"identity,omitempty"`
	Columns    string            `json:"columns,omitempty"`
	Delivery   string            `json:"delivery,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Flags      []string          `json:"flags,omitempty"`
	Raw        string            `json:"raw,omitempty"`
	RawBase64  []byte            `json:"raw_base64,omitempty"`
}

func dumpJSON(w io.Writer, r *relay.Record) error {
	o := r.Origin
	d := dumpedRecord{
		Number: r.Number, ID: r.ID(), Received: r.ReceivedTime(), Input: o.Input, Kind: string(o.Kind), Tenant: o.Tenant, Source: o.Source,
		Peer: o.Peer, Identity: o.Identity, Columns: o.Columns, Delivery: o.Delivery, Flags: flagNames(r.Flags),
	}
	for _, a := range o.Attrs {
		d.attribute(a.Key, a.Value)
	}
	relay.EachMeta(r.Meta, func(key, value []byte) bool {
		d.attribute(string(key), string(value))
		return true
	})
	if utf8.Valid(r.Raw) {
		d.Raw = string(r.Raw)
	} else {
		d.RawBase64 = r.Raw
	}
	return writeJSONLine(w, d)
}

func (d *dumpedRecord) attribute(key, value string) {
	if d.Attributes == nil {
		d.Attributes = make(map[string]string)
	}
	d.Attributes[key] = value
}

func flagNames(f relay.Flag) []string {
	var names []string
	for _, n := range []struct {
		flag relay.Flag
		name string
	}{{relay.FlagMore, "more"}, {relay.FlagContinued, "continued"}, {relay.FlagTruncated, "truncated"}, {relay.FlagResync, "resync"}} {
		if f&n.flag != 0 {
			names = append(names, n.name)
		}
	}
	return names
}

func bufferVerifyCommand() *cli.Command {
	return &cli.Command{
		Name:        "verify",
		Usage:       "read every block of the log and check that all of it fits together",
		ArgsUsage:   "[DIR]",
		Description: inspectUsage + "\nExit status 3 when something is damaged. Nothing is repaired: the relay does that when it starts.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "ids", Usage: "also look for ids that are there twice"},
			configFlag(), jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			d, err := inspect(c)
			if err != nil {
				return err
			}
			return verify(c.App.Writer, d, c.Bool("ids"), c.Bool("json"))
		},
	}
}

// verified is what "logrelay buffer verify --json" prints.
type verified struct {
	Segments int             `json:"segments"`
	Blocks   int             `json:"blocks"`
	Records  uint64          `json:"records"`
	Bytes    int64           `json:"bytes"`
	Damaged  uint64          `json:"damaged_records"`
	Repeated *uint64         `json:"repeated_ids,omitempty"` // with --ids
	Problems []verifyProblem `json:"problems"`
}

type verifyProblem struct {
	File    string `json:"file,omitempty"`
	Offset  int64  `json:"offset"`
	Problem string `json:"problem"`
}

// verify prints what is wrong with the log. Its error has the status exitUnhealthy when something is.
func verify(w io.Writer, d *buffer.Directory, ids, asJSON bool) error {
	v := verified{Problems: []verifyProblem{}}
	got, err := d.Verify(ids, func(file string, offset int64, problem string) {
		v.Problems = append(v.Problems, verifyProblem{file, offset, problem})
	})
	if err != nil {
		return err
	}
	v.Segments, v.Blocks, v.Records, v.Bytes, v.Damaged = got.Segments, got.Blocks, got.Records, got.Bytes, got.Damaged
	if ids {
		v.Repeated = &got.Repeated
	}
	if asJSON {
		err = writeJSON(w, v)
	} else {
		err = printVerified(w, v)
	}
	if err == nil && len(v.Problems) > 0 {
		err = withStatus(exitUnhealthy, relay.WithHint(errors.New(count(len(v.Problems), "problem")+" in the log"),
			"the relay copies damaged places aside at its next start, counts what is lost, and goes on; look at the disk"))
	}
	return err
}

func printVerified(w io.Writer, v verified) error {
	for _, p := range v.Problems {
		place := ""
		if p.File != "" {
			place = fmt.Sprintf("%s, byte %d: ", p.File, p.Offset)
		}
		fmt.Fprintf(w, "%s%s\n", place, p.Problem)
	}
	twice := ""
	if v.Repeated != nil {
		twice = fmt.Sprintf(", %d ids that are there twice", *v.Repeated)
	}
	_, err := fmt.Fprintf(w, "%s, %s, %s, %s: %d damaged%s\n", count(v.Segments, "segment"), count(v.Blocks, "block"),
		count(int(v.Records), "record"), size(uint64(v.Bytes)), v.Damaged, twice)
	return err
}
