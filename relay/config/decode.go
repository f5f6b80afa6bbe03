package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxNodes bounds how many values a file may hold, counting those that aliases repeat.
const maxNodes = 100_000

// field is one key of a struct.
type field struct {
	key   string
	value reflect.Value
	tag   reflect.StructTag
	owner reflect.Type // the struct that declares it
}

// fieldsOf lists the keys of a struct in their order; inlined structs add theirs.
func fieldsOf(v reflect.Value) []field {
	var fields []field
	for i := range v.NumField() {
		sf := v.Type().Field(i)
		key, _, _ := strings.Cut(sf.Tag.Get("yaml"), ",")
		switch {
		case sf.Anonymous:
			fields = append(fields, fieldsOf(v.Field(i))...)
		case key != "-":
			fields = append(fields, field{key, v.Field(i), sf.Tag, v.Type()})
		}
	}
	return fields
}

func keysOf(fields []field) []string {
	keys := make([]string, 0, len(fields))
	for _, f := range fields {
		if f.tag.Get("secret") != "env" {
			keys = append(keys, f.key)
		}
	}
	return keys
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// parse reads the file's text as one YAML document; nil is an empty one. False: it is not YAML, which is reported.
func (l *loader) parse(text []byte) (*yaml.Node, bool) {
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil, true
	}
	if err != nil {
		l.notYAML(err, text)
		return nil, false
	}
	if err := dec.Decode(&more); err == nil {
		l.at(&more, "", "", "a second document; allowed: one document in a file")
	} else if !errors.Is(err, io.EOF) {
		l.notYAML(err, text)
		return nil, false
	}
	return doc.Content[0], true
}

func (l *loader) notYAML(err error, text []byte) {
	p := Problem{File: l.file, Message: "not YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		p.Message = "not YAML: " + err.Error()[len(m[0]):]
		p.Line, _ = strconv.Atoi(m[1])
		p.Column = 1
		if lines := bytes.Split(text, []byte("\n")); p.Line <= len(lines) && indentedByTab(lines[p.Line-1]) {
			p.Hint = "YAML takes no tabs at the beginning of a line: use blanks"
		}
	}
	l.problems = append(l.problems, p)
}

func indentedByTab(line []byte) bool {
	text := bytes.TrimLeft(line, " \t")
	return bytes.IndexByte(line[:len(line)-len(text)], '\t') >= 0
}

// at reports a problem at a node.
func (l *loader) at(n *yaml.Node, key, value, message string) {
	l.problems = append(l.problems, Problem{
		File: l.file, Line: n.Line, Column: n.Column, Key: key, Value: value, Message: message,
	})
}

// decode fills v from a node. An empty value (null) keeps the default.
func (l *loader) decode(n *yaml.Node, v reflect.Value, path string, tag reflect.StructTag) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	l.place[path] = place{file: l.file, line: n.Line, column: n.Column}
	if l.nodes++; l.nodes > maxNodes {
		if l.nodes == maxNodes+1 {
			l.at(n, path, "", fmt.Sprintf("too many values; allowed: %d in a file", maxNodes))
		}
		return
	}
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		return
	}
	switch t := v.Type(); {
	case isScalar(t):
		l.decodeScalar(n, v, path, tag)
	case t.Kind() == reflect.Pointer:
		l.decode(n, v.Elem(), path, tag)
	case t.Kind() == reflect.Struct:
		l.decodeStruct(n, v, path)
	case t.Kind() == reflect.Map:
		l.decodeMap(n, v, path, tag)
	default:
		l.decodeList(n, v, path, tag)
	}
}

func (l *loader) decodeScalar(n *yaml.Node, v reflect.Value, path string, tag reflect.StructTag) {
	if n.Kind != yaml.ScalarNode {
		l.at(n, path, "", "a "+kindOf(n)+"; allowed: one value")
		return
	}
	value := quote(n.Value)
	if v.Type() == secretType {
		value = masked
	}
	if tag.Get("secret") == "env" {
		key := path[strings.LastIndexByte(path, '.')+1:]
		l.at(n, path, value, fmt.Sprintf("secrets do not stand in this file; allowed: %s_file, or the variable %s", key, variable(path)))
		return
	}
	if err := setScalar(v, n.Value, tag); err != nil {
		l.at(n, path, value, err.Error())
	}
}

func (l *loader) decodeStruct(n *yaml.Node, v reflect.Value, path string) {
	fields := fieldsOf(v)
	l.eachKey(n, path, func(key string, kn, vn *yaml.Node) {
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == key })
		if i < 0 {
			l.at(kn, join(path, key), "", unknownKey(key, keysOf(fields), v.Type()))
			return
		}
		l.decode(vn, fields[i].value, join(path, key), fields[i].tag)
	})
}

