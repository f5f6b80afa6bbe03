package relaytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"logrelay/relay"
)

// Lost returns the strings and numbers of a JSON record that none of its events holds: not in the class, not in Rest, in whole or cut at
// a question mark or before a port, or as the same time, or as the number that it is in hex. Case does not count, nor do truths, empty
// strings, a lone dash, text that is not UTF-8, and taken: what the kind turns into something else.
func Lost(raw []byte, events []relay.Event, taken ...string) []string {
	var kept strings.Builder
	for i := range events {
		e := &events[i]
		fmt.Fprintln(&kept, e.Time)
		gather(&kept, reflect.ValueOf(e.Class))
		for _, f := range e.Rest {
			keep(&kept, f.Value)
		}
	}
	have := strings.ToLower(kept.String())
	var lost []string
	for _, leaf := range leaves(raw) {
		whole := strings.ToLower(leaf)
		if leaf == "" || leaf == "-" || slices.Contains(taken, leaf) || strings.Contains(leaf, "\uFFFD") || strings.Contains(have, whole) {
			continue
		}
		if sameTime(have, leaf) || sameNumber(have, leaf) {
			continue
		}
		for part := range strings.SplitSeq(whole, "?") {
			end := max(strings.LastIndexByte(part, ':'), 0)
			host, port := strings.Trim(part[:end], "[]"), strings.TrimLeft(part[end:], ":0")
			if !strings.Contains(have, part) && (end == 0 || !strings.Contains(have, host) || !strings.Contains(have, port)) {
				lost = append(lost, leaf)
				break
			}
		}
	}
	return lost
}

// sameTime reports whether leaf is a time that stands in have in nanoseconds.
func sameTime(have, leaf string) bool {
	if _, err := strconv.ParseFloat(leaf, 64); err == nil {
		return strings.Contains(have, strings.Replace(leaf, ".", "", 1))
	}
	leaf = strings.Replace(leaf, " ", "T", 1)
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04:05Z0700"} {
		if t, err := time.Parse(layout, leaf); err == nil && strings.Contains(have, strconv.FormatInt(t.UnixNano(), 10)) {
			return true
		}
	}
	return false
}

// sameNumber reports whether leaf is a number in hex that stands in have in decimal.
func sameNumber(have, leaf string) bool {
	n, err := strconv.ParseUint(leaf, 16, 64)
	return err == nil && strings.Contains(have, strconv.FormatUint(n, 10)+"\n")
}

// gather appends the strings and numbers inside v.
func gather(out *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			gather(out, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			gather(out, v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			gather(out, v.Index(i))
		}
	case reflect.String:
		keep(out, v.String())
	case reflect.Int64, reflect.Uint8:
		fmt.Fprintln(out, v)
	}
}

// keep appends s, and what stands in it where it is JSON.
func keep(out *strings.Builder, s string) {
	fmt.Fprintln(out, s)
	for _, leaf := range leaves([]byte(s)) {
		fmt.Fprintln(out, leaf)
	}
}

// leaves returns the strings and numbers inside a JSON text; none when it is no such text.
func leaves(text []byte) []string {
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return nil
	}
	var out []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			out = append(out, v)
		case json.Number:
			out = append(out, v.String())
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(v)
	return out
}
