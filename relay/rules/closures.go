package rules

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"logrelay/relay"
)

const stringKind = reflect.String

type (
	boolFunc func(*relay.Event) bool
	textFunc = func(*relay.Event) string
	intFunc  func(*relay.Event) int
)

// boolOf turns a checked expression into a closure. It reports false for what only the machine can do.
func boolOf(n ast.Node) (func(*relay.Event) bool, bool) {
	switch n := n.(type) {
	case *ast.BoolNode:
		return func(*relay.Event) bool { return n.Value }, true
	case *ast.UnaryNode:
		if f, ok := boolOf(n.Node); ok && (n.Operator == "not" || n.Operator == "!") {
			return func(e *relay.Event) bool { return !f(e) }, true
		}
	case *ast.CallNode:
		return cidrCall(n)
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&", "or", "||":
			return logical(n)
		case "in":
			return membership(n)
		case "matches":
			return matching(n)
		}
		if f, ok := compareText(n); ok {
			return f, true
		}
		return compareInt(n)
	}
	return nil, false
}

func logical(n *ast.BinaryNode) (boolFunc, bool) {
	l, ok := boolOf(n.Left)
	if !ok {
		return nil, false
	}
	r, ok := boolOf(n.Right)
	if !ok {
		return nil, false
	}
	if n.Operator == "and" || n.Operator == "&&" {
		return func(e *relay.Event) bool { return l(e) && r(e) }, true
	}
	return func(e *relay.Event) bool { return l(e) || r(e) }, true
}

// membership is `x in ["a", "b"]` and `x in [1, 2]`.
func membership(n *ast.BinaryNode) (boolFunc, bool) {
	list, ok := n.Right.(*ast.ArrayNode)
	if !ok {
		return nil, false
	}
	if x, ok := textOf(n.Left); ok {
		words := make([]string, 0, len(list.Nodes))
		for _, m := range list.Nodes {
			s, ok := m.(*ast.StringNode)
			if !ok {
				return nil, false
			}
			words = append(words, s.Value)
		}
		return func(e *relay.Event) bool { return slices.Contains(words, x(e)) }, true
	}
	x, ok := intOf(n.Left)
	if !ok {
		return nil, false
	}
	numbers := make([]int, 0, len(list.Nodes))
	for _, m := range list.Nodes {
		i, ok := m.(*ast.IntegerNode)
		if !ok {
			return nil, false
		}
		numbers = append(numbers, i.Value)
	}
	return func(e *relay.Event) bool { return slices.Contains(numbers, x(e)) }, true
}

func matching(n *ast.BinaryNode) (boolFunc, bool) {
	x, ok := textOf(n.Left)
	pattern, constant := n.Right.(*ast.StringNode)
	if !ok || !constant {
		return nil, false
	}
	re, err := regexp.Compile(pattern.Value)
	if err != nil {
		return nil, false
	}
	return func(e *relay.Event) bool { return re.MatchString(x(e)) }, true
}

func compareText(n *ast.BinaryNode) (boolFunc, bool) {
	l, ok := textOf(n.Left)
	if !ok {
		return nil, false
	}
	r, ok := textOf(n.Right)
	if !ok {
		return nil, false
	}
	switch n.Operator {
	case "==":
		return func(e *relay.Event) bool { return l(e) == r(e) }, true
	case "!=":
		return func(e *relay.Event) bool { return l(e) != r(e) }, true
	case "contains":
		return func(e *relay.Event) bool { return strings.Contains(l(e), r(e)) }, true
	case "startsWith":
		return func(e *relay.Event) bool { return strings.HasPrefix(l(e), r(e)) }, true
	case "endsWith":
		return func(e *relay.Event) bool { return strings.HasSuffix(l(e), r(e)) }, true
	}
	return nil, false
}

func compareInt(n *ast.BinaryNode) (boolFunc, bool) {
	l, ok := intOf(n.Left)
	if !ok {
		return nil, false
	}
	r, ok := intOf(n.Right)
	if !ok {
		return nil, false
	}
	switch n.Operator {
	case "==":
		return func(e *relay.Event) bool { return l(e) == r(e) }, true
	case "!=":
		return func(e *relay.Event) bool { return l(e) != r(e) }, true
	case "<":
		return func(e *relay.Event) bool { return l(e) < r(e) }, true
	case "<=":
		return func(e *relay.Event) bool { return l(e) <= r(e) }, true
	case ">":
		return func(e *relay.Event) bool { return l(e) > r(e) }, true
	case ">=":
		return func(e *relay.Event) bool { return l(e) >= r(e) }, true
	}
	return nil, false
}

func textOf(n ast.Node) (textFunc, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return func(*relay.Event) string { return n.Value }, true
	case *ast.CallNode:
		name, arg, ok := textCall(n)
		switch {
		case ok && name == "rest":
			return func(e *relay.Event) string { return restText(e, arg) }, true
		case ok && name == "attr":
			return func(e *relay.Event) string { return e.Record.Attr(arg) }, true
		}
		return nil, false
	case *ast.BuiltinNode:
		return caseOf(n)
	}
	f := fieldOf(n)
	if f == nil || f.text == nil {
		return nil, false
	}
	return f.text, true
}

// caseOf is lower(x) and upper(x).
func caseOf(n *ast.BuiltinNode) (textFunc, bool) {
	if len(n.Arguments) != 1 {
		return nil, false
	}
	x, ok := textOf(n.Arguments[0])
	switch {
	case ok && n.Name == "lower":
		return func(e *relay.Event) string { return strings.ToLower(x(e)) }, true
	case ok && n.Name == "upper":
		return func(e *relay.Event) string { return strings.ToUpper(x(e)) }, true
	}
	return nil, false
}

func intOf(n ast.Node) (intFunc, bool) {
	if i, ok := n.(*ast.IntegerNode); ok {
		return func(*relay.Event) int { return i.Value }, true
	}
	f := fieldOf(n)
	if f == nil || f.number == nil {
		return nil, false
	}
	return f.number, true
}

// fieldOf returns the field that a node names, or nil.
func fieldOf(n ast.Node) *Field {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return lookup(n.Value)
	case *ast.MemberNode:
		group, ok := n.Node.(*ast.IdentifierNode)
		name, constant := n.Property.(*ast.StringNode)
		if ok && constant {
			return lookup(group.Value + "." + name.Value)
		}
	}
	return nil
}

// textCall reads a call of one constant string.
func textCall(n *ast.CallNode) (name, arg string, ok bool) {
	id, ok := n.Callee.(*ast.IdentifierNode)
	if !ok || len(n.Arguments) != 1 {
		return "", "", false
	}
	s, ok := n.Arguments[0].(*ast.StringNode)
	if !ok {
		return "", "", false
	}
	return id.Value, s.Value, true
}
