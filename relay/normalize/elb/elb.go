package elb

import (
	"strings"
	"time"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// Parser reads the lines of load balancers. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	fields []string
	rest   field.Rest
	es     *relay.Events
	arn    string // of the line in hand: what tells account and region
	timing [3]relay.Number
}

// Append is a relay.NormalizeFunc. The events point into r's bytes.
func (p *Parser) Append(es *relay.Events, r *relay.Record) {
	s := strings.TrimRight(relay.View(r.Raw), "\r\n ")
	l := layoutOf(s)
	if l == nil {
		es.AddUnparsed(r, relay.KindELB, relay.Fault{Reason: relay.FaultColumns, Detail: "not the layout of an ALB, NLB or CLB log"})
		return
	}
	var ok bool
	p.fields, ok = field.Quoted(p.fields[:0], s, len(l.columns)+maxExtra)
	if !ok {
		es.AddUnparsed(r, relay.KindELB, relay.Fault{Reason: relay.FaultTruncated, Offset: len(s), Detail: "a quote that does not end"})
		return
	}
	if len(p.fields) < l.least {
		es.AddUnparsed(r, relay.KindELB, relay.Fault{Reason: relay.FaultTruncated, Offset: len(s), Detail: "fewer fields than the layout has"})
		return
	}
	text := p.fields[l.time]
	at, ok := field.DateTime(strings.TrimSuffix(text, "Z"), time.UTC)
	if !ok {
		es.AddUnparsed(r, relay.KindELB, relay.Fault{Reason: relay.FaultTime, Offset: strings.Index(s, text), Detail: "no time of the years 1678 to 2261"})
		return
	}
	p.es, p.arn = es, ""
	p.rest.Reset(es)
	var class relay.Class
	switch {
	case l == &albConnection:
		class = p.connection(l)
	case l == &nlbTLS:
		class = p.network(l, at)
	case l == &clbAccess && strings.TrimRight(p.fields[11], " ") == "- - -":
		class = p.listener(l)
	default:
		class = p.access(l, at)
	}
	c := class.Head()
	c.Product.Vendor, c.Product.Name, c.Cloud.Provider = "AWS", "Elastic Load Balancing", "AWS"
	c.TimeText = text
	c.Cloud.Region, c.Cloud.Account = place(p.arn)
	e := es.Add(r, relay.KindELB)
	e.Time, e.Class, e.Rest = at, class, p.rest.Fields()
}

// place returns what arn:PARTITION:SERVICE:REGION:ACCOUNT:… tells.
func place(arn string) (region, account string) {
	if !strings.HasPrefix(arn, "arn:") {
		return "", ""
	}
	_, arn, _ = strings.Cut(arn[len("arn:"):], ":")
	_, arn, _ = strings.Cut(arn, ":")
	region, arn, _ = strings.Cut(arn, ":")
	account, _, _ = strings.Cut(arn, ":")
	return region, account
}

// each calls f for every field that is there, and keeps what f does not take.
func (p *Parser) each(l *layout, f func(name, v string) bool) {
	for i, v := range p.fields {
		v = field.Unescape(p.es, v)
		switch {
		case v == "-":
		case i >= len(l.columns):
			p.rest.Column(i+1, v)
		case i == l.time:
		case !f(l.columns[i], v):
			p.rest.Keep(l.columns[i], v)
		}
	}
}

// access reads a line about a request.
func (p *Parser) access(l *layout, at int64) relay.Class {
	h := p.es.HTTPRequest()
	h.Product.Feature = "Access Logs"
	h.End = at
	p.timing = [3]relay.Number{}
	p.each(l, func(name, v string) bool { return p.request(h, name, v) })
	if t := &p.timing; t[0].Set && t[1].Set && t[2].Set {
		h.HTTP.Latency = relay.NumberOf((t[0].Value + t[1].Value + t[2].Value) / 1000)
	}
	h.BytesOut, h.BytesIn = h.HTTP.Length, h.HTTP.AnswerLength
	h.IPVersion = field.IPVersion(h.Src.IP, h.Dst.IP)
	return h
}

// request takes one field of a line about a request.
func (p *Parser) request(h *relay.HTTPRequest, name, v string) bool {
	switch name {
	case "elb":
		h.Balancer = v
	case "client:port":
		return field.AddrPort(&h.Src, v)
	case "target:port", "backend:port":
		return field.AddrPort(&h.Dst, v)
	case "request_processing_time":
		p.timing[0] = field.Micros(v)
		return false
	case "target_processing_time", "backend_processing_time":
		p.timing[1] = field.Micros(v)
		return false
	case "response_processing_time":
		p.timing[2] = field.Micros(v)
		return false
	case "elb_status_code":
		return field.StatusCode(&h.HTTP.Status, &h.Common, v)
	case "received_bytes":
		return field.SetNumber(&h.HTTP.Length, v, field.Max)
	case "sent_bytes":
		return field.SetNumber(&h.HTTP.AnswerLength, v, field.Max)
	case "request":
		return field.RequestLine(&h.HTTP, v)
	case "user_agent":
		h.HTTP.UserAgent = v
	case "ssl_cipher":
		h.TLS.Cipher = v
	case "ssl_protocol":
		h.TLS.Version = v
	case "target_group_arn":
		p.arn = v
		return false
	case "trace_id":
		h.HTTP.UID = v
	case "domain_name":
		h.TLS.SNI = v
	case "chosen_cert_arn":
		h.TLS.Certificate = v
		if p.arn == "" {
			p.arn = v
		}
	case "request_creation_time":
		return parseTime(&h.Start, v)
	case "error_reason":
		h.StatusDetail = v
	case "conn_trace_id":
		h.SessionID = v
	default:
		return false
	}
	return true
}

