package encode_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"logrelay/relay/relaytest"
)

// ocsfSchema is the compiled schema as it is published. The JSON Schemas made from it do not check captions, profiles inside objects and
// deprecation; check does.
type ocsfSchema struct {
	Classes, Objects map[string]*ocsfDef
	Types            map[string]struct {
		Type   string
		Regex  string
		MaxLen int `json:"max_len"`
	}
	byUID   map[string]*ocsfDef
	regexps map[string]*regexp.Regexp
}

// ocsfDef is a class or an object.
type ocsfDef struct {
	Name        string
	UID         int
	Attributes  map[string]ocsfAttr
	Constraints map[string][]string
}

type ocsfAttr struct {
	Type        string
	ObjectType  string `json:"object_type"`
	IsArray     bool   `json:"is_array"`
	Requirement string
	Profiles    []string
	Profile     string // in place of Profiles, before 1.8.0
	Sibling     string
	Enum        map[string]struct{ Caption string }
	Deprecated  *struct{ Since string } `json:"@deprecated"`
}

// readOCSF reads the compiled schema.
func readOCSF(t testing.TB) *ocsfSchema {
	t.Helper()
	name := relaytest.Reference(t, "ocsf", "1.8.0", "compiled-subset.json")
	readOnce.Do(func() {
		readOnce.s, readOnce.err = parseOCSF(name)
	})
	if readOnce.err != nil {
		t.Fatal(readOnce.err)
	}
	return readOnce.s
}

var readOnce struct {
	sync.Once
	s   *ocsfSchema
	err error
}

// parseOCSF reads a compiled schema.
func parseOCSF(name string) (*ocsfSchema, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	s := &ocsfSchema{byUID: map[string]*ocsfDef{}, regexps: map[string]*regexp.Regexp{}}
	if err := json.Unmarshal(b, s); err != nil {
		return nil, err
	}
	for _, c := range s.Classes {
		s.byUID[strconv.Itoa(c.UID)] = c
		profiles(c)
	}
	for name, o := range s.Objects {
		o.Name = name
		profiles(o)
	}
	for name, typ := range s.Types {
		if typ.Regex != "" {
			s.regexps[name] = regexp.MustCompile(typ.Regex)
		}
	}
	return s, nil
}

// profiles makes Profiles of Profile.
func profiles(d *ocsfDef) {
	for name, a := range d.Attributes {
		if a.Profile != "" {
			a.Profiles = []string{a.Profile}
			d.Attributes[name] = a
		}
	}
}

// check returns what is wrong with an event.
func (s *ocsfSchema) check(v map[string]any) error {
	c := s.byUID[fmt.Sprint(v["class_uid"])]
	if c == nil {
		return fmt.Errorf("class_uid %v: no such class", v["class_uid"])
	}
	if activity := fmt.Sprint(v["activity_id"]); fmt.Sprint(v["type_uid"]) != strings.TrimLeft(strconv.Itoa(c.UID)+fmt.Sprintf("%02s", activity), "0") {
		return fmt.Errorf("type_uid %v of activity %s", v["type_uid"], activity)
	}
	profiles := []string{}
	if m, ok := v["metadata"].(map[string]any); ok {
		if list, ok := m["profiles"].([]any); ok {
			for _, p := range list {
				profiles = append(profiles, p.(string))
			}
		}
	}
	if !slices.IsSorted(profiles) || len(slices.Compact(slices.Clone(profiles))) != len(profiles) {
		return fmt.Errorf("profiles %v: not sorted, or one twice", profiles)
	}
	used := map[string]bool{}
	if err := s.object(c.Name, c, v, profiles, used); err != nil {
		return err
	}
	for _, p := range profiles {
		if !used[p] {
			return fmt.Errorf("profile %s: nothing of it is there", p)
		}
	}
	return nil
}

// deprecated are the attributes that are used although they are deprecated: the published mappings and expectations have them.
var deprecated = map[string]bool{"account_change.policy": true, "http_activity.http_status": true}

