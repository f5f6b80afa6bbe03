package rules

import (
	"fmt"
	"net/netip"

	"github.com/expr-lang/expr/ast"

	"logrelay/relay"
)

// inCIDR is in_cidr for the machine: whether an address, the first parameter, is in one of the networks.
func inCIDR(params ...any) (any, error) {
	ip, err := netip.ParseAddr(params[0].(string))
	if err != nil {
		return false, nil // no address is in no network
	}
	for _, p := range params[1:] {
		network, err := parseNetwork(p.(string))
		if err != nil {
			return false, err
		}
		if network.Contains(ip.Unmap()) {
			return true, nil
		}
	}
	return false, nil
}

func parseNetwork(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, fmt.Errorf(`%q is not a network; allowed: address/bits, such as "10.0.0.0/8"`, text)
	}
	return p.Masked(), nil
}

// cidrNetworks returns the networks of a call of in_cidr; ok is false when n is another call, or its networks are no constants.
func cidrNetworks(n *ast.CallNode) (networks []netip.Prefix, ok bool, err error) {
	id, is := n.Callee.(*ast.IdentifierNode)
	if !is || id.Value != "in_cidr" || len(n.Arguments) < 2 {
		return nil, false, nil
	}
	for _, a := range n.Arguments[1:] {
		s, is := a.(*ast.StringNode)
		if !is {
			return nil, false, nil
		}
		p, err := parseNetwork(s.Value)
		if err != nil {
			return nil, false, err
		}
		networks = append(networks, p)
	}
	return networks, true, nil
}

func cidrCall(n *ast.CallNode) (boolFunc, bool) {
	networks, ok, err := cidrNetworks(n)
	if !ok || err != nil {
		return nil, false
	}
	ip, ok := textOf(n.Arguments[0])
	if !ok {
		return nil, false
	}
	return func(e *relay.Event) bool { return within(networks, ip(e)) }, true
}

// within reports whether ip is an address in one of the networks.
func within(networks []netip.Prefix, ip string) bool {
	if ip == "" {
		return false
	}
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	a = a.Unmap()
	for _, n := range networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}
