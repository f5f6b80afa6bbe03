package mapping

import (
	"strconv"
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// Field is a value of a record and where it stands.
type Field struct {
	Name       string // path in JSON, column, key, or "#3" for the third field of a line that names none
	Value      string
	start, end int  // of the value in the record, quotes included
	json       bool // the value is JSON
}

// maxFields bounds how many fields of one record are looked at: each costs a normalization.
const maxFields = 2000

// Fields lists the fields of a record: leaves of JSON, columns, keys with values, or what blanks, commas, tabs and bars separate.
func Fields(r *relay.Record) []Field {
	var d jsondoc.Doc
	text := string(r.Raw)
	if at := strings.IndexByte(text, '{'); at >= 0 && strings.TrimSpace(text[:at]) == "" && d.Parse(r.Raw, jsondoc.MaxDepth) {
		return leaves(nil, d.Root(), "")
	}
	if r.Origin.Columns != "" {
		names := strings.Fields(r.Origin.Columns)
		return tokens(text, ' ', func(i int) string {
			if i < len(names) {
				return names[i]
			}
			return number(i)
		})
	}
	if fields := pairs(text); len(fields) >= 3 {
		return fields
	}
	separator := byte(' ')
	for _, c := range []byte{'\t', ',', '|'} {
		if strings.Count(text, string(c)) > strings.Count(text, string(separator)) {
			separator = c
		}
	}
	return tokens(text, separator, number)
}

func number(i int) string { return "#" + strconv.Itoa(i+1) }

func leaves(fields []Field, v jsondoc.Value, path string) []Field {
	if (v.IsObject() || v.IsArray()) && v.First().Exists() {
		i := 0
		for c := v.First(); c.Exists(); c = c.Next() {
			name := c.Name()
			if v.IsArray() {
				name = strconv.Itoa(i)
				i++
			}
			if path != "" {
				name = path + "." + name
			}
			fields = leaves(fields, c, name)
		}
		return fields
	}
	if len(fields) == maxFields || path == "" {
		return fields
	}
	return append(fields, Field{path, v.Raw(), v.Offset(), v.Offset() + len(v.Raw()), true})
}

// tokens cuts a line at separators outside of quotes and brackets.
func tokens(text string, separator byte, name func(int) string) (fields []Field) {
	for i := 0; i < len(text) && len(fields) < maxFields; {
		if text[i] == separator {
			i++
			if separator == ' ' {
				continue
			}
			if i < len(text) && text[i] != separator {
				continue
			}
		}
		start := i
		var closing byte
		for ; i < len(text) && (closing != 0 || text[i] != separator); i++ {
			switch c := text[i]; {
			case closing != 0:
				if c == closing {
					closing = 0
				}
			case c == '"':
				closing = '"'
			case c == '[' && i == start:
				closing = ']'
			}
		}
		fields = append(fields, Field{Name: name(len(fields)), Value: text[start:i], start: start, end: i})
	}
	return fields
}

// pairs finds key=value and key="value".
func pairs(text string) (fields []Field) {
	for i := 0; i < len(text) && len(fields) < maxFields; i++ {
		if text[i] != '=' || i == 0 || !keyByte(text[i-1]) {
			continue
		}
		key := i
		for key > 0 && keyByte(text[key-1]) {
			key--
		}
		start, end := i+1, i+1
		if end < len(text) && text[end] == '"' {
			for end++; end < len(text) && text[end] != '"'; end++ {
			}
			end = min(end+1, len(text))
		} else {
			for end < len(text) && strings.IndexByte(" \t,;|", text[end]) < 0 {
				end++
			}
		}
		if end > start {
			fields = append(fields, Field{Name: text[key:i], Value: text[start:end], start: start, end: end})
		}
		i = max(i, end-1)
	}
	return fields
}

func keyByte(c byte) bool {
	return c|0x20-'a' <= 25 || c-'0' <= 9 || c == '_' || c == '-' || c == '.'
}
