package encode_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/encode"
)

// leaf is one value of a class, by its path, and how to fill it. A filled leaf has a value that no other leaf has.
type leaf struct {
	path  string
	token string // what must be in the output; "" for numbers that go out as a word
	set   func(class reflect.Value)
}

// classesOf are a pointer to each class.
func classesOf() []relay.Class {
	return []relay.Class{new(relay.NetworkFlow), new(relay.APICall), new(relay.DNSQuery), new(relay.HTTPRequest), new(relay.Authentication),
		new(relay.Finding), new(relay.Message), new(relay.Other)}
}

// leavesOf lists the leaves of a class. Hostile: the strings are such as need escaping.
func leavesOf(class relay.Class, hostile bool) []leaf {
	if hostile {
		return leavesWith(class, "\"\\\r\n\x00\x7f\xff\xe2\x28\xa1 |=}{]\u2028")
	}
	return leavesWith(class, "")
}

// leavesWith is leavesOf with what stands behind each text.
func leavesWith(class relay.Class, hostile string) []leaf {
	var out []leaf
	n := 0
	var walk func(typ reflect.Type, path string, at func(reflect.Value) reflect.Value)
	walk = func(typ reflect.Type, path string, at func(reflect.Value) reflect.Value) {
		if typ == reflect.TypeFor[relay.Number]() {
			n++
			number := 20000 + n
			out = append(out, leaf{path, strconv.Itoa(number), func(v reflect.Value) { at(v).Set(reflect.ValueOf(relay.NumberOf(int64(number)))) }})
			return
		}
		switch typ.Kind() {
		case reflect.Struct:
			for i := range typ.NumField() {
				if f := typ.Field(i); f.IsExported() {
					walk(f.Type, path+"."+f.Name, func(v reflect.Value) reflect.Value { return at(v).Field(i) })
				}
			}
		case reflect.Slice:
			walk(typ.Elem(), path, func(v reflect.Value) reflect.Value {
				s := at(v)
				if s.Len() == 0 {
					s.Set(reflect.MakeSlice(typ, 1, 1))
				}
				return s.Index(0)
			})
		case reflect.String:
			n++
			text := textOf(path, n, hostile)
			token := text
			if hostile != "" || text[0] == '{' {
				token = fmt.Sprintf("leaf%dx", n)
			}
			out = append(out, leaf{path, token, func(v reflect.Value) { at(v).SetString(text) }})
		case reflect.Int64:
			n++
			ns := int64(1_700_000_000+n) * 1e9
			out = append(out, leaf{path, "", func(v reflect.Value) { at(v).SetInt(ns) }})
		case reflect.Uint8:
			out = append(out, leaf{path, "", func(v reflect.Value) { at(v).SetUint(1) }})
		case reflect.Bool:
			out = append(out, leaf{path, "", func(v reflect.Value) { at(v).SetBool(true) }})
		default:
			panic("BUG: a class has a " + typ.String())
		}
	}
	walk(reflect.TypeOf(class).Elem(), reflect.TypeOf(class).Elem().Name(), func(v reflect.Value) reflect.Value { return v })
	return out
}

// textOf is a text that the field at path can hold.
func textOf(path string, n int, hostile string) string {
	name := path[strings.LastIndexByte(path, '.')+1:]
	switch name {
	case "JSON", "Request", "Response", "Data":
		if !strings.Contains(path, "Answers") {
			return fmt.Sprintf(`{"k":"leaf%dx"}`, n)
		}
	}
	if hostile != "" {
		return fmt.Sprintf("leaf%dx", n) + hostile
	}
	switch name {
	case "IP", "NATIP", "Intermediates", "XForwardedFor":
		return fmt.Sprintf("192.0.2.%d", n)
	case "MAC":
		return fmt.Sprintf("02-00-00-00-00-%02X", n)
	case "Email":
		return fmt.Sprintf("leaf%dx@example.com", n)
	case "Method":
		return "PATCH"
	}
	return fmt.Sprintf("leaf%dx", n)
}

