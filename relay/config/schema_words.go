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

// words are what the comments of the shipped file say of keys: "HTTPSInput/ListenCommon.listen" is the key of one type of input; without the
// first part it is that of whichever type comes first, for those of which nothing is said: inputs and outputs share most keys.
type words map[string]string

// of returns what is said of a key in a struct.
func (w words) of(f field, within string) string {
	if text := w[within+"/"+wordKey(f)]; text != "" {
		return text
	}
	return w[wordKey(f)]
}

// wordsOf reads the comments of the shipped file.
func wordsOf(shipped []byte) (words, error) {
	text, _, _ := strings.Cut(string(shipped), recipesLine)
	l := newLoader(Options{Path: "logrelay.yaml", Environ: []string{}})
	root, ok := l.parse([]byte(hiddenKey.ReplaceAllString(text, "$1$2")))
	if !ok {
		return nil, l.problems
	}
	all := words{}
	l.words(root, reflect.ValueOf(Default()), "", all)
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	return all, nil
}

func wordKey(f field) string { return f.owner.Name() + "." + f.key }

// words walks a node beside the value that it would fill. within is the struct that v is part of.
func (l *loader) words(n *yaml.Node, v reflect.Value, within string, into words) {
	switch t := v.Type(); {
	case isScalar(t):
	case t.Kind() == reflect.Pointer:
		l.words(n, v.Elem(), v.Elem().Type().Name(), into)
	case t.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		fields := fieldsOf(v)
		l.eachKey(n, "", func(key string, kn, vn *yaml.Node) {
			i := slices.IndexFunc(fields, func(f field) bool { return f.key == key })
			if i < 0 {
				return
			}
			if w, name := commentText(kn.HeadComment), wordKey(fields[i]); w != "" {
				into[within+"/"+name] = w
				if into[name] == "" {
					into[name] = w
				}
			}
			l.words(vn, fields[i].value, within, into)
		})
	case t.Kind() == reflect.Map && n.Kind == yaml.MappingNode:
		l.eachKey(n, "", func(name string, kn, vn *yaml.Node) {
			if member, ok := l.newMember(t.Elem(), name, name, kn, vn); ok {
				l.words(vn, member, within, into)
			}
		})
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			if item.HeadComment != "" && len(item.Content) > 0 && item.Content[0].HeadComment == "" { // what stands before "- name:" is of name
				item.Content[0].HeadComment = item.HeadComment
			}
			l.words(item, reflect.New(t.Elem()).Elem(), within, into)
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
