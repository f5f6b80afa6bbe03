package field

import "strings"

// Form is a text with places for values: "Failed {method} for {user} from {addr} port {port}". It is compiled once.
type Form struct {
	lead  string
	Steps []Step
}

// Step is one value of a form: it ends where until begins, or at the end of the text where there is no until.
type Step struct{ Name, until string }

// MaxValues bounds the values of a form.
const MaxValues = 12

// CompileForm compiles a form. It panics when that is none: forms are tables of ours.
func CompileForm(text string) Form {
	lead, rest, _ := strings.Cut(text, "{")
	f := Form{lead: lead}
	for rest != "" {
		name, after, _ := strings.Cut(rest, "}")
		until, next, more := strings.Cut(after, "{")
		f.Steps = append(f.Steps, Step{name, until})
		if more && until == "" || len(f.Steps) > MaxValues {
			panic("BUG: not a form: " + text)
		}
		if rest = next; !more {
			break
		}
	}
	return f
}

// Match finds the values of f in s, in the order of f.Steps. A dot or a blank may end s. A value whose name begins with "user" is what a stranger has typed: it goes up to the last place where what follows it can be.
func (f *Form) Match(values *[MaxValues]string, s string) bool {
	s, ok := strings.CutPrefix(s, f.lead)
	if !ok {
		return false
	}
	for i := range f.Steps {
		st := &f.Steps[i]
		if st.until == "" {
			values[i] = strings.TrimSuffix(s, ".")
			return true
		}
		at := strings.Index(s, st.until)
		if at >= 0 && strings.HasPrefix(st.Name, "user") {
			at = strings.LastIndex(s, st.until)
		}
		if at < 0 {
			return false
		}
		values[i], s = s[:at], s[at+len(st.until):]
	}
	return s == "" || s == "." || s == " "
}
