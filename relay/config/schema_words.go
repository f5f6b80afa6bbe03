package config

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// hiddenKey is a line that shows a key behind a "#", without a blank.
var hiddenKey = regexp.MustCompile(`(?m)^( *)#([a-z-])`)

// recipesLine ends the keys of the shipped file.
const recipesLine = "# ---- Recipes ----\n"

// wordsOf returns what the comments of the shipped file say of each key, by the struct that declares it: inputs and outputs share some.
func wordsOf(shipped []byte) (map[string]string, error) {
	text, _, _ := strings.Cut(string(shipped), recipesLine)
	l := newLoader(Options{Path: "logrelay.yaml", Environ: []string{}})
	root, ok := l.parse([]byte(hiddenKey.ReplaceAllString(text, "$1$2")))
	if !ok {
		return nil, l.problems
	}
	words := map[string]string{}
	l.words(root, reflect.ValueOf(Default()).Elem(), words)
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	return words, nil
}

func wordKey(f field) string { return f.owner.Name() + "." + f.key }

// words walks a node beside the value that it would fill.
func (l *loader) words(n *yaml.Node, v reflect.Value, into map[string]string) {
	switch t := v.Type(); {
	case isScalar(t):
	case t.Kind() == reflect.Pointer:
		l.words(n, v.Elem(), into)
	case t.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		fields := fieldsOf(v)
		l.eachKey(n, "", func(key string, kn, vn *yaml.Node) {
			i := slices.IndexFunc(fields, func(f field) bool { return f.key == key })
			if i < 0 {
				return
			}
			if w := commentText(kn.HeadComment); w != "" && into[wordKey(fields[i])] == "" {
				into[wordKey(fields[i])] = w
			}
			l.words(vn, fields[i].value, into)
		})
	case t.Kind() == reflect.Map && n.Kind == yaml.MappingNode:
		l.eachKey(n, "", func(name string, kn, vn *yaml.Node) {
			if member, ok := l.newMember(t.Elem(), name, name, kn, vn); ok {
				l.words(vn, member, into)
			}
		})
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			l.words(item, reflect.New(t.Elem()).Elem(), into)
		}
	}
}

// commentText is the last paragraph of a comment, without its marks.
func commentText(comment string) string {
	if i := strings.LastIndex(comment, "\n\n"); i >= 0 {
		comment = comment[i+2:]
	}
	lines := strings.Split(comment, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(strings.TrimLeft(lines[i], "#"))
	}
	return strings.TrimSpace(strings.Join(lines, " "))
}
