package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"logrelay/relay"
)

func bufferDumpCommand() *cli.Command {
	return &cli.Command{
		Name:        "dump",
		Usage:       "print the records of the log",
		ArgsUsage:   "[DIR]",
		Description: inspectUsage + "\nWith --json: one object a line, records as they arrived.\n\n   logrelay buffer dump --from 1000 --to 1010",
		Flags: []cli.Flag{
			&cli.Uint64Flag{Name: "from", Usage: "first record, by its `NUMBER`", DefaultText: "the oldest"},
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
