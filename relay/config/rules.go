package config

import (
	"errors"
	"fmt"
	"strconv"
)

// Rule is one rule of an output: it drops, keeps, samples, sets or redacts. What expressions may say is checked by Options.CheckRules.
type Rule struct {
	Name   string            `yaml:"name"`
	When   string            `yaml:"when"` // expression; empty means all events
	Drop   string            `yaml:"drop"` // expression
	Keep   string            `yaml:"keep"` // expression
	Sample Share             `yaml:"sample"`
	Set    map[string]string `yaml:"set"` // field to expression
	Redact []string          `yaml:"redact"`

	With    string `yaml:"with" allowed:"mask|hash|remove"` // of redact
	Pattern string `yaml:"pattern"`                         // of redact: a regular expression; only what it matches
	Key     Secret `yaml:"key,omitempty" secret:"env"`
	KeyFile File   `yaml:"key_file" into:"Key"` // of redact with: hash
}

// Enrich says what is added to events before the rules see them.
type Enrich struct {
	Services bool      `yaml:"services"` // names of well-known ports
	Internal []Network `yaml:"internal"` // networks that are internal; all others are external. Empty: nothing is added
}

// Share is a part of 1: above 0 and up to 1; 0 is "not given".
type Share float64

// UnmarshalText reads a decimal number, or a percentage.
func (s *Share) UnmarshalText(text []byte) error {
	digits, scale := string(text), 1.0
	if n := len(digits); n > 0 && digits[n-1] == '%' {
		digits, scale = digits[:n-1], 100
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil || !(f >= 0 && f <= scale) {
		return errors.New(`not a share; allowed: from 0, which is no sampling, up to 1, such as 0.1, or "10%"`)
	}
	*s = Share(f / scale)
	return nil
}

func (s Share) String() string { return strconv.FormatFloat(float64(s), 'g', -1, 64) }

// RuleProblem is what is wrong with one rule of an output.
type RuleProblem struct{ Key, Message string } // Key is "rules[2].drop"

// validateRules checks an output's rules and what they can change.
func (l *loader) validateRules(o *OutputCommon, path string) {
	if l.rules != nil {
		for _, p := range l.rules(o) {
			l.problem(path+"."+p.Key, "", p.Message)
		}
	}
	for i := range o.Rules {
		r := &o.Rules[i]
		key := fmt.Sprintf("%s.rules[%d]", path, i)
		switch {
		case o.Schema == "raw" && (len(r.Set) > 0 || len(r.Redact) > 0):
			l.problem(key, "", "set and redact change events, but schema raw sends the record as it arrived; allowed: another schema")
		case len(r.Redact) > 0 && o.Raw:
			l.problem(path+".raw", "true", "sends the record as it arrived beside what is redacted; allowed: raw: false, or no redact")
		case len(r.Redact) > 0 && o.PassUnparsed:
			l.warn(path+".pass_unparsed", "true", "records that cannot be understood go out as they came, past redaction")
		}
	}
	if o.Schema == "raw" && (o.Enrich.Services || len(o.Enrich.Internal) > 0) && len(o.Rules) == 0 {
		l.warn(path+".enrich", "", "adds to events, but schema raw sends the record as it arrived")
	}
}
