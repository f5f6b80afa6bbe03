package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/ingest"
	"logrelay/relay/ingest/s3/object"
	"logrelay/relay/mapping"
	"logrelay/relay/normalize"
)

const normalizeUsage = `Reads records from FILEs or stdin and prints the events that an output of the schema would send, one a line. It needs no
configuration, no network and no relay. What a record is it finds out as the relay does, unless --kind says it; plain and compressed files of lines, JSON,
the envelopes of CloudTrail and CloudWatch Logs, and Parquet files are understood.

With --explain it shows for the first record (or the first --count) which field went where, and what is left over.

   zcat flow.log.gz | logrelay normalize --schema ocsf
   logrelay normalize --kind cloudtrail --schema ecs --explain event.json`

func normalizeCommand() *cli.Command {
	return &cli.Command{
		Name:        "normalize",
		Usage:       "show what records become in a schema",
		ArgsUsage:   "[FILE ...]",
		Description: normalizeUsage,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "kind", Value: "auto", Usage: "what the records are: auto, vpcflow, cloudtrail, ..."},
			schemaFlag(),
			&cli.StringFlag{Name: "columns", Usage: "the fields of VPC flow logs or CloudFront logs that come without a header line, separated by blanks"},
			&cli.BoolFlag{Name: "explain", Usage: "show which field went where"},
			&cli.IntFlag{Name: "count", Usage: "stop after so many records", DefaultText: "at the end, with --explain after the first"},
			jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			o, err := normalizeOptionsOf(c)
			if err != nil {
				return err
			}
			return o.run(c.Args().Slice(), c.App.Reader, c.App.Writer)
		},
	}
}

type normalizeOptions struct {
	origin  relay.Origin
	schema  string
	explain bool
	count   int
	json    bool
}

func normalizeOptionsOf(c *cli.Context) (*normalizeOptions, error) {
	o := &normalizeOptions{schema: c.String("schema"), explain: c.Bool("explain"), count: c.Int("count"), json: c.Bool("json")}
	kind, err := kindOf(c.String("kind"))
	if err != nil {
		return nil, err
	}
	if err := knownSchema(o.schema); err != nil {
		return nil, err
	}
	if o.count < 0 {
		return nil, usageError("", "--count %d: allowed are numbers from 0", o.count)
	}
	if o.json && !o.explain {
		return nil, usageError("", "--json is for --explain: the events of most schemas are JSON already")
	}
	if o.explain && o.count == 0 {
		o.count = 1
	}
	o.origin = relay.Origin{Input: "normalize", Kind: kind, Columns: c.String("columns")}
	return o, nil
}

func schemaFlag() cli.Flag {
	return &cli.StringFlag{Name: "schema", Value: "ocsf", Usage: strings.Join(encode.Schemas[:], ", ")}
}

func knownSchema(name string) error {
	if slices.Contains(encode.Schemas[:], name) {
		return nil
	}
	return usageError("use one of "+strings.Join(encode.Schemas[:], ", "), "unknown schema %q", name)
}

// kindOf reads the name of a kind.
func kindOf(name string) (relay.Kind, error) {
	if name == "auto" {
		return relay.KindAuto, nil
	}
	if k := relay.Kind(name); slices.Contains(relay.Kinds[:], k) {
		return k, nil
	}
	names := []string{"auto"}
	for _, k := range relay.Kinds {
		names = append(names, string(k))
	}
	return "", usageError("use one of "+strings.Join(names, ", "), "unknown kind %q", name)
}

// errEnough ends reading before the end of the input.
var errEnough = errors.New("enough records")

