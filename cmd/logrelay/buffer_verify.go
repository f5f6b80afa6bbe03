package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"logrelay/relay"
	"logrelay/relay/buffer"
)

func bufferVerifyCommand() *cli.Command {
	return &cli.Command{
		Name:        "verify",
		Usage:       "read every block of the log and check that all of it fits together",
		ArgsUsage:   "[DIR]",
		Description: inspectUsage + "\nExit status 3 when something is damaged. Nothing is repaired: the relay does that when it starts.\n\n   logrelay buffer verify --ids",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "ids", Usage: "also look for ids that are there twice"},
			configFlag(), jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			d, err := inspect(c)
			if err != nil {
				return err
			}
			b := newBusy(c.App.ErrWriter)
			defer b.end()
			b.doing(fmt.Sprintf("reading %s", count(len(d.Segments), "segment")))
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
