package object

import (
	"fmt"
	"strconv"
	"strings"

	"logrelay/relay"
	"logrelay/relay/ingest"
)

// splitter is how records are cut, and all that their ordinals depend on. Whatever changes ordinals needs another version number, and the old one has to
// stay readable as long as a ledger remembers it.
type splitter struct {
	name    string // "lines", "json", "ndjson", "parquet"
	max     int    // bytes of a record
	headers bool   // VPC flow log headers are no records
	fields  bool   // "#Fields:" lines of CloudFront are none
}

const version = "1"

// formats names the splitters of streams.
var formats = map[ingest.Format]string{ingest.FormatText: "lines", ingest.FormatJSON: "json", ingest.FormatNDJSON: "ndjson"}

// String returns the form in which a mark holds it: "lines/1 max=1048576 headers=true"; headers=fields where s.fields is set.
func (s splitter) String() string {
	headers := strconv.FormatBool(s.headers)
	if s.fields {
		headers = "fields"
	}
	return fmt.Sprintf("%s/%s max=%d headers=%s", s.name, version, s.max, headers)
}

// parseSplitter reads what String wrote.
func parseSplitter(text string) (splitter, error) {
	unknown := fmt.Errorf("%w: %.100q", ErrSplitter, text)
	words := strings.Split(text, " ")
	if len(words) != 3 {
		return splitter{}, unknown
	}
	name, v, _ := strings.Cut(words[0], "/")
	limit, ok := strings.CutPrefix(words[1], "max=")
	n, err := strconv.Atoi(limit)
	if v != version || !ok || err != nil || n < 1 || n > relay.MaxRecord {
		return splitter{}, unknown
	}
	s := splitter{name: name, max: n, headers: words[2] == "headers=true", fields: words[2] == "headers=fields"}
	if s.String() != text || name != parquetName && s.format() == ingest.FormatAuto {
		return splitter{}, unknown
	}
	return s, nil
}

// format returns how a stream is cut: FormatAuto when s is not that of a stream.
func (s splitter) format() ingest.Format {
	for f, name := range formats {
		if name == s.name {
			return f
		}
	}
	return ingest.FormatAuto
}
