package daemon

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
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

// checkRules shows the rules of the outputs that have any, in the order in which events meet them.
func checkRules(c *config.Config) (results []CheckResult) {
	for _, name := range slices.Sorted(maps.Keys(c.Outputs)) {
		o := c.Outputs[name].Common()
		for i := range o.Rules {
			r := &o.Rules[i]
			label := r.Name
			if label == "" {
				label = strconv.Itoa(i)
			}
			results = append(results, CheckResult{Name: "output " + name, Result: CheckOK, Detail: "rule " + label + ": " + describeRule(r)})
		}
	}
	return results
}

// describeRule says in words what a rule does.
func describeRule(r *config.Rule) string {
	what := ""
	switch {
	case r.Drop != "":
		return "drops what is " + r.Drop
	case r.Keep != "":
		return "keeps only what is " + r.Keep
	case r.Sample != 0:
		what = "keeps " + strconv.FormatFloat(100*float64(r.Sample), 'g', 6, 64) + "%"
	case len(r.Set) > 0:
		what = "sets " + strings.Join(slices.Sorted(maps.Keys(r.Set)), ", ")
	default:
		what = "redacts " + strings.Join(r.Redact, ", ") + " (" + cmp.Or(r.With, "mask") + ")"
		if r.Pattern != "" {
			what += " where it matches " + r.Pattern
		}
	}
	if r.When != "" {
		what += " of what is " + r.When
	}
	return what
}

// normalizer returns what makes the NormalizeFunc of one worker of an output; nil when nothing asks what a record is.
func (d *Daemon) normalizer(name string, c *config.OutputCommon) (func() relay.NormalizeFunc, error) {
	o := ruleOptions(name, c)
	o.Logger, o.Registerer = d.o.Logger.With("output", name), d.registry
	return newNormalizer(o, c)
}

func newNormalizer(o rules.Options, c *config.OutputCommon) (func() relay.NormalizeFunc, error) {
	set, err := rules.Compile(o)
	if err != nil {
		return nil, relay.WithHint(err, "`logrelay check --config-only` names the line")
	}
	if c.Schema == "raw" && len(c.Kinds) == 0 && set.Empty() {
		return nil, nil
	}
	return func() relay.NormalizeFunc { return set.Wrap(normalize.New().Append) }, nil
}
