package relaytest

import (
	"reflect"
	"strconv"
	"strings"

	"logrelay/relay"
)

// Texts returns all that an event holds of its record, each value on a line of its own: the texts and numbers of its class, of Rest, and of a fault. A test of a kind looks there for
// the values of its input, so that none disappears.
func Texts(e *relay.Event) string {
	var b strings.Builder
	if e.Class != nil {
		appendTexts(&b, reflect.ValueOf(e.Class))
	}
	appendTexts(&b, reflect.ValueOf(e.Rest))
	return b.String()
}

func appendTexts(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			appendTexts(b, v.Elem())
		}
	case reflect.Struct:
		if n, ok := v.Interface().(relay.Number); ok {
			if n.Set {
				b.WriteString(strconv.FormatInt(n.Value, 10) + "\n")
			}
			return
		}
		for i := range v.NumField() {
			appendTexts(b, v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			appendTexts(b, v.Index(i))
		}
	case reflect.String:
		if v.Len() > 0 {
			b.WriteString(v.String() + "\n")
		}
	}
}
