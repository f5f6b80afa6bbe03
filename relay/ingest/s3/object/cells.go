package object

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"logrelay/relay/ingest"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// appendFlow appends a row as a line of a VPC flow log: values separated by blanks, "-" where there is none.
func appendFlow(dst []byte, row parquet.Row) []byte {
	for i, v := range row {
		if i > 0 {
			dst = append(dst, ' ')
		}
		n := len(dst)
		switch v.Kind() {
		case parquet.Boolean, parquet.Int32, parquet.Int64, parquet.Float, parquet.Double:
			if !v.IsNull() {
				dst = appendNumber(dst, v)
			}
		default:
			if !v.IsNull() {
				dst = appendWord(dst, v.ByteArray())
			}
		}
		if len(dst) == n {
			dst = append(dst, '-')
		}
	}
	return dst
}

func appendNumber(dst []byte, v parquet.Value) []byte {
	switch v.Kind() {
	case parquet.Boolean:
		return strconv.AppendBool(dst, v.Boolean())
	case parquet.Int32:
		return strconv.AppendInt(dst, int64(v.Int32()), 10)
	case parquet.Int64:
		return strconv.AppendInt(dst, v.Int64(), 10)
	case parquet.Float:
		return appendFloat(dst, float64(v.Float()), 32)
	default:
		return appendFloat(dst, v.Double(), 64)
	}
}

// appendFloat appends a number, or a string where JSON has no number.
func appendFloat(dst []byte, f float64, bits int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return strconv.AppendQuote(dst, strconv.FormatFloat(f, 'g', -1, bits))
	}
	return strconv.AppendFloat(dst, f, 'g', -1, bits)
}

// appendWord appends text with blanks and control characters percent-encoded, as flow logs have them in tags.
func appendWord(dst, text []byte) []byte {
	const digits = "0123456789ABCDEF"
	for _, c := range text {
		if c <= ' ' || c == 0x7f {
			dst = append(dst, '%', digits[c>>4], digits[c&15])
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}

// cells writes rows as JSON objects after a schema.
type cells struct {
	root    *parquet.Schema
	columns [][]parquet.Value // of the row, by leaf
	limit   int
}

// appendRow appends a row. It stops some way after limit bytes.
func (c *cells) appendRow(dst []byte, row parquet.Row, limit int) []byte {
	c.columns, c.limit = c.columns[:0], limit
	row.Range(func(_ int, values []parquet.Value) bool {
		c.columns = append(c.columns, values)
		return true
	})
	return c.group(dst, c.root, c.columns, 0, 0)
}

// leaves returns how many columns a node has.
func leaves(n parquet.Node) int {
	if n.Leaf() {
		return 1
	}
	sum := 0
	for _, f := range n.Fields() {
		sum += leaves(f)
	}
	return sum
}

func (c *cells) group(dst []byte, n parquet.Node, columns [][]parquet.Value, rep, def int) []byte {
	dst = append(dst, '{')
	for i, f := range n.Fields() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, []byte(f.Name())), ':')
		k := leaves(f)
		dst = c.node(dst, f, columns[:k], rep, def)
		columns = columns[k:]
	}
	return append(dst, '}')
}

// node appends the value of a node: its columns have the values that belong to it. Levels are those of what it stands in (Parquet format, "Nested encoding").
func (c *cells) node(dst []byte, n parquet.Node, columns [][]parquet.Value, rep, def int) []byte {
	absent := len(columns) == 0 || len(columns[0]) == 0
	switch {
	case len(dst) > c.limit:
		return dst // too long already
	case n.Optional():
		if def++; absent || columns[0][0].DefinitionLevel() < def {
			return append(dst, "null"...)
		}
	case n.Repeated():
		rep++
		if def++; absent || columns[0][0].DefinitionLevel() < def {
			return append(dst, "[]"...)
		}
		return c.elements(dst, n, columns, rep, def)
	}
	return c.value(dst, n, columns, rep, def)
}

func (c *cells) elements(dst []byte, n parquet.Node, columns [][]parquet.Value, rep, def int) []byte {
	dst = append(dst, '[')
	one := make([][]parquet.Value, len(columns))
	rest := append([][]parquet.Value(nil), columns...)
	for first := true; len(rest[0]) > 0 && len(dst) <= c.limit; first = false {
		if !first {
			dst = append(dst, ',')
		}
		for i, values := range rest {
			k := min(1, len(values))
			for k < len(values) && values[k].RepetitionLevel() > rep {
				k++
			}
			one[i], rest[i] = values[:k], values[k:]
		}
		dst = c.value(dst, n, one, rep, def)
	}
	return append(dst, ']')
}

func (c *cells) value(dst []byte, n parquet.Node, columns [][]parquet.Value, rep, def int) []byte {
	if !n.Leaf() {
		return c.group(dst, n, columns, rep, def)
	}
	if len(columns[0]) == 0 || columns[0][0].IsNull() {
		return append(dst, "null"...)
	}
	return appendCell(dst, columns[0][0], n.Type())
}

// appendCell appends one value as JSON. Times become RFC 3339, bytes that are no text base64.
func appendCell(dst []byte, v parquet.Value, t parquet.Type) []byte {
	if l := t.LogicalType(); l != nil {
		switch l := l.Value.(type) {
		case *format.TimestampType:
			return appendTime(dst, l, v.Int64())
		case *format.DateType:
			return time.Unix(int64(v.Int32())*86400, 0).UTC().AppendFormat(dst, `"`+time.DateOnly+`"`)
		case *format.IntType:
			if !l.IsSigned && v.Kind() == parquet.Int32 {
				return strconv.AppendUint(dst, uint64(v.Uint32()), 10)
			} else if !l.IsSigned && v.Kind() == parquet.Int64 {
				return strconv.AppendUint(dst, v.Uint64(), 10)
			}
		}
	}
	switch v.Kind() {
	case parquet.ByteArray, parquet.FixedLenByteArray:
		b := v.ByteArray()
		if utf8.Valid(b) {
			return appendString(dst, b)
		}
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), b), '"')
	case parquet.Int96: // nanoseconds of the day, Julian day
		d := v.Int96()
		const epoch = 2440588
		return time.Unix((int64(d[2])-epoch)*86400, int64(uint64(d[1])<<32|uint64(d[0]))).UTC().AppendFormat(dst, `"`+time.RFC3339Nano+`"`)
	}
	return appendNumber(dst, v)
}

func appendTime(dst []byte, l *format.TimestampType, n int64) []byte {
	unit := int64(time.Millisecond)
	if u := l.Unit.Value; u != nil {
		unit = int64(u.Duration())
	}
	each := int64(time.Second) / unit
	seconds := n / each
	return time.Unix(seconds, (n-seconds*each)*unit).UTC().AppendFormat(dst, `"`+time.RFC3339Nano+`"`)
}

// appendString appends a JSON string.
func appendString(dst, s []byte) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// flowColumns returns the columns as a VPC flow log in text names them, or "" when that is not what the file holds.
func flowColumns(s *parquet.Schema) string {
	var names []string
	for _, f := range s.Fields() {
		if !f.Leaf() || f.Repeated() {
			return ""
		}
		names = append(names, strings.ReplaceAll(f.Name(), "_", "-"))
	}
	columns := strings.Join(names, " ")
	if columns == "" || !ingest.IsFlowHeader([]byte(columns)) {
		return ""
	}
	return columns
}
