package https

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"logrelay/relay/ingest"
)

// maxFirehoseRecord is the largest record of a delivery, decoded. The documentation says 1,024,000 bytes.
const maxFirehoseRecord = memoryBody

// firehoseRecords cuts a Firehose body: {"requestId":"...","timestamp":1,"records":[{"data":"base64"},...]}. What a record holds
// is up to its producer: lines, JSON values, or a gzip of CloudWatch Logs envelopes; each is cut by its content, and what is not JSON
// after all stays text.
type firehoseRecords struct {
	rq    *request
	cut   cutting
	list  *ingest.Splitter // of the elements of records
	n     int              // of the current one, from 0
	block *body            // data, base64 decoded
	plain *body            // data, decompressed
	inner *ingest.Splitter
}

func newFirehoseRecords(rq *request, cut cutting) (*firehoseRecords, error) {
	var list []byte
	m := ingest.ReadObject(rq.body.data, 0)
	for name, value, ok := m.Next(); ok; name, value, ok = m.Next() {
		if string(name) == "records" {
			list = value
		}
	}
	if m.Err() != nil {
		return nil, m.Err()
	}
	if len(bytes.TrimSpace(rq.body.data[m.End():])) > 0 {
		return nil, &ingest.SyntaxError{Offset: m.End(), What: "something after the JSON object"}
	}
	if len(list) == 0 || list[0] != '[' {
		return nil, badFirehose("the body has no records")
	}
	return openFirehose(rq, cut, ingest.NewSplitter(list, ingest.SplitOptions{Format: ingest.FormatJSON, MaxRecord: len(list)}))
}

func openFirehose(rq *request, cut cutting, list *ingest.Splitter) (*firehoseRecords, error) {
	last := len(blockSizes) - 1
	if !rq.s.budget.TryTake(int64(blockSizes[last])) {
		return nil, errBusy
	}
	return &firehoseRecords{rq: rq, cut: cut, list: list, n: -1, block: rq.s.newBody(last)}, nil
}

func (f *firehoseRecords) close() {
	f.closeRecord()
	f.block.release()
}

func (f *firehoseRecords) closeRecord() {
	if f.inner = nil; f.plain != nil {
		f.plain.release()
		f.plain = nil
	}
}

// Next implements cutter.
func (f *firehoseRecords) Next(p *ingest.Piece) error {
	for {
		if f.inner != nil {
			if err := f.inner.Next(p); err != io.EOF {
				return err
			}
		}
		data, err := f.nextRecord()
		if err != nil {
			return err
		}
		f.inner = ingest.NewSplitter(data, ingest.SplitOptions{MaxRecord: f.cut.record, Columns: f.cut.columns, Lenient: true})
	}
}

// Verify implements cutter: what can be wrong is the decoding of a record.
func (f *firehoseRecords) Verify() error {
	ahead, err := openFirehose(f.rq, f.cut, f.list.Fork())
	if err != nil {
		return err
	}
	defer ahead.close()
	ahead.n = f.n
	for {
		if _, err := ahead.nextRecord(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// nextRecord decodes the next element of records.
func (f *firehoseRecords) nextRecord() ([]byte, error) {
	f.closeRecord()
	var p ingest.Piece
	if err := f.list.Next(&p); err != nil {
		return nil, err
	}
	f.n++
	var data []byte
	m := ingest.ReadObject(p.Raw, 0)
	for name, value, ok := m.Next(); ok; name, value, ok = m.Next() {
		if string(name) == "data" && value[0] == '"' {
			data = value
		}
	}
	if data == nil {
		return nil, badFirehose(fmt.Sprintf("record %d has no data", f.n))
	}
	data, fits := ingest.UnquoteMax(nil, data, base64.StdEncoding.EncodedLen(maxFirehoseRecord))
	if !fits || base64.StdEncoding.DecodedLen(len(data)) > maxFirehoseRecord {
		return nil, badFirehose(fmt.Sprintf("record %d is longer than %d bytes", f.n, maxFirehoseRecord))
	}
	n, err := base64.StdEncoding.Decode(f.block.block, data)
	if err != nil {
		return nil, badFirehose(fmt.Sprintf("record %d is no base64", f.n))
	}
	if data = f.block.block[:n]; bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return f.decompress(data)
	}
	return data, nil
}

// decompress opens the gzip that CloudWatch Logs puts into each record.
func (f *firehoseRecords) decompress(data []byte) ([]byte, error) {
	s := f.rq.s
	if !s.budget.TryTake(int64(blockSizes[1])) {
		return nil, errBusy
	}
	f.plain = s.newBody(1)
	d, err := s.decoders.Open(bytes.NewReader(data), "gzip", false)
	if err == nil {
		defer d.Close()
		err = f.plain.read(d, s.limits.Decoded, "a record, decompressed")
	}
	if _, broken := errors.AsType[*ingest.SyntaxError](err); broken {
		return nil, badFirehose(fmt.Sprintf("record %d: %s", f.n, err))
	}
	return f.plain.data, err
}
