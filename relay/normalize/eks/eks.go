package eks

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// Parser reads lines of the control plane. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	rest   field.Rest
	groups []string
}

// Of reports whether the origin of a record is a text log of a control plane.
func Of(o *relay.Origin) bool {
	return len(o.Attrs) > 0 && isGroup(attr(o, relay.AttrLogGroup)) && component(attr(o, relay.AttrLogStream)) != ""
}

// OfAudit reports whether the origin of a record is the audit log of a control plane.
func OfAudit(o *relay.Origin) bool {
	return len(o.Attrs) > 0 && isGroup(attr(o, relay.AttrLogGroup)) && strings.HasPrefix(attr(o, relay.AttrLogStream), "kube-apiserver-audit-")
}

// isGroup reports whether a log group is that of a control plane, /aws/eks/CLUSTER/cluster.
func isGroup(s string) bool {
	name, ok := strings.CutPrefix(s, "/aws/eks/")
	name, end := strings.CutSuffix(name, "/cluster")
	return ok && end && name != "" && strings.IndexByte(name, '/') < 0
}

// component returns the component that a log stream, COMPONENT-ID, is of; "" when it is none with a text log.
func component(stream string) string {
	i := strings.LastIndexByte(stream, '-')
	if i < 0 {
		return ""
	}
	switch name := stream[:i]; name {
	case "kube-apiserver", "authenticator", "kube-controller-manager", "kube-scheduler", "cloud-controller-manager":
		return name
	}
	return ""
}

func attr(o *relay.Origin, key string) string {
	for i := range o.Attrs {
		if o.Attrs[i].Key == key {
			return o.Attrs[i].Value
		}
	}
	return ""
}

// Append is a relay.NormalizeFunc.
func (p *Parser) Append(es *relay.Events, r *relay.Record) {
	p.rest.Reset(es)
	app := component(attr(r.Origin, relay.AttrLogStream))
	e := es.Add(r, relay.KindEKS)
	line := relay.View(r.Raw)
	switch {
	case IsKlog(r.Raw):
		e.Class = p.klog(es, e, line)
	case app == "authenticator", strings.HasPrefix(line, `time="`):
		e.Class = p.authenticator(es, e, line)
	default:
		m := es.Message()
		m.Text = line
		e.Class = m
	}
	c := e.Class.Head()
	c.App = app
	if r.Origin.Kind == relay.KindEKS || isGroup(attr(r.Origin, relay.AttrLogGroup)) {
		c.Product = relay.Product{Vendor: "AWS", Name: "Amazon EKS", Feature: app}
		c.Cloud.Provider = "AWS"
	} else {
		c.Product.Name = "Kubernetes"
	}
	e.Rest = p.rest.Fields()
}