// object checks an object of definition d. Profiles of which something is there are noted in used.
func (s *ocsfSchema) object(path string, d *ocsfDef, v map[string]any, profiles []string, used map[string]bool) error {
	if len(v) == 0 {
		return fmt.Errorf("%s: empty object", path)
	}
	active := func(a ocsfAttr) bool {
		return len(a.Profiles) == 0 || slices.ContainsFunc(a.Profiles, func(p string) bool { return slices.Contains(profiles, p) })
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		a, ok := d.Attributes[name]
		at := path + "." + name
		switch {
		case !ok:
			return fmt.Errorf("%s: no such attribute", at)
		case a.Deprecated != nil && !deprecated[at]:
			return fmt.Errorf("%s: deprecated since %s", at, a.Deprecated.Since)
		case !active(a):
			return fmt.Errorf("%s: belongs to profiles %v, not to %v", at, a.Profiles, profiles)
		}
		for _, p := range a.Profiles {
			used[p] = true
		}
		if err := s.value(at, a, v[name], profiles, used); err != nil {
			return err
		}
		if err := sibling(at, d, a, v, name); err != nil {
			return err
		}
	}
	for name, a := range d.Attributes {
		if _, ok := v[name]; !ok && a.Requirement == "required" && active(a) {
			return fmt.Errorf("%s.%s: required", path, name)
		}
	}
	for rule, names := range d.Constraints {
		n := 0
		for _, name := range names {
			if _, ok := v[name]; ok {
				n++
			}
		}
		if n == 0 || rule == "just_one" && n > 1 {
			return fmt.Errorf("%s: %s of %v", path, rule, names)
		}
	}
	return nil
}

// sibling checks that the text beside an enumerated number is the schema's caption. For 99 it is the source's word, and so it always is for
// the type of a user, as in the published mappings.
func sibling(at string, d *ocsfDef, a ocsfAttr, v map[string]any, name string) error {
	if len(a.Enum) == 0 {
		return nil
	}
	number := fmt.Sprint(v[name])
	e, ok := a.Enum[number]
	if !ok {
		return fmt.Errorf("%s: %s is not one of its values", at, number)
	}
	if a.Sibling == "" {
		return nil
	}
	text, ok := v[a.Sibling]
	if !ok {
		return fmt.Errorf("%s: %s is missing beside it", at, a.Sibling)
	}
	if text != e.Caption && number != "99" && !(d.Name == "user" && name == "type_id") {
		return fmt.Errorf("%s: %s is %q, and %q beside it", at, number, e.Caption, text)
	}
	return nil
}

// value checks a value, or the members of a list.
func (s *ocsfSchema) value(at string, a ocsfAttr, v any, profiles []string, used map[string]bool) error {
	if a.IsArray {
		list, ok := v.([]any)
		if !ok || len(list) == 0 {
			return fmt.Errorf("%s: no list, or an empty one", at)
		}
		a.IsArray = false
		for i := range list {
			if err := s.value(at, a, list[i], profiles, used); err != nil {
				return err
			}
		}
		return nil
	}
	if a.Type == "json_t" || a.ObjectType == "object" {
		return nil
	}
	if a.Type == "object_t" {
		m, ok := v.(map[string]any)
		if !ok {
			return fmt.Errorf("%s: no object", at)
		}
		o := s.Objects[a.ObjectType]
		if o == nil {
			return fmt.Errorf("%s: object %s is not in the schema", at, a.ObjectType)
		}
		return s.object(at, o, m, profiles, used)
	}
	base := a.Type
	if t := s.Types[a.Type].Type; t != "" {
		base = t
	}
	switch x := v.(type) {
	case string:
		limit, re := s.Types[a.Type].MaxLen, s.regexps[a.Type]
		if base != "string_t" || (x == "" || x == "-") && !strings.Contains(at, ".http_headers.") {
			return fmt.Errorf("%s: %q as %s", at, x, a.Type)
		}
		if limit > 0 && len(x) > limit || re != nil && !re.MatchString(x) {
			return fmt.Errorf("%s: %q is no %s", at, x, a.Type)
		}
	case json.Number:
		_, err := strconv.ParseInt(string(x), 10, 64)
		if base != "float_t" && (err != nil || base != "integer_t" && base != "long_t") {
			return fmt.Errorf("%s: %s as %s", at, x, a.Type)
		}
	case bool:
		if base != "boolean_t" {
			return fmt.Errorf("%s: %v as %s", at, x, a.Type)
		}
	default:
		return fmt.Errorf("%s: %v as %s", at, v, a.Type)
	}
	return nil
}
