package rules

import (
	"strings"

	"logrelay/relay"
)

// Field is something of an event that expressions read.
type Field struct {
	Name string // "src.ip"
	Doc  string
	// One of the two is set. Both answer for an event of any class: "" and 0 when it has no such thing.
	text   func(e *relay.Event) string
	number func(e *relay.Event) int

	place func(e *relay.Event) *string // where set and redact write; nil when the field is read only, or the event has none
}

// Type returns "string" or "int".
func (f *Field) Type() string {
	if f.text != nil {
		return "string"
	}
	return "int"
}

// Writable reports whether set and redact may change the field.
func (f *Field) Writable() bool { return f.place != nil }

// address reports whether the field holds an IP address.
func (f *Field) address() bool {
	return strings.HasSuffix(f.Name, ".ip") || strings.HasSuffix(f.Name, ".nat_ip")
}

// Fields are all fields, in the order of documentation.
var Fields = fields()

func fields() []Field {
	all := []Field{
		{Name: "kind", Doc: "what the record is: vpcflow, cloudtrail, syslog, ...", text: func(e *relay.Event) string { return string(e.Kind) }},
		{Name: "class", Doc: "network_flow, api_call, dns_query, http_request, authentication, finding, message, other", text: class},
		{Name: "input", Doc: "name of the input", text: func(e *relay.Event) string { return e.Record.Origin.Input }},
		{Name: "tenant", Doc: "tenant of the token or input", text: func(e *relay.Event) string { return e.Record.Origin.Tenant }},
		{Name: "source", Doc: "source label of the token or input", text: func(e *relay.Event) string { return e.Record.Origin.Source }},
		{Name: "peer", Doc: "address of the sender, or s3://bucket/key", text: func(e *relay.Event) string { return e.Record.Origin.Peer }},
		{Name: "identity", Doc: "who the transport says the sender is: token name, certificate subject", text: func(e *relay.Event) string { return e.Record.Origin.Identity }},
		{Name: "raw", Doc: "the record as it arrived", text: func(e *relay.Event) string { return relay.View(e.Record.Raw) }},
		{Name: "parse_error", Doc: "why the record could not be understood: syntax, truncated, columns, value, ...; empty when it could", text: func(e *relay.Event) string { return e.Fault.Reason.String() }},
		{Name: "severity", Doc: "1 informational, 2 low, 3 medium, 4 high, 5 critical, 6 fatal; 0 not stated", number: func(e *relay.Event) int { return int(head(e).Severity) }},
		{Name: "status", Doc: "success, failure or empty", text: status},
		{Name: "action", Doc: "allowed, denied, observed, modified, other; empty when nothing was decided", text: action},
		{Name: "protocol", Doc: "IANA number of the protocol: 6 TCP, 17 UDP", number: func(e *relay.Event) int {
			return connection(e, func(c *relay.Connection) int { return int(c.Protocol.Value) })
		}},
		{Name: "bytes", Doc: "bytes of the flow", number: func(e *relay.Event) int { return traffic(e, func(t *relay.Traffic) int { return int(t.Bytes.Value) }) }},
		{Name: "packets", Doc: "packets of the flow", number: func(e *relay.Event) int {
			return traffic(e, func(t *relay.Traffic) int { return int(t.Packets.Value) })
		}},
		{Name: "http.status", Doc: "status of the answer", number: func(e *relay.Event) int {
			if h := request(e); h != nil {
				return int(h.Status.Value)
			}
			return 0
		}},
	}
	writable := func(name, doc string, place func(*relay.Event) *string) {
		all = append(all, Field{Name: name, Doc: doc, place: place, text: func(e *relay.Event) string {
			if p := place(e); p != nil {
				return *p
			}
			return ""
		}})
	}
	writable("message", "the sentence for people, the text of a syslog message, or the line", message)
	ofHead := func(name, doc string, place func(*relay.Common) *string) {
		writable(name, doc, func(e *relay.Event) *string {
			if e.Class == nil {
				return nil
			}
			return place(e.Class.Head())
		})
	}
	ofHead("host", "host that the record says it comes from", func(c *relay.Common) *string { return &c.Host })
	ofHead("app", "program that wrote it", func(c *relay.Common) *string { return &c.App })
	ofHead("status_code", "the source's code of the outcome", func(c *relay.Common) *string { return &c.StatusCode })
	ofHead("status_detail", "the source's words for the outcome", func(c *relay.Common) *string { return &c.StatusDetail })
	ofHead("event_id", "the source's own id", func(c *relay.Common) *string { return &c.EventID })
	ofHead("event_code", "the source's own name or number of this sort of event", func(c *relay.Common) *string { return &c.EventCode })
	ofHead("level", "level of the log", func(c *relay.Common) *string { return &c.Level })
	ofHead("product.name", "product that wrote the record", func(c *relay.Common) *string { return &c.Product.Name })
	ofHead("product.vendor", "its vendor", func(c *relay.Common) *string { return &c.Product.Vendor })
	ofHead("product.feature", "its part", func(c *relay.Common) *string { return &c.Product.Feature })
	ofHead("cloud.account", "account of the cloud", func(c *relay.Common) *string { return &c.Cloud.Account })
	ofHead("cloud.region", "region of the cloud", func(c *relay.Common) *string { return &c.Cloud.Region })
	for _, side := range []struct {
		name, doc string
		of        func(*relay.Event) *relay.Endpoint
	}{{"src", "source: ", src}, {"dst", "destination: ", dst}} {
		ofSide := func(name, doc string, place func(*relay.Endpoint) *string) {
			writable(side.name+"."+name, side.doc+doc, func(e *relay.Event) *string {
				if p := side.of(e); p != nil {
					return place(p)
				}
				return nil
			})
		}
		ofSide("ip", "address", func(p *relay.Endpoint) *string { return &p.IP })
		ofSide("nat_ip", "address that it was translated to or from", func(p *relay.Endpoint) *string { return &p.NATIP })
		ofSide("hostname", "host name", func(p *relay.Endpoint) *string { return &p.Hostname })
		ofSide("domain", "domain", func(p *relay.Endpoint) *string { return &p.Domain })
		ofSide("mac", "MAC address", func(p *relay.Endpoint) *string { return &p.MAC })
		ofSide("country", "country, two letters", func(p *relay.Endpoint) *string { return &p.Country })
		ofSide("interface", "network interface", func(p *relay.Endpoint) *string { return &p.Interface })
		ofSide("instance", "instance", func(p *relay.Endpoint) *string { return &p.Instance })
		ofSide("vpc", "VPC", func(p *relay.Endpoint) *string { return &p.VPC })
		ofSide("subnet", "subnet", func(p *relay.Endpoint) *string { return &p.Subnet })
		ofSide("service", "service behind the address", func(p *relay.Endpoint) *string { return &p.Service })
		all = append(all,
			Field{Name: side.name + ".port", Doc: side.doc + "port", number: func(e *relay.Event) int {
				if p := side.of(e); p != nil {
					return int(p.Port.Value)
				}
				return 0
			}},
			Field{Name: side.name + ".scope", Doc: side.doc + "internal or external, by enrich.internal; empty without it", text: func(e *relay.Event) string {
				if p := side.of(e); p != nil {
					return scopes[p.Scope]
				}
				return ""
			}})
	}
	for _, who := range []struct {
		name, doc string
		of        func(*relay.Event) *relay.User
	}{{"user", "user it is about: ", user}, {"actor", "user who did it: ", actor}} {
		ofUser := func(name, doc string, place func(*relay.User) *string) {
			writable(who.name+"."+name, who.doc+doc, func(e *relay.Event) *string {
				if u := who.of(e); u != nil {
					return place(u)
				}
				return nil
			})
		}
		ofUser("name", "name", func(u *relay.User) *string { return &u.Name })
		ofUser("uid", "ARN, SID or id", func(u *relay.User) *string { return &u.UID })
		ofUser("uid_alt", "principal id", func(u *relay.User) *string { return &u.UIDAlt })
		ofUser("type", "type in the source's word", func(u *relay.User) *string { return &u.Type })
		ofUser("account", "account of the cloud", func(u *relay.User) *string { return &u.Account })
		ofUser("domain", "domain", func(u *relay.User) *string { return &u.Domain })
		ofUser("email", "mail address", func(u *relay.User) *string { return &u.Email })
		ofUser("access_key", "id of the access key", func(u *relay.User) *string { return &u.AccessKey })
	}
	ofAPI := func(name, doc string, place func(*relay.API) *string) {
		writable(name, doc, func(e *relay.Event) *string {
			if a := api(e); a != nil {
				return place(a)
			}
			return nil
		})
	}
	ofAPI("api.operation", "operation that was called", func(a *relay.API) *string { return &a.Operation })
	ofAPI("api.service", "service that was called", func(a *relay.API) *string { return &a.Service })
	ofHTTP := func(name, doc string, place func(*relay.HTTP) *string) {
		writable(name, doc, func(e *relay.Event) *string {
			if h := request(e); h != nil {
				return place(h)
			}
			return nil
		})
	}
	ofHTTP("http.method", "method", func(h *relay.HTTP) *string { return &h.Method })
	ofHTTP("http.host", "host of the URL", func(h *relay.HTTP) *string { return &h.Host })
	ofHTTP("http.path", "path of the URL", func(h *relay.HTTP) *string { return &h.Path })
	ofHTTP("http.query", "query of the URL, without ?", func(h *relay.HTTP) *string { return &h.Query })
	ofHTTP("http.url", "the URL as a whole", func(h *relay.HTTP) *string { return &h.URL })
	ofHTTP("http.user_agent", "user agent", func(h *relay.HTTP) *string { return &h.UserAgent })
	ofHTTP("http.referrer", "referrer", func(h *relay.HTTP) *string { return &h.Referrer })
	ofDNS := func(name, doc string, place func(*relay.DNSQuery) *string) {
		writable(name, doc, func(e *relay.Event) *string {
			if q, ok := e.Class.(*relay.DNSQuery); ok {
				return place(q)
			}
			return nil
		})
	}
	ofDNS("dns.name", "name that was asked for", func(q *relay.DNSQuery) *string { return &q.Name })
	ofDNS("dns.type", "type of record", func(q *relay.DNSQuery) *string { return &q.Type })
	ofDNS("dns.rcode", "code of the answer", func(q *relay.DNSQuery) *string { return &q.Rcode })
	ofFinding := func(name, doc string, place func(*relay.Finding) *string) {
		writable(name, doc, func(e *relay.Event) *string {
			if f, ok := e.Class.(*relay.Finding); ok {
				return place(f)
			}
			return nil
		})
	}
	ofFinding("finding.title", "title of the finding", func(f *relay.Finding) *string { return &f.Title })
	ofFinding("finding.uid", "id of the finding", func(f *relay.Finding) *string { return &f.UID })
	writable("verdict", "the source's word for what was decided", func(e *relay.Event) *string {
		if v := verdict(e); v != nil {
			return &v.Word
		}
		return nil
	})
	writable("rule", "rule that decided: its name, or its id", func(e *relay.Event) *string {
		switch v := verdict(e); {
		case v == nil:
			return nil
		case v.Rule.Name != "":
			return &v.Rule.Name
		default:
			return &v.Rule.UID
		}
	})
	return all
}

// lookup returns the field of a name, or nil.
func lookup(name string) *Field {
	for i := range Fields {
		if Fields[i].Name == name {
			return &Fields[i]
		}
	}
	return nil
}
