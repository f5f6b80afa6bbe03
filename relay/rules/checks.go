package rules

import (
	"fmt"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// checkTree finds what expr's checker lets through and a rule must not do: networks that are none, names that are looked up in a way that
// hides which fields are needed, and loops whose time grows with a power of what a sender writes.
func checkTree(n ast.Node) error {
	c := &checks{}
	ast.Walk(&n, c)
	if c.err == nil && c.groups != c.members {
		c.err = fmt.Errorf(`groups of fields are no values; allowed: the field itself, such as src.ip`)
	}
	return c.err
}

type checks struct {
	err             error
	groups, members int // names of groups of fields, and fields of groups
}

func (c *checks) Visit(n *ast.Node) {
	if err := c.node(*n); err != nil && c.err == nil {
		c.err = err
	}
}

func (c *checks) node(n ast.Node) error {
	switch n := n.(type) {
	case *ast.CallNode:
		if id, ok := n.Callee.(*ast.IdentifierNode); ok && id.Value == "in_cidr" && len(n.Arguments) < 2 {
			return fmt.Errorf(`in_cidr without a network; allowed: in_cidr(src.ip, "10.0.0.0/8")`)
		}
		_, _, err := cidrNetworks(n)
		return err
	case *ast.IdentifierNode:
		if n.Value == "$env" {
			return fmt.Errorf("$env is not known here; allowed: the fields themselves, such as src.ip")
		}
		if isGroup(n.Value) {
			c.groups++
		}
	case *ast.MemberNode:
		if fieldOf(n) != nil {
			c.members++
		}
	case *ast.BuiltinNode:
		return loop(n)
	}
	return nil
}

func isGroup(name string) bool {
	for i := range Fields {
		if group, _, nested := strings.Cut(Fields[i].Name, "."); nested && group == name && lookup(name) == nil {
			return true
		}
	}
	return false
}

// loop refuses reduce, which can build a text by adding to it a million times, and loops inside loops but those over a list that is written down.
func loop(n *ast.BuiltinNode) error {
	if n.Name == "reduce" {
		return fmt.Errorf("reduce is not known here: it takes too long")
	}
	for _, a := range n.Arguments {
		if p, ok := a.(*ast.PredicateNode); ok {
			inner := &innerLoops{}
			ast.Walk(&p.Node, inner)
			if inner.found {
				return fmt.Errorf(`a loop inside %s takes too long; allowed inside of one: loops over lists such as ["a", "b"]`, n.Name)
			}
		}
	}
	return nil
}

type innerLoops struct{ found bool }

func (l *innerLoops) Visit(n *ast.Node) {
	b, ok := (*n).(*ast.BuiltinNode)
	if !ok {
		return
	}
	for _, a := range b.Arguments[1:] {
		_, loops := a.(*ast.PredicateNode)
		if _, list := b.Arguments[0].(*ast.ArrayNode); loops && !list {
			l.found = true
		}
	}
}
