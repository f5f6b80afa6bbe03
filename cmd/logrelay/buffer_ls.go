package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

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
		conf, wrong, err := salvageConfig(c)
		if err != nil {
			return nil, err
		}
		for _, p := range wrong {
			say(c.App.ErrWriter, "warning", p.String())
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
		Description: inspectUsage + "\n\n   logrelay buffer ls\n   logrelay buffer ls /mnt/rescued/buffer",
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
	fmt.Fprintf(w, "%s: %s ever accepted\n\n", list.Path, count(int(list.Records), "record"))
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
