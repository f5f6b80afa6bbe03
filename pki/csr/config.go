package csr

import (
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Config is what a configuration file of openssl says about a request.
type Config struct {
	Bits       int     // default_bits of a new RSA key; 0 when the file has none
	Fields     []Field // of the subject, in the order of the file
	Names      []Name
	Extensions []pkix.Extension // but the names
	Ignored    []string         // what is in the file and not in the request, as sentences
}

// Field is one attribute of the subject that a file names.
type Field struct {
	Name    string // of the attribute: "commonName"
	Joined  bool   // it shares its place with the field before it
	Prompt  string // the question; "" when Default is the value and nobody is to be asked
	Default string
}

// ParseConfig reads a file of at most 64 KiB. env looks variables of the environment up; errors state the line or the section.
func ParseConfig(text []byte, env func(string) (string, bool)) (*Config, error) {
	s, err := parseSections(text, env)
	if err != nil {
		return nil, err
	}
	if _, ok := s["req"]; !ok {
		return nil, errors.New("it has no section [ req ]")
	}
	c := &Config{}
	if bits, ok := s.get("req", "default_bits"); ok {
		if c.Bits, err = strconv.Atoi(bits); err != nil {
			return nil, fmt.Errorf("[ req ]: default_bits %q is not a number", bits)
		}
	}
	for _, name := range []string{"attributes", "default_keyfile"} {
		if value, ok := s.get("req", name); ok {
			c.Ignored = append(c.Ignored, fmt.Sprintf("%s = %s is left out", name, value))
		}
	}
	if err := c.readFields(s); err != nil {
		return nil, err
	}
	return c, c.readExtensions(s)
}

// suffixes of the names that go with a question.
var suffixes = []string{"_default", "_value", "_min", "_max"}

func (c *Config) readFields(s sections) error {
	section, ok := s.get("req", "distinguished_name")
	if !ok {
		return nil // the subject comes from elsewhere
	}
	entries, ok := s[section]
	if !ok {
		return fmt.Errorf("[ req ]: distinguished_name names the section [ %s ], which is not there", section)
	}
	prompt, _ := s.get("req", "prompt")
	literal := strings.EqualFold(prompt, "no")
	beside := func(name, suffix string) (string, bool) {
		i := slices.IndexFunc(entries, func(e entry) bool { return e.name == name+suffix })
		if i < 0 {
			return "", false
		}
		return entries[i].value, true
	}
	for _, e := range entries {
		if slices.ContainsFunc(suffixes, func(suffix string) bool { return strings.HasSuffix(e.name, suffix) }) {
			continue
		}
		f := Field{Name: fieldName(e.name), Default: e.value}
		f.Name, f.Joined = strings.CutPrefix(f.Name, "+")
		if attributeNamed(f.Name) == nil {
			return fmt.Errorf("[ %s ]: unknown attribute %q", section, e.name)
		}
		if !literal {
			byDefault, asks := beside(e.name, "_default")
			for _, limit := range []string{"_min", "_max"} {
				_, limited := beside(e.name, limit)
				asks = asks || limited
			}
			if value, ok := beside(e.name, "_value"); ok {
				f.Default = value
			} else if asks || isQuestion(e.value) {
				f.Prompt, f.Default = e.value, byDefault
			}
		}
		c.Fields = append(c.Fields, f)
	}
	return nil
}

// fieldName takes off what makes a name unique in its section: "0." of "0.organizationName".
func fieldName(name string) string {
	if i := strings.IndexAny(name, ":,."); i >= 0 && i+1 < len(name) {
		return name[i+1:]
	}
	return name
}

// questions are the beginnings of the texts in openssl's own file, and of those that others make of it.
var questions = []string{
	"country name", "state or province", "locality name", "organization name", "organizational unit", "common name", "email address",
	"second organization", "enter ", "your ",
}

func isQuestion(text string) bool {
	lower := strings.ToLower(text)
	return strings.HasSuffix(lower, ":") || strings.HasSuffix(lower, "?") ||
		slices.ContainsFunc(questions, func(q string) bool { return strings.HasPrefix(lower, q) })
}

func (c *Config) readExtensions(s sections) error {
	section, ok := s.get("req", "req_extensions")
	if !ok {
		for _, name := range slices.Sorted(maps.Keys(s)) {
			if slices.ContainsFunc(s[name], func(e entry) bool { return e.name == "subjectAltName" }) {
				c.Ignored = append(c.Ignored, fmt.Sprintf("the names of [ %s ] are left out: [ req ] has no line req_extensions = %s", name, name))
			}
		}
		return nil
	}
	if _, ok := s[section]; !ok {
		return fmt.Errorf("[ req ]: req_extensions names the section [ %s ], which is not there", section)
	}
	for _, e := range s[section] {
		if err := c.addExtension(s, e); err != nil {
			return fmt.Errorf("[ %s ]: %w", section, err)
		}
	}
	return nil
}

// AddExtension takes "subjectAltName=DNS:a,IP:b" and the like, as -addext has it.
func (c *Config) AddExtension(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return fmt.Errorf(`%q is not "name=value"`, text)
	}
	return c.addExtension(nil, entry{strings.TrimSpace(name), strings.TrimSpace(value)})
}

func (c *Config) addExtension(s sections, e entry) error {
	switch {
	case e.name == "subjectAltName":
		names, err := alternativeNames(s, e.value)
		if err != nil {
			return err
		}
		for _, n := range names {
			c.Names = AddName(c.Names, n)
		}
	case known(e.name):
		x, err := extension(e.name, e.value)
		if err != nil {
			return err
		}
		c.Extensions = append(slices.DeleteFunc(c.Extensions, func(o pkix.Extension) bool { return o.Id.Equal(x.Id) }), x)
	default:
		c.Ignored = append(c.Ignored, fmt.Sprintf("the extension %s = %s is left out", e.name, e.value))
	}
	return nil
}

// alternativeNames reads the value of subjectAltName: a list, or "@" and a section with one name a line.
func alternativeNames(s sections, value string) ([]Name, error) {
	value = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(value), "critical,"))
	section, ok := strings.CutPrefix(value, "@")
	if !ok {
		return ParseNames(value)
	}
	entries, ok := s[strings.TrimSpace(section)]
	if !ok {
		return nil, fmt.Errorf("subjectAltName names the section [ %s ], which is not there", section)
	}
	var names []Name
	for _, e := range entries {
		kind, _, _ := strings.Cut(e.name, ".")
		n, err := NewName(kind, e.value)
		if err != nil {
			return nil, fmt.Errorf("[ %s ]: %w", section, err)
		}
		names = append(names, n)
	}
	return names, nil
}
