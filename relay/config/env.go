package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

const prefix = "LOGRELAY_"

// variable returns the environment variable of a key: "outputs.siem.tokens[0].name" is LOGRELAY_OUTPUTS_SIEM_TOKENS_0_NAME.
func variable(path string) string {
	return prefix + strings.NewReplacer(".", "_", "-", "_", "[", "_", "]", "").Replace(strings.ToUpper(path))
}

// applyEnv sets every key of the struct v for which there is a variable that is not empty. Lists of values are separated by
// commas; members of lists of mappings have their number, and the next number makes a new member.
func (l *loader) applyEnv(v reflect.Value, path string) {
	for _, f := range fieldsOf(v) {
		key := join(path, f.key)
		switch t := f.value.Type(); {
		case isScalar(t):
			l.fromEnv(key, func(text string) error { return setScalar(f.value, text, f.tag) })
		case t.Kind() == reflect.Struct:
			l.applyEnv(f.value, key)
		case t.Kind() == reflect.Slice && isScalar(t.Elem()):
			l.fromEnv(key, func(text string) error { return setList(f.value, text, f.tag) })
		case t.Kind() == reflect.Slice:
			l.applyEnvList(f.value, key)
		case t.Kind() == reflect.Map && !isScalar(t.Elem()):
			for _, name := range f.value.MapKeys() {
				l.applyEnv(memberOf(f.value, name), join(key, name.String()))
			}
		}
	}
}

func (l *loader) applyEnvList(list reflect.Value, key string) {
	for i := 0; ; i++ {
		path := fmt.Sprintf("%s[%d]", key, i)
		if i >= list.Len() {
			if !l.anyVariable(variable(path) + "_") {
				return
			}
			list.Set(reflect.Append(list, reflect.Zero(list.Type().Elem())))
		}
		l.applyEnv(list.Index(i), path)
	}
}

func (l *loader) anyVariable(start string) bool {
	for name := range l.env {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}

// fromEnv hands the variable of a key to set, and remembers who took it.
func (l *loader) fromEnv(key string, set func(text string) error) {
	name := variable(key)
	l.variables = append(l.variables, name)
	text, ok := l.env[name]
	if !ok {
		return
	}
	l.place[key] = place{variable: name}
	if other := l.taken[name]; other != "" {
		l.problem(key, "", "the variable could also mean "+other+"; rename one of them, or write it into the file")
		return
	}
	l.taken[name] = key
	if err := set(text); err != nil {
		value := quote(text)
		if isSecret(key) {
			value = masked
		}
		l.problem(key, value, err.Error())
	}
}

// isSecret reports whether a key's value must not be shown, by its last word.
func isSecret(key string) bool {
	switch key[strings.LastIndexByte(key, '.')+1:] {
	case "token", "token_hash", "password", "password_hash", "bearer", "access_key_id", "secret_access_key", "session_token":
		return true
	}
	return false
}

func setList(v reflect.Value, text string, tag reflect.StructTag) error {
	items := strings.Split(text, ",")
	list := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		if err := setScalar(list.Index(i), strings.TrimSpace(item), tag); err != nil {
			return err
		}
	}
	v.Set(list)
	return nil
}

// unknownVariables reports variables of the program's sections that no key has: a typing error must not pass in silence. Other
// variables with the prefix are left alone; container platforms set such for services.
func (l *loader) unknownVariables() {
	for _, name := range slices.Sorted(maps.Keys(l.env)) {
		rest, ours := strings.CutPrefix(name, prefix)
		if !ours {
			continue
		}
		section, _, _ := strings.Cut(rest, "_")
		switch section {
		case "LOG", "TLS", "BUFFER", "ADMIN", "TENANTS", "AWS", "INPUTS", "OUTPUTS":
			if l.taken[name] == "" && name != certVariable && name != keyVariable {
				l.problems = append(l.problems, Problem{
					Variable: name,
					Message:  "no key has this variable" + didYouMean(name, l.variables),
					Hint:     "inputs, outputs, tenants and blocks of aws have to stand in the file before variables can change them",
				})
			}
		}
	}
}
