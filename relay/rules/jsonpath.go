package rules

import (
	"encoding/json"
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// A JSON path names a member of something of an event that is JSON: rest.NAME…, for what the class has no room for and the members
// of a record that is JSON of no known kind; api.request.NAME… and api.response.NAME… for the parameters and the answer of a call. Two more
// name what is no JSON inside, but has names that are the sender's: rest.structured_data.ELEMENT.NAME of syslog, and http.header.NAME.
const (
	restRoot     = "rest."
	requestRoot  = "api.request."
	responseRoot = "api.response."
	headerRoot   = "http.header."

	structuredData = "structured_data"
)

// jsonPath cuts the root off path. It reports false for names of fields.
func jsonPath(path string) (root, members string, ok bool) {
	for _, root := range [...]string{restRoot, requestRoot, responseRoot, headerRoot} {
		if members, ok := strings.CutPrefix(path, root); ok && members != "" {
			return root, members, true
		}
	}
	return "", "", false
}

// restText returns what rest(path) gives: the text of a string or number, the JSON of an object or array, "" when there is none.
func restText(e *relay.Event, path string) string {
	for i := range e.Rest {
		f := &e.Rest[i]
		switch {
		case f.Name == path:
			return jsonText(f.Type, f.Value, "")
		case len(path) > len(f.Name) && path[len(f.Name)] == '.' && path[:len(f.Name)] == f.Name:
			return jsonText(f.Type, f.Value, path[len(f.Name)+1:])
		}
	}
	if o, ok := e.Class.(*relay.Other); ok && o.JSON != "" {
		return jsonText(relay.FieldJSON, o.JSON, path)
	}
	return ""
}

// jsonText returns the text of a member of a value of a type.
func jsonText(t relay.FieldType, value, path string) string {
	if t != relay.FieldJSON {
		if path == "" {
			return value
		}
		return ""
	}
	var d jsondoc.Doc
	v, _ := member(&d, value, path)
	if v.IsObject() || v.IsArray() {
		return v.Raw()
	}
	if raw := v.Raw(); v.IsString() && strings.IndexByte(raw, '\\') >= 0 {
		var s string // rules that read JSON pay for it
		_ = json.Unmarshal([]byte(raw), &s)
		return s
	}
	return v.Text(nil)
}

// member finds the member at path, of which names are separated by dots, in a JSON text; the text itself for an empty path.
func member(d *jsondoc.Doc, text, path string) (jsondoc.Value, bool) {
	if !d.Parse([]byte(text), 1+strings.Count(path, ".")+1) {
		return jsondoc.Value{}, false
	}
	v := d.Root()
	if path == "" {
		return v, true
	}
	for name := range strings.SplitSeq(path, ".") {
		v = v.Get(name)
	}
	return v, v.Exists()
}

// members calls f for what path names below v, in the order of the text. Names are compared without their escapes and may have dots
// themselves; of an array every element is looked into.
func members(es *relay.Events, v jsondoc.Value, path string, f func(jsondoc.Value)) {
	if path == "" {
		f(v)
		return
	}
	list := v.IsArray()
	for m := v.First(); m.Exists(); m = m.Next() {
		if list {
			members(es, m, path, f)
		} else if left, ok := below(path, m.Field(es).Name); ok {
			members(es, m, left, f)
		}
	}
}

// below returns what is left of path inside a member of that name. It reports false when path leads elsewhere.
func below(path, name string) (left string, ok bool) {
	if path == name {
		return "", true
	}
	if len(path) > len(name) && path[len(name)] == '.' && path[:len(name)] == name {
		return path[len(name)+1:], true
	}
	return "", false
}

// finder calls f for values inside root, none of which is inside another, in the order of the text.
type finder func(root jsondoc.Value, f func(jsondoc.Value))

// replaceJSON returns a JSON text with every value that find names replaced by what change makes of it, or by null when that is "". It reports false when
// the text cannot be read: it is too large, or has a name twice in an object.
func replaceJSON(text string, find finder, change func(jsondoc.Value) string) (string, bool) {
	var d jsondoc.Doc
	if !d.Parse([]byte(text), jsondoc.MaxDepth) {
		return text, false
	}
	var out []byte
	at := 0
	find(d.Root(), func(v jsondoc.Value) {
		out = append(out, text[at:v.Offset()]...)
		at = v.Offset() + len(v.Raw())
		with := change(v)
		if with == "" {
			with = "null"
		}
		out = append(out, with...)
	})
	if at == 0 {
		return text, true
	}
	return string(append(out, text[at:]...)), true
}
