package csr

import (
	"fmt"
	"strings"
)

const (
	maxConfig = 64 << 10 // bytes of a configuration file
	maxValue  = 64 << 10 // bytes of one value with its variables (openssl: MAX_CONF_VALUE_LENGTH)

	defaultSection = "default"
)

// entry is one line "name = value".
type entry struct{ name, value string }

// sections are the entries of each section in their order. As in openssl a name that comes again stands where it came last.
type sections map[string][]entry

// get looks a name up in a section and then in the default one, as openssl does.
func (s sections) get(section, name string) (value string, ok bool) {
	for _, in := range []string{section, defaultSection} {
		for _, e := range s[in] {
			if e.name == name {
				return e.value, true
			}
		}
	}
	return "", false
}

func (s sections) set(section, name, value string) {
	kept := s[section][:0]
	for _, e := range s[section] {
		if e.name != name {
			kept = append(kept, e)
		}
	}
	s[section] = append(kept, entry{name, value})
}

// reader parses the format of config(5).
type reader struct {
	found   sections
	section string
	env     func(string) (string, bool)
}

// parseSections reads a file. env looks up $ENV::NAME.
func parseSections(text []byte, env func(string) (string, bool)) (sections, error) {
	if len(text) > maxConfig {
		return nil, fmt.Errorf("larger than %d bytes", maxConfig)
	}
	r := &reader{found: sections{}, section: defaultSection, env: env}
	whole, first := "", 0
	lines := strings.Split(strings.TrimPrefix(string(text), "\ufeff"), "\n")
	for i, line := range lines {
		line = strings.TrimSuffix(line, "\r")
		if whole == "" {
			first = i + 1
		}
		if continued(line) && i < len(lines)-1 {
			whole += line[:len(line)-1]
			continue
		}
		if err := r.line(whole + line); err != nil {
			return nil, fmt.Errorf("line %d: %w", first, err)
		}
		whole = ""
	}
	return r.found, nil
}

// continued reports whether a line ends in a backslash that is not itself escaped.
func continued(line string) bool {
	return (len(line)-len(strings.TrimRight(line, `\`)))%2 == 1
}

func (r *reader) line(line string) error {
	line = strings.TrimSpace(uncomment(line))
	if line == "" {
		return nil
	}
	if rest, ok := strings.CutPrefix(line, "["); ok {
		name, after, ok := strings.Cut(rest, "]")
		if !ok || strings.TrimSpace(after) != "" {
			return fmt.Errorf("%q: a section is written [ name ]", line)
		}
		r.section = strings.TrimSpace(name)
		if _, ok := r.found[r.section]; !ok {
			r.found[r.section] = nil
		}
		return nil
	}
	if strings.HasPrefix(line, ".pragma") {
		return nil
	}
	if strings.HasPrefix(line, ".include") {
		return fmt.Errorf("%q: other files are not read; put their lines here", line)
	}
	name, raw, ok := strings.Cut(line, "=")
	if !ok {
		return fmt.Errorf(`%q: neither a section nor "name = value"`, line)
	}
	section, name := r.section, strings.TrimSpace(name)
	if in, of, ok := strings.Cut(name, "::"); ok {
		section, name = in, of
	}
	if name == "" {
		return fmt.Errorf("%q: a value without a name", line)
	}
	value, err := r.expand(strings.TrimSpace(raw))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	r.found.set(section, name, value)
	return nil
}

// uncomment cuts a line at the first "#" that is neither quoted nor escaped.
func uncomment(line string) string {
	var quote byte
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case isQuote(c):
			quote = c
		case c == '#':
			return line[:i]
		}
	}
	return line
}

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

// expand takes quotes and escapes off a value and puts variables in.
func (r *reader) expand(raw string) (string, error) {
	var out strings.Builder
	var quote byte
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case c == '\\' && i+1 < len(raw):
			i++
			out.WriteByte(escaped(raw[i], quote))
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			out.WriteByte(c)
		case isQuote(c):
			quote = c
		case c == '$':
			value, after, err := r.variable(raw[i+1:])
			if err != nil {
				return "", err
			}
			out.WriteString(value)
			i = len(raw) - len(after) - 1
		default:
			out.WriteByte(c)
		}
		if out.Len() > maxValue {
			return "", fmt.Errorf("longer than %d bytes", maxValue)
		}
	}
	return out.String(), nil
}

func escaped(c, quote byte) byte {
	if quote != 0 {
		return c
	}
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	}
	return c
}

// variable reads "name", "section::name", either in braces or parentheses, behind a "$".
func (r *reader) variable(text string) (value, after string, err error) {
	name := ""
	if text != "" && (text[0] == '{' || text[0] == '(') {
		end := map[byte]string{'{': "}", '(': ")"}[text[0]]
		var ok bool
		if name, after, ok = strings.Cut(text[1:], end); !ok {
			return "", "", fmt.Errorf("$%c without %s", text[0], end)
		}
	} else {
		n := 0
		for n < len(text) && (isWord(text[n]) || strings.HasPrefix(text[n:], "::") || n > 0 && text[n] == ':' && text[n-1] == ':') {
			n++
		}
		name, after = text[:n], text[n:]
	}
	section, of, ok := strings.Cut(name, "::")
	if !ok {
		section, of = r.section, name
	}
	if section == "ENV" {
		value, ok = r.env(of)
	} else {
		value, ok = r.found.get(section, of)
	}
	if !ok {
		return "", "", fmt.Errorf("the variable $%s has no value", name)
	}
	return value, after, nil
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
