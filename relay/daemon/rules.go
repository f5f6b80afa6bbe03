package daemon

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/config"
	"logrelay/relay/normalize"
	"logrelay/relay/rules"
)

// CheckRules says what is wrong with the rules of an output; it is for config.Options.
func CheckRules(o *config.OutputCommon) (problems []config.RuleProblem) {
	_, err := rules.Compile(ruleOptions("", o))
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range joined.Unwrap() {
			key, message, _ := strings.Cut(err.Error(), ": ")
			problems = append(problems, config.RuleProblem{Key: key, Message: message})
		}
	}
	return problems
}

func ruleOptions(name string, c *config.OutputCommon) rules.Options {
	o := rules.Options{
		Output: name, Unparsed: c.PassUnparsed,
		Enrich: rules.Enrichment{Services: c.Enrich.Services, Internal: config.Prefixes(c.Enrich.Internal)},
	}
	for i := range c.Rules {
		r := &c.Rules[i]
		o.Rules = append(o.Rules, rules.Rule{
			Name: r.Name, When: r.When, Drop: r.Drop, Keep: r.Keep, Sample: float64(r.Sample), Set: r.Set,
			Redact: r.Redact, With: rules.Mode(r.With), Pattern: r.Pattern, Key: []byte(r.Key.Reveal()),
		})
	}
	return o
}

// normalizer returns what makes the NormalizeFunc of one worker of an output; nil when nothing asks what a record is.
func (d *Daemon) normalizer(name string, c *config.OutputCommon) (func() relay.NormalizeFunc, error) {
	o := ruleOptions(name, c)
	o.Logger, o.Registerer = d.o.Logger.With("output", name), d.registry
	set, err := rules.Compile(o)
	if err != nil {
		return nil, relay.WithHint(err, "`logrelay check --config-only` names the line")
	}
	if c.Schema == "raw" && len(c.Kinds) == 0 && set.Empty() {
		return nil, nil
	}
	return func() relay.NormalizeFunc { return set.Wrap(normalize.New().Append) }, nil
}