// lost reports whether a leaf may be left out.
func lost(schema string, l leaf, alone bool) bool {
	has := func(suffix string) bool { return strings.HasSuffix(l.path, suffix) }
	switch {
	case l.token == "", has(".PRI"): // goes out as a word, or as facility and severity
		return true
	case has(".Params.Value"): // there is none without a name
		return true
	case has(".HopIP"): // it is IP, or one of Intermediates
		return true
	case has("Other.Text"): // it is empty where there is JSON
		return !alone
	case schema == "ocsf" && has("Authentication.Protocol"): // it is the caption of ProtocolID
		return !alone
	case schema == "ocsf" && has("User.Type"): // the type of nobody says nothing
		return alone
	case schema == "ocsf" && strings.Contains(l.path, ".Session.Role."): // the published expectations have the issuer alone
		return true
	}
	return false
}

// fill makes an event of a class with some leaves filled.
func fill(class relay.Class, leaves []leaf) *relay.Event {
	v := reflect.New(reflect.TypeOf(class).Elem())
	for _, l := range leaves {
		l.set(v.Elem())
	}
	return &relay.Event{
		Record: &relay.Record{Raw: []byte("raw"), Origin: &relay.Origin{Input: "main"}, Received: 1_795_252_533_500_000_000},
		Kind:   "made-up", Time: 1_795_252_532_000_000_000, Of: 1,
		Class: v.Interface().(relay.Class),
		Rest:  []relay.Field{{Name: "resources", Value: "rest1x"}, {Name: "logrelay", Value: "[7]", Type: relay.FieldJSON}},
	}
}

// TestClassesWhole: whatever a class holds is in the output, and that is valid: all of it, all but one value, one value alone.
func TestClassesWhole(t *testing.T) {
	t.Parallel()
	s := schemas(t)
	for _, class := range classesOf() {
		name := reflect.TypeOf(class).Elem().Name()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := leavesOf(class, false)
			check := func(what string, leaves []leaf) {
				e := fill(class, leaves)
				for _, schema := range []string{"json", "ocsf", "ecs"} {
					enc, err := encode.New(schema, encode.Options{})
					if err != nil {
						t.Fatal(err)
					}
					b := enc(nil, e)
					if schema == "ocsf" && len(leaves) == len(all) {
						checkOCSF(t, s, b)
					} else if schema == "ocsf" { // many, and JSON Schema is slow
						if err := readOCSF(t).check(decode(t, b)); err != nil {
							t.Fatalf("%s: %v: %s", what, err, b)
						}
					}
					checkMembers(t, b)
					for _, l := range leaves {
						if !bytes.Contains(b, []byte(l.token)) && !lost(schema, l, len(leaves) == 1) {
							t.Fatalf("%s as %s: %s (%s) is lost in %s", what, schema, l.path, l.token, b)
						}
					}
					if !bytes.Contains(b, []byte("rest1x")) {
						t.Fatalf("%s as %s: the rest is lost in %s", what, schema, b)
					}
				}
			}
			check("all", all)
			check("nothing", nil)
			for i, l := range all {
				check(l.path+" alone", all[i:i+1])
				check("all but "+l.path, slices.Concat(all[:i], all[i+1:]))
			}
		})
	}
}

// checkMembers checks that no name comes twice in the event, nor in what an encoder puts together of several sources, and that no
// object is empty but an element of structured data without parameters.
func checkMembers(t *testing.T, b []byte) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var value func(path string) (members int)
	value = func(path string) int {
		tok, err := d.Token()
		if err != nil {
			t.Fatalf("%v: %s", err, b)
		}
		n := 1
		switch tok {
		case json.Delim('{'):
			seen := map[string]bool{}
			for d.More() {
				key, err := d.Token()
				if err != nil {
					t.Fatalf("%v: %s", err, b)
				}
				k := key.(string)
				if seen[k] {
					t.Fatalf("%s.%s twice in %s", path, k, b)
				}
				seen[k] = true
				value(path + "." + k)
			}
			_, _ = d.Token()
			n = len(seen)
		case json.Delim('['):
			for n = 0; d.More(); n++ {
				value(path)
			}
			_, _ = d.Token()
		}
		if n == 0 && !strings.Contains(path, ".structured_data.") {
			t.Fatalf("%s is empty in %s", path, b)
		}
		return n
	}
	value("")
}
