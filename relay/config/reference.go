package config

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

const referenceHead = `# Configuration: every key

Made by ` + "`logrelay config-schema --markdown`" + ` from the program and from the comments of logrelay.yaml, which also has recipes. Keys are written as paths: ` + "`tls.acme.email`" + ` is the
key ` + "`email`" + ` in ` + "`acme`" + ` in ` + "`tls`" + `, and ` + "`[]`" + ` stands for each entry of a list. NAME is yours.

| value | how it is written |
|---|---|
| size | ` + "`65536`, `64KiB`, `1.5GB`" + `: bytes, or a number with KiB, MiB, GiB, TiB, KB, MB, GB or TB |
| duration | ` + "`500ms`, `30s`, `1h30m`" + ` |
| time | ` + "`2027-01-01`, `2027-01-01T08:00:00Z`" + ` |
| network | ` + "`10.0.0.0/8`, or one address: `192.0.2.7`" + ` |
| kind | ` + "`auto`, or one that `logrelay mapping`" + ` lists |
| file | a path, from the directory of the configuration where it is relative; or ` + "`credential:NAME`" + `, a credential of systemd |
| path | the same, of what the relay makes itself |
| list | ` + "`[a, b]`" + `; a single value stands for a list of one |

Each key of what the file names is also a variable of the environment, which wins over the file: ` + "`outputs.siem.timeout` is `LOGRELAY_OUTPUTS_SIEM_TIMEOUT`, `inputs.https.tokens[0].token` is" + `
` + "`LOGRELAY_INPUTS_HTTPS_TOKENS_0_TOKEN`" + `. A key marked *environment* is a secret and never stands in the file: set the variable, or the key beside it that ends in ` + "`_file`" + `.
`

// Reference returns every key of a configuration file, for people, in Markdown: made like Schema, of the same types and comments.
func Reference(shipped []byte) ([]byte, error) {
	words, err := wordsOf(shipped)
	if err != nil {
		return nil, fmt.Errorf("reading the descriptions: %w", err)
	}
	r := &reference{words: words}
	r.b.WriteString(referenceHead)
	r.section("The relay", Default())
	r.section("tenants.NAME", newTenant())
	r.section("aws.NAME", NewAWSCredentials())
	for _, typ := range InputTypes {
		r.section("inputs.NAME of type "+typ, NewInput(typ))
	}
	for _, typ := range OutputTypes {
		r.section("outputs.NAME of type "+typ, NewOutput(typ))
	}
	r.section(rulesSection, &Rule{})
	r.section(tlsSection, &ClientTLS{Strict: true})
	return []byte(r.b.String()), nil
}

// Sections of what many outputs share.
const (
	rulesSection = "outputs.NAME.rules[]"
	tlsSection   = "outputs.NAME.tls"
)

type reference struct {
	words  words
	within string // the struct that the section describes
	b      strings.Builder
}

// section describes the struct that p points to, with its values as defaults.
func (r *reference) section(title string, p any) {
	v := reflect.ValueOf(p).Elem()
	r.within = v.Type().Name()
	fmt.Fprintf(&r.b, "\n## %s\n\n| key | value | default | meaning |\n|---|---|---|---|\n", title)
	r.rows(v, "")
}

func (r *reference) rows(v reflect.Value, path string) {
	for _, f := range fieldsOf(v) {
		key, t := join(path, f.key), f.value.Type()
		if key == "type" {
			continue // the title says it
		}
		if isScalar(t) {
			r.row(key, valueWords(f.value, f.tag), defaultWords(f), f)
			continue
		}
		var member reflect.Value
		switch t.Kind() {
		case reflect.Struct:
			member = f.value
		case reflect.Map:
			if t.Elem().Kind() == reflect.Pointer || t.Elem().Kind() == reflect.Interface {
				continue // a section of its own
			}
			r.row(key, "names, each with a "+valueWords(reflect.New(t.Elem()).Elem(), f.tag), "", f)
			continue
		default:
			member = reflect.New(t.Elem()).Elem()
			if isScalar(t.Elem()) {
				r.row(key, "list of: "+valueWords(member, f.tag), "", f)
				continue
			}
			key += "[]"
		}
		switch member.Type() {
		case reflect.TypeFor[Rule]():
			r.row(key, link(rulesSection), "", f)
		case reflect.TypeFor[ClientTLS]():
			r.row(key, link(tlsSection), "", f)
		default:
			if r.words.of(f, r.within) != "" {
				r.row(key, "", "", f)
			}
			r.rows(member, key)
		}
	}
}

func (r *reference) row(key, value, fallback string, f field) {
	meaning := cell.Replace(r.words.of(f, r.within))
	if f.tag.Get("secret") == "env" {
		meaning = "In the place of `" + f.key + "_file`."
	}
	fmt.Fprintf(&r.b, "| `%s` | %s | %s | %s |\n", key, value, fallback, meaning)
}

// cell keeps Markdown from seeing more in a text than stands there.
var cell = strings.NewReplacer("|", `\|`, "*", `\*`, "<", `\<`)

// link refers to a section, as GitHub and others name it.
func link(section string) string {
	return fmt.Sprintf("[keys](#%s)", strings.NewReplacer(".", "", "[", "", "]", "").Replace(strings.ToLower(section)))
}

// valueWords says what a key takes.
func valueWords(v reflect.Value, tag reflect.StructTag) string {
	if allowed, ok := tag.Lookup("allowed"); ok {
		return "`" + strings.ReplaceAll(allowed, "|", "`, `") + "`"
	}
	what := "text"
	switch v.Interface().(type) {
	case bool:
		what = "`true`, `false`"
	case int:
		what = "number"
	case Bytes:
		what = "size"
	case time.Duration:
		what = "duration"
	case time.Time:
		what = "time"
	case Percent:
		what = "1% to 100%"
	case Share:
		what = "0 to 1, or a percentage"
	case Network:
		what = "network"
	case Kind:
		what = "kind"
	case File:
		what = "file"
	case Path:
		what = "path"
	}
	switch low, high := tag.Get("min"), tag.Get("max"); {
	case low != "" && high != "":
		what += ", " + low + " to " + high
	case low != "":
		what += ", at least " + low
	case high != "":
		what += ", at most " + high
	}
	if tag.Get("secret") == "env" {
		what += ", *environment*"
	}
	return what
}

func defaultWords(f field) string {
	if d, ok := scalarSchema(f.value, f.tag)["default"]; ok {
		return fmt.Sprintf("`%v`", d)
	}
	return ""
}