// listener reads a line about a connection to a TCP or SSL listener of a CLB.
func (p *Parser) listener(l *layout) relay.Class {
	f := p.es.NetworkFlow()
	f.Product.Feature = "Access Logs"
	f.Protocol = relay.NumberOf(6)
	p.each(l, func(name, v string) bool {
		switch name {
		case "client:port":
			return field.AddrPort(&f.Src, v)
		case "backend:port":
			return field.AddrPort(&f.Dst, v)
		case "received_bytes":
			return field.SetNumber(&f.BytesOut, v, field.Max)
		case "sent_bytes":
			return field.SetNumber(&f.BytesIn, v, field.Max)
		case "ssl_cipher":
			f.TLS.Cipher = v
		case "ssl_protocol":
			f.TLS.Version = v
		case "request": // says that there is none
		default:
			return false
		}
		return true
	})
	total(&f.Traffic)
	f.IPVersion = field.IPVersion(f.Src.IP, f.Dst.IP)
	return f
}

// network reads a TLS line of an NLB, which is written when the connection ends.
func (p *Parser) network(l *layout, at int64) relay.Class {
	f := p.es.NetworkFlow()
	f.Product.Feature = "Access Logs"
	f.Activity, f.Protocol, f.End = relay.FlowClose, relay.NumberOf(6), at
	p.each(l, func(name, v string) bool {
		switch name {
		case "version":
			f.Product.Version = v
		case "client:port":
			return field.AddrPort(&f.Src, v)
		case "destination:port":
			return field.AddrPort(&f.Dst, v)
		case "received_bytes":
			return field.SetNumber(&f.BytesOut, v, field.Max)
		case "sent_bytes":
			return field.SetNumber(&f.BytesIn, v, field.Max)
		case "incoming_tls_alert":
			f.StatusDetail = v
		case "chosen_cert_arn":
			f.TLS.Certificate, p.arn = v, v
		case "tls_cipher":
			f.TLS.Cipher = v
		case "tls_protocol_version":
			f.TLS.Version = v
		case "domain_name":
			f.TLS.SNI = v
		case "tls_connection_creation_time":
			return parseTime(&f.Start, v)
		case "alpn_client_preference_list":
			if strings.IndexByte(v, '"') >= 0 { // "h2","http/1.1": the outer two were taken for those of the field
				var b [256]byte
				v = p.es.Text(append(append(append(b[:0], '"'), v...), '"'))
			}
			p.rest.Keep(name, v)
		default:
			return false
		}
		return true
	})
	total(&f.Traffic)
	f.IPVersion = field.IPVersion(f.Src.IP, f.Dst.IP)
	return f
}

// connection reads a line of an ALB connection log.
func (p *Parser) connection(l *layout) relay.Class {
	f := p.es.NetworkFlow()
	f.Product.Feature = "Connection Logs"
	f.Activity, f.Protocol = relay.FlowOpen, relay.NumberOf(6)
	p.each(l, func(name, v string) bool {
		switch name {
		case "client_ip":
			return field.Addr(&f.Src.IP, v)
		case "client_port":
			return field.Port(&f.Src.Port, v)
		case "listener_port":
			return field.Port(&f.Dst.Port, v)
		case "tls_protocol":
			f.TLS.Version = v
		case "tls_cipher":
			f.TLS.Cipher = v
		case "leaf_client_cert_subject":
			f.TLS.ClientSubject = v
		case "leaf_client_cert_serial_number":
			f.TLS.Certificate = v
		case "tls_verify_status":
			f.StatusCode = v
			if v == "Success" {
				f.Status = relay.StatusSuccess
			} else if strings.HasPrefix(v, "Failed") {
				f.Status, f.Activity = relay.StatusFailure, relay.FlowFail
			}
		case "conn_trace_id":
			f.SessionID = v
		default:
			return false
		}
		return true
	})
	f.IPVersion = field.IPVersion(f.Src.IP, "")
	return f
}

// total adds up both directions where both are known.
func total(t *relay.Traffic) {
	if t.BytesIn.Set && t.BytesOut.Set && t.BytesIn.Value <= field.Max-t.BytesOut.Value {
		t.Bytes = relay.NumberOf(t.BytesIn.Value + t.BytesOut.Value)
	}
}

func parseTime(dst *int64, v string) bool {
	ns, ok := field.DateTime(strings.TrimSuffix(v, "Z"), time.UTC)
	if ok {
		*dst = ns
	}
	return ok
}
