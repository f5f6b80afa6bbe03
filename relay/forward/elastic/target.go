package elastic

import (
	"strings"

	"logrelay/relay"
)

// The placeholders of a target.
const (
	kindPlaceholder   = "{kind}"
	tenantPlaceholder = "{tenant}"
)

// maxValue bounds what stands for a placeholder, in bytes: Elastic's limit of a dataset or namespace.
const maxValue = 100

// target is the name of an index or data stream, cut at its placeholders.
type target []part

// part is a text, or a placeholder.
type part struct {
	text  string
	value func(e *relay.Event) string
}

func parseTarget(name string) target {
	var t target
	for name != "" {
		i := strings.IndexByte(name, '{')
		switch {
		case strings.HasPrefix(name, kindPlaceholder):
			t, name = append(t, part{value: kindOf}), name[len(kindPlaceholder):]
		case strings.HasPrefix(name, tenantPlaceholder):
			t, name = append(t, part{value: tenantOf}), name[len(tenantPlaceholder):]
		case i <= 0:
			return append(t, part{text: name})
		default:
			t, name = append(t, part{text: name[:i]}), name[i:]
		}
	}
	return t
}

// kindOf is the event's kind; Elastic's word for a dataset that is not known otherwise is "generic".
func kindOf(e *relay.Event) string {
	if e.Kind == "" {
		return "generic"
	}
	return string(e.Kind)
}

func tenantOf(e *relay.Event) string {
	if e.Record.Origin.Tenant == "" {
		return "default"
	}
	return e.Record.Origin.Tenant
}

func (t target) append(dst []byte, e *relay.Event) []byte {
	for i := range t {
		if t[i].value == nil {
			dst = append(dst, t[i].text...)
			continue
		}
		dst = appendValue(dst, t[i].value(e))
	}
	return dst
}

// pattern is the target with "*" for its placeholders.
func (t target) pattern() string {
	var b strings.Builder
	for i := range t {
		if t[i].value != nil {
			b.WriteByte('*')
		}
		b.WriteString(t[i].text)
	}
	return b.String()
}

// fixed reports whether all events go to one index.
func (t target) fixed() bool { return len(t) == 1 && t[0].value == nil }

// appendValue appends s as a part of the name of a data stream: in lower case, with "_" for what may not stand there, "-" included.
func appendValue(dst []byte, s string) []byte {
	for i := range min(len(s), maxValue) {
		c := s[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '.':
		default:
			c = '_'
		}
		dst = append(dst, c)
	}
	return dst
}