func (o *normalizeOptions) run(files []string, stdin io.Reader, w io.Writer) error {
	if len(files) == 0 {
		files = []string{"-"}
	}
	use, err := o.printer(w)
	if err != nil {
		return err
	}
	left := o.count
	for _, name := range files {
		err := o.file(name, stdin, func(r *relay.Record) error {
			if err := use(r); err != nil {
				return err
			}
			if left--; left == 0 {
				return errEnough
			}
			return nil
		})
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// printer returns what is done with a record.
func (o *normalizeOptions) printer(w io.Writer) (func(*relay.Record) error, error) {
	if o.explain {
		return func(r *relay.Record) error {
			x, err := mapping.Explain(r, o.schema)
			if err != nil {
				return err
			}
			if o.json {
				return writeJSON(w, x)
			}
			return printExplanation(w, x)
		}, nil
	}
	enc, err := encode.New(o.schema, encode.Options{})
	if err != nil {
		return nil, fmt.Errorf("normalizing: %w", err)
	}
	n := normalize.New()
	var es relay.Events
	var out []byte
	return func(r *relay.Record) error {
		es.Reset()
		n.Append(&es, r)
		out = out[:0]
		for i := range es.List {
			out = append(enc(out, &es.List[i]), '\n')
		}
		_, err := w.Write(out)
		return err
	}, nil
}

// pieces are the records of a file, one after the other.
type pieces interface {
	Next(p *ingest.Piece) error // io.EOF at the end
	Offset() int64              // how far it is
	Close()
}

// file gives every record of a file, "-" being stdin, to use.
func (o *normalizeOptions) file(name string, stdin io.Reader, use func(*relay.Record) error) error {
	in := stdin
	if name != "-" {
		f, err := os.Open(filepath.Clean(name))
		if err != nil {
			return fmt.Errorf("reading records: %w", err)
		}
		defer f.Close()
		in = f
	} else {
		name = "stdin"
	}
	s, err := o.pieces(in)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	defer s.Close()
	var p ingest.Piece
	origin, context := &o.origin, (*ingest.Context)(nil)
	for n := uint64(0); ; n++ {
		err := s.Next(&p)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading %s at byte %d: %w", name, s.Offset(), err)
		}
		if p.Context != context {
			context, origin = p.Context, o.with(p.Context)
		}
		if err := use(&relay.Record{Raw: p.Raw, Meta: p.Meta, Flags: p.Flags, Origin: origin, Received: time.Now().UnixNano(), Ordinal: n}); err != nil {
			return err
		}
	}
}

// with returns the origin of records that come with a context.
func (o *normalizeOptions) with(c *ingest.Context) *relay.Origin {
	origin := o.origin
	if c != nil {
		if c.Columns != "" && origin.Columns == "" {
			origin.Columns = c.Columns
		}
		origin.Attrs = c.Attrs
	}
	return &origin
}

// parquetMagic is what a Parquet file begins with.
const parquetMagic = "PAR1"

// pieces opens what in holds.
func (o *normalizeOptions) pieces(in io.Reader) (pieces, error) {
	head := bufio.NewReader(in)
	if magic, _ := head.Peek(len(parquetMagic)); string(magic) != parquetMagic {
		return o.stream(head)
	}
	f, ok := in.(*os.File)
	if !ok {
		return nil, errParquetPipe
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errParquetPipe
	}
	return object.NewReader(io.NewSectionReader(f, 0, info.Size()), object.Options{Kind: o.origin.Kind, Columns: o.origin.Columns})
}

// errParquetPipe says that Parquet is read from its end.
var errParquetPipe = relay.WithHint(errors.New("a Parquet file cannot be read from a pipe"), "give its name: logrelay normalize FILE")

// stream opens lines or JSON.
func (o *normalizeOptions) stream(in io.Reader) (pieces, error) {
	var decoders ingest.Decoders
	body, err := decoders.Open(in, "", true)
	if err != nil {
		return nil, err
	}
	s, err := ingest.NewStream(body, ingest.SplitOptions{Columns: o.origin.Columns == ""}, nil)
	if err != nil {
		body.Close()
		return nil, err
	}
	return &stream{s, body}, nil
}

// stream is a stream of records with the decoder below it.
type stream struct {
	*ingest.Stream
	body *ingest.Decoder
}

func (s *stream) Close() {
	s.Stream.Close()
	s.body.Close()
}
