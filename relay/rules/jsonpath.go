package rules

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// A JSON path names a member of something of an event that is JSON: rest.NAME…, for what the class has no room for and the members
// of a record that is JSON of no known kind; api.request.NAME… and api.response.NAME… for the parameters and the answer of a call.
const (
	restRoot     = "rest."
	requestRoot  = "api.request."
	responseRoot = "api.response."
)

// jsonPath cuts the root off path. It reports false for names of fields.
func jsonPath(path string) (root, members string, ok bool) {
	for _, root := range [...]string{restRoot, requestRoot, responseRoot} {
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
	var es relay.Events // rules that read JSON pay for it
	return v.Text(&es)
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

// replaceJSON returns a JSON text with the member at path replaced by what change makes of it, or removed when that is "". It reports false
// when there is no such member.
func replaceJSON(text, path string, change func(jsondoc.Value) string) (string, bool) {
	var d jsondoc.Doc
	v, ok := member(&d, text, path)
	if !ok {
		return text, false
	}
	start, end := v.Offset(), v.Offset()+len(v.Raw())
	with := change(v)
	if with == "" {
		with = "null"
	}
	return text[:start] + with + text[end:], true
}

// rewriteJSON changes the member of e that root and path name, wherever it is.
func rewriteJSON(e *relay.Event, root, path string, change func(jsondoc.Value) string) {
	switch root {
	case requestRoot:
		if a := api(e); a != nil && a.Request != "" {
			a.Request, _ = replaceJSON(a.Request, path, change)
		}
		rewriteRest(e, "requestParameters."+path, change) // where schemas demand that it stays with the rest
	case responseRoot:
		if a := api(e); a != nil && a.Response != "" {
			a.Response, _ = replaceJSON(a.Response, path, change)
		}
		rewriteRest(e, "responseElements."+path, change)
	default:
		rewriteRest(e, path, change)
		if o, ok := e.Class.(*relay.Other); ok && o.JSON != "" {
			o.JSON, _ = replaceJSON(o.JSON, path, change)
		}
	}
}

func rewriteRest(e *relay.Event, path string, change func(jsondoc.Value) string) {
	for i := range e.Rest {
		f := &e.Rest[i]
		within := ""
		switch {
		case f.Name == path:
		case f.Type == relay.FieldJSON && len(path) > len(f.Name) && path[len(f.Name)] == '.' && path[:len(f.Name)] == f.Name:
			within = path[len(f.Name)+1:]
		default:
			continue
		}
		if f.Type == relay.FieldJSON {
			f.Value, _ = replaceJSON(f.Value, within, change)
			continue
		}
		var d jsondoc.Doc
		if text := quote(f.Value); d.Parse([]byte(text), 1) {
			f.Value, f.Type = change(d.Root()), relay.FieldJSON
			if f.Value == "" {
				f.Value = "null"
			}
		}
	}
}