// eachKey calls f for every key of a mapping and reports what is none, and keys that stand twice.
func (l *loader) eachKey(n *yaml.Node, path string, f func(key string, kn, vn *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		l.at(n, path, "", "a "+kindOf(n)+"; allowed: keys and values")
		return
	}
	seen := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		kn, vn := n.Content[i], n.Content[i+1]
		if kn.Kind != yaml.ScalarNode {
			l.at(kn, path, "", "a "+kindOf(kn)+" as key; allowed: words")
			continue
		}
		if line := seen[kn.Value]; line > 0 {
			l.at(kn, join(path, kn.Value), "", fmt.Sprintf("stands twice; first in line %d", line))
			continue
		}
		seen[kn.Value] = kn.Line
		f(kn.Value, kn, vn)
	}
}

// decodeMap fills a map of named things. Inputs and outputs are made by their type, all else by its Go type.
func (l *loader) decodeMap(n *yaml.Node, v reflect.Value, path string, tag reflect.StructTag) {
	if v.IsNil() { // of a member of a list, which no defaults made
		v.Set(reflect.MakeMap(v.Type()))
	}
	l.eachKey(n, path, func(name string, kn, vn *yaml.Node) {
		if vn.Kind == yaml.AliasNode {
			vn = vn.Alias
		}
		member, ok := l.newMember(v.Type().Elem(), name, join(path, name), kn, vn)
		if !ok {
			return
		}
		l.decode(vn, member, join(path, name), tag)
		l.place[join(path, name)] = place{file: l.file, line: kn.Line, column: kn.Column}
		v.SetMapIndex(reflect.ValueOf(name), member)
	})
}

func (l *loader) newMember(t reflect.Type, name, path string, kn, vn *yaml.Node) (reflect.Value, bool) {
	switch t {
	case reflect.TypeFor[Input]():
		return l.newTyped(path, vn, InputTypes, func(typ string) any { return asAny(NewInput(typ)) })
	case reflect.TypeFor[Output]():
		return l.newTyped(path, vn, OutputTypes, func(typ string) any { return asAny(NewOutput(typ)) })
	case reflect.TypeFor[*Tenant]():
		return reflect.ValueOf(newTenant()), true
	case reflect.TypeFor[*AWSCredentials]():
		return reflect.ValueOf(NewAWSCredentials()), true
	}
	return reflect.New(t).Elem(), true
}

func asAny[T comparable](v T) any {
	var none T
	if v == none {
		return nil
	}
	return v
}

// newTyped makes the member that the key "type" of a mapping (or its variable) asks for.
func (l *loader) newTyped(path string, n *yaml.Node, types []string, make func(string) any) (reflect.Value, bool) {
	typ, tn := "", n
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == "type" && n.Content[i+1].Kind == yaml.ScalarNode {
				tn = n.Content[i+1]
				typ = tn.Value
			}
		}
	}
	if given, ok := l.env[variable(join(path, "type"))]; ok {
		typ = given
	}
	if typ == "" {
		l.at(n, path, "", "no type; allowed: type: "+strings.Join(types, ", "))
		return reflect.Value{}, false
	}
	if v := make(typ); v != nil {
		return reflect.ValueOf(v), true
	}
	l.at(tn, join(path, "type"), quote(typ), notOneOf("type", typ, types).Error())
	return reflect.Value{}, false
}

// decodeList fills a slice; one value may stand for a list of one.
func (l *loader) decodeList(n *yaml.Node, v reflect.Value, path string, tag reflect.StructTag) {
	nodes := n.Content
	if n.Kind == yaml.ScalarNode && isScalar(v.Type().Elem()) {
		nodes = []*yaml.Node{n}
	} else if n.Kind != yaml.SequenceNode {
		l.at(n, path, "", "a "+kindOf(n)+"; allowed: a list")
		return
	}
	list := reflect.MakeSlice(v.Type(), len(nodes), len(nodes))
	for i, item := range nodes {
		l.decode(item, list.Index(i), fmt.Sprintf("%s[%d]", path, i), tag)
	}
	v.Set(list)
}

// unknownKey says what is allowed instead, and when the key belongs to another type of input or output, to which.
func unknownKey(key string, allowed []string, t reflect.Type) string {
	if key == "<<" {
		return "merge keys are not supported; allowed: " + strings.Join(allowed, ", ")
	}
	if typ, others := typesWith(key, t); len(others) > 0 {
		return fmt.Sprintf("not a key of type %s, but of %s; allowed: %s", typ, strings.Join(others, ", "), strings.Join(allowed, ", "))
	}
	return fmt.Sprintf("unknown key%s; allowed: %s", didYouMean(key, allowed), strings.Join(allowed, ", "))
}

// typesWith returns the type word of an input or output struct, and the types of its sort that have the key.
func typesWith(key string, t reflect.Type) (own string, others []string) {
	find := func(types []string, make func(string) any) bool {
		found := false
		for _, typ := range types {
			v := reflect.ValueOf(make(typ)).Elem()
			if v.Type() == t {
				own, found = typ, true
			} else if slices.Contains(keysOf(fieldsOf(v)), key) {
				others = append(others, typ)
			}
		}
		return found
	}
	if find(InputTypes, func(typ string) any { return NewInput(typ) }) {
		return own, others
	}
	others = nil
	if find(OutputTypes, func(typ string) any { return NewOutput(typ) }) {
		return own, others
	}
	return "", nil
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "mapping"
	case yaml.SequenceNode:
		return "list"
	}
	return "single value"
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
