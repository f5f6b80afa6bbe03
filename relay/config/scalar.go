package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
	secretType   = reflect.TypeFor[Secret]()
	durationType = reflect.TypeFor[time.Duration]()
	timeType     = reflect.TypeFor[time.Time]()
)

// isScalar reports whether values of type t are written as one text.
func isScalar(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.String:
		return true
	}
	return reflect.PointerTo(t).Implements(textType)
}

// setScalar parses text into v and holds it against the tags "allowed" (words separated by bars), "min" and "max". The file
// and the environment share it. The error says what is allowed, never the text.
func setScalar(v reflect.Value, text string, tag reflect.StructTag) error {
	if err := parseScalar(v, text); err != nil {
		return err
	}
	if words, ok := tag.Lookup("allowed"); ok {
		if allowed := strings.Split(words, "|"); !slices.Contains(allowed, text) {
			return notOneOf("word", text, allowed)
		}
	}
	return checkRange(v, tag)
}

func parseScalar(v reflect.Value, text string) error {
	switch {
	case v.Type() == timeType:
		for _, layout := range []string{time.RFC3339, time.DateOnly} {
			if t, err := time.Parse(layout, text); err == nil {
				v.Set(reflect.ValueOf(t.UTC()))
				return nil
			}
		}
		return errors.New(`not a time; allowed: "2006-01-02T15:04:05Z" or "2006-01-02" (UTC)`)
	case v.Type() == durationType:
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return errors.New(`not a duration; allowed: a number with ms, s, m or h, such as "5s" or "1h30m"`)
		}
		v.SetInt(int64(d))
	case v.Addr().Type().Implements(textType):
		return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
	case v.Kind() == reflect.String:
		v.SetString(text)
	case v.Kind() == reflect.Bool:
		if text != "true" && text != "false" {
			return errors.New("not a truth value; allowed: true, false")
		}
		v.SetBool(text == "true")
	default:
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || n < 0 {
			return errors.New("not a number; allowed: whole numbers from 0")
		}
		v.SetInt(n)
	}
	return nil
}

// checkRange compares a number with the limits in its tag, which are written as its values are.
func checkRange(v reflect.Value, tag reflect.StructTag) error {
	low, high := tag.Get("min"), tag.Get("max")
	limit := reflect.New(v.Type()).Elem()
	for _, bound := range []struct {
		text string
		ok   func() bool
	}{
		{low, func() bool { return v.Int() >= limit.Int() }},
		{high, func() bool { return v.Int() <= limit.Int() }},
	} {
		if bound.text == "" {
			continue
		}
		if err := parseScalar(limit, bound.text); err != nil {
			panic(fmt.Sprintf("BUG: limit %q in a tag: %v", bound.text, err))
		}
		if bound.ok() {
			continue
		}
		switch {
		case low == "":
			return fmt.Errorf("out of range; allowed: at most %s", high)
		case high == "":
			return fmt.Errorf("out of range; allowed: at least %s", low)
		}
		return fmt.Errorf("out of range; allowed: %s to %s", low, high)
	}
	return nil
}
