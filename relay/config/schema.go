package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// SchemaURI is where packages put the JSON Schema; the shipped file names it for editors.
const SchemaURI = "/usr/share/logrelay/logrelay.schema.json"

// schema is a JSON Schema, draft 7, which is what editors know best.
type schema map[string]any

// Schema returns the JSON Schema of a configuration file, made of the types that Load fills, for editors. shipped is the text of
// etc/logrelay.yaml: its comments become the descriptions. What several keys say together only Load checks; and where Load reads any text as the
// value, such as a quoted truth value, the schema asks for the usual form.
func Schema(shipped []byte) ([]byte, error) {
	words, err := wordsOf(shipped)
	if err != nil {
		return nil, fmt.Errorf("reading the descriptions: %w", err)
	}
	s := &schemer{words: words, definitions: schema{}}
	root := s.object(reflect.ValueOf(Default()).Elem())
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["title"] = "configuration of logrelay"
	root["definitions"] = s.definitions
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err = e.Encode(root)
	return b.Bytes(), err
}

// schemer gathers what is described once and referred to.
type schemer struct {
	words       words
	within      string // the struct that is described, see words
	definitions schema
}

// object describes a struct, with v's values as defaults. Like Load it takes an empty value for all defaults.
func (s *schemer) object(v reflect.Value) schema {
	properties := schema{}
	for _, f := range fieldsOf(v) {
		if f.tag.Get("secret") == "env" {
			continue
		}
		p := s.value(f.value, f.tag)
		if w := s.words.of(f, s.within); w != "" {
			p["description"] = w
		}
		properties[f.key] = p
	}
	return schema{"type": []string{"object", "null"}, "properties": properties, "additionalProperties": false}
}

func (s *schemer) value(v reflect.Value, tag reflect.StructTag) schema {
	switch t := v.Type(); {
	case isScalar(t):
		return scalarSchema(v, tag)
	case t.Kind() == reflect.Struct:
		return s.object(v)
	case t.Kind() == reflect.Map:
		return s.named(t, tag)
	}
	item := s.value(reflect.New(v.Type().Elem()).Elem(), tag)
	delete(item, "default")
	list := schema{"type": []string{"array", "null"}, "items": item}
	if isScalar(v.Type().Elem()) { // one value may stand for a list of one
		return schema{"anyOf": []schema{list, item}}
	}
	return list
}

// named describes a map. The names of things that status and metrics show have a form.
func (s *schemer) named(t reflect.Type, tag reflect.StructTag) schema {
	m := schema{"type": []string{"object", "null"}}
	switch t.Elem() {
	case reflect.TypeFor[Input]():
		m["additionalProperties"] = s.typed("input", InputTypes, func(typ string) any { return NewInput(typ) })
	case reflect.TypeFor[Output]():
		m["additionalProperties"] = s.typed("output", OutputTypes, func(typ string) any { return NewOutput(typ) })
	case reflect.TypeFor[*Tenant](), reflect.TypeFor[*AWSCredentials]():
		member, _ := (&loader{}).newMember(t.Elem(), "", "", nil, nil)
		m["additionalProperties"] = s.object(member.Elem())
	default:
		m["additionalProperties"] = s.value(reflect.New(t.Elem()).Elem(), tag)
		return m
	}
	m["propertyNames"] = schema{"pattern": nameForm.String()}
	return m
}

// typed describes inputs or outputs: which keys there are follows from "type".
func (s *schemer) typed(what string, types []string, make func(string) any) schema {
	var cases []schema
	for _, typ := range types {
		name := what + "_" + typ
		v := reflect.ValueOf(make(typ)).Elem()
		s.within = v.Type().Name()
		def := s.object(v)
		def["properties"].(schema)["type"] = schema{"const": typ}
		s.definitions[name] = def
		cases = append(cases, schema{"if": schema{"properties": schema{"type": schema{"const": typ}}}, "then": schema{"$ref": "#/definitions/" + name}})
	}
	return schema{
		"type": "object", "required": []string{"type"}, "properties": schema{"type": schema{"enum": types, "description": "what sort of " + what + " it is"}},
		"if": schema{"required": []string{"type"}}, "then": schema{"allOf": cases},
	}
}

// Forms of texts. A number that stands without a unit is no string to YAML.
const (
	bytesForm    = `^[0-9]+(\.[0-9]+)? *([KMGT]i?B|B)?$`
	durationForm = `^(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|ms|s|m|h))+$|^0$`
	percentForm  = `^(100|[1-9][0-9]?)%?$`
	shareForm    = `^[0-9]*\.?[0-9]*%?$`
)

func scalarSchema(v reflect.Value, tag reflect.StructTag) schema {
	s := schema{"type": "string"}
	if allowed, ok := tag.Lookup("allowed"); ok {
		s["enum"] = strings.Split(allowed, "|")
		delete(s, "type")
	}
	switch x := v.Interface().(type) {
	case bool:
		s["type"], s["default"] = "boolean", x
	case int:
		s["type"], s["default"], s["minimum"] = "integer", x, 0
		limits(s, tag, strconv.Atoi)
	case Bytes:
		s["type"], s["pattern"], s["minimum"] = []string{"string", "integer"}, bytesForm, 0
		s["default"] = x.String()
		limits(s, tag, func(text string) (int, error) {
			var b Bytes
			err := b.UnmarshalText([]byte(text))
			return int(b), err
		})
	case time.Duration:
		s["type"], s["pattern"] = []string{"string", "integer"}, durationForm
		s["minimum"], s["maximum"] = 0, 0 // of a number: the only one that needs no unit
		s["default"] = durationText(x)
	case Percent:
		s["type"], s["pattern"], s["minimum"], s["maximum"] = []string{"string", "integer"}, percentForm, 1, 100
		s["default"] = x.String()
	case Share:
		s["type"], s["pattern"], s["minimum"], s["maximum"] = []string{"string", "number"}, shareForm, 0, 1
	case Kind:
		s["enum"], s["default"] = Kinds, x.String()
		delete(s, "type")
	case Secret, time.Time, Network:
	default: // text of any sort, of which YAML takes some for numbers
		if _, enum := s["enum"]; !enum {
			s["type"] = []string{"string", "number"}
		}
		if v.String() != "" {
			s["default"] = v.String()
		}
	}
	return s
}

// limits turns the tags "min" and "max" into those of a number. They do not hold for a text with a unit, which only Load checks.
func limits(s schema, tag reflect.StructTag, parse func(string) (int, error)) {
	for name, key := range map[string]string{"min": "minimum", "max": "maximum"} {
		text := tag.Get(name)
		if text == "" {
			continue
		}
		n, err := parse(text)
		if err != nil {
			panic(fmt.Sprintf("BUG: limit %q in a tag: %v", text, err))
		}
		s[key] = n
	}
}

// durationText writes a duration as people do: 1h and not 1h0m0s.
func durationText(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
