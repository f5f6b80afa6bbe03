package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"

	"logrelay/relay"
)

// expression is a compiled expression of type T. It is shared; machines are not.
type expression[T any] struct {
	fast    func(e *relay.Event) T // nil when only the machine can do it
	program *vm.Program
	uses    []*Field // what the machine has to be given
}

// environment names what expressions may use, with types.
func environment() types.Map {
	env := types.Map{
		"rest": types.TypeOf(func(string) string { return "" }),
		"attr": types.TypeOf(func(string) string { return "" }),
	}
	for i := range Fields {
		f := &Fields[i]
		t := types.String
		if f.number != nil {
			t = types.Int
		}
		group, name, nested := strings.Cut(f.Name, ".")
		if !nested {
			env[f.Name] = t
			continue
		}
		members, _ := env[group].(types.Map)
		if members == nil {
			members = types.Map{}
			env[group] = members
		}
		members[name] = t
	}
	return env
}

func compile(text string, as ...expr.Option) (*vm.Program, error) {
	if len(text) > maxExpression {
		return nil, fmt.Errorf("an expression of %d bytes; allowed: up to %d", len(text), maxExpression)
	}
	options := append([]expr.Option{
		expr.Env(environment()), expr.Optimize(false),
		expr.Function("in_cidr", inCIDR, new(func(string, ...string) bool)),
	}, as...)
	p, err := expr.Compile(text, options...)
	if err != nil {
		reason, _, _ := strings.Cut(err.Error(), "\n") // the lines after it show the expression
		return nil, fmt.Errorf("reading the expression: %s", reason)
	}
	return p, checkTree(p.Node())
}

// maxExpression bounds the text of an expression, in bytes.
const maxExpression = 4 << 10

func condition(text string) (expression[bool], error) {
	p, err := compile(text, expr.AsBool())
	if err != nil {
		return expression[bool]{}, err
	}
	fast, _ := boolOf(p.Node())
	return expression[bool]{fast, p, uses(p.Node())}, nil
}

func textual(text string) (expression[string], error) {
	p, err := compile(text, expr.AsKind(stringKind))
	if err != nil {
		return expression[string]{}, err
	}
	fast, _ := textOf(p.Node())
	return expression[string]{fast, p, uses(p.Node())}, nil
}

// machine runs what closures cannot. It is for one goroutine.
type machine struct {
	vm    vm.VM
	env   map[string]any
	event *relay.Event
}

func newMachine() *machine {
	m := &machine{env: map[string]any{}}
	m.env["rest"] = func(path string) string { return restText(m.event, path) }
	m.env["attr"] = func(name string) string { return m.event.Record.Attr(name) }
	return m
}

// uses lists the fields that an expression names.
func uses(n ast.Node) []*Field {
	u := &used{}
	ast.Walk(&n, u)
	return u.fields
}

type used struct{ fields []*Field }

func (u *used) Visit(n *ast.Node) {
	if f := fieldOf(*n); f != nil && !slices.Contains(u.fields, f) {
		u.fields = append(u.fields, f)
	}
}

// load fills the environment with fields of e.
func (m *machine) load(e *relay.Event, fields []*Field) {
	m.event = e
	for _, f := range fields {
		var v any
		if f.text != nil {
			v = f.text(e)
		} else {
			v = f.number(e)
		}
		group, name, nested := strings.Cut(f.Name, ".")
		if !nested {
			m.env[f.Name] = v
			continue
		}
		members, _ := m.env[group].(map[string]any)
		if members == nil {
			members = map[string]any{}
			m.env[group] = members
		}
		members[name] = v
	}
}

// eval evaluates x for e.
func eval[T any](m *machine, x *expression[T], e *relay.Event) (T, error) {
	if x.fast != nil {
		return x.fast(e), nil
	}
	m.load(e, x.uses)
	out, err := m.vm.Run(x.program, m.env)
	if err != nil {
		var zero T
		return zero, fmt.Errorf("evaluating %q: %w", x.program.Source().String(), err)
	}
	v, ok := out.(T)
	if !ok {
		return v, fmt.Errorf("evaluating %q: it gives a %T", x.program.Source().String(), out)
	}
	return v, nil
}
