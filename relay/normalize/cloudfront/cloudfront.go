package cloudfront

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
	"logrelay/relay/normalize/jsondoc"
)

// standard is the order of the fields where no header tells it. Older files end sooner.
const standard = "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type" +
	" x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status" +
	" fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end"

// Bounds on a line.
const (
	leastFields = 12 // of a line without a header
	mostFields  = 128
)

// Is reports whether line can only be one of these logs in the standard order.
func Is(line []byte) bool {
	return len(line) > 60 && line[4] == '-' && line[10] == '\t' && line[13] == ':' && line[19] == '\t' && line[0]-'0' <= 9 && bytes.Count(line, []byte{'\t'}) >= leastFields
}

// IsObject reports whether an object can only be a record of these logs.
func IsObject(root jsondoc.Value) bool {
	if root.Get("x-edge-request-id").Exists() {
		return true
	}
	return root.Get("x-edge-location").Exists() && root.Get("date").Exists()
}

// Parser reads CloudFront's logs. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	columns string   // those of names
	names   []string // in the order of the fields
	twice   bool     // a name comes twice
	rest    field.Rest
	addrs   []string

	date, clock, millis string // of the record in hand
	stamp, asked        string // of a record of a real-time log: its time, and the host that the viewer asked for
}

// Append is a relay.NormalizeFunc. The events point into r's bytes.
func (p *Parser) Append(es *relay.Events, r *relay.Record) {
	s := strings.TrimRight(relay.View(r.Raw), "\r\n")
	if strings.HasPrefix(s, "#") {
		o := es.Other()
		o.Text = relay.View(r.Raw)
		es.Add(r, relay.KindCloudFront).Class = o
		return
	}
	least := leastFields
	columns := standard
	if r.Origin.Columns != "" {
		columns, least = r.Origin.Columns, 0
	}
	p.compile(columns)
	if p.twice {
		es.AddUnparsed(r, relay.KindCloudFront, relay.Fault{Reason: relay.FaultColumns, Offset: -1, Detail: "a column is named twice: check `columns`, or the #Fields line"})
		return
	}
	if least == 0 {
		least = len(p.names)
	}
	if n := strings.Count(s, "\t") + 1; n < least || n > mostFields {
		detail := "fewer fields than columns"
		if n > mostFields {
			detail = "more than 128 fields"
		}
		es.AddUnparsed(r, relay.KindCloudFront, relay.Fault{Reason: relay.FaultColumns, Offset: len(s), Detail: detail})
		return
	}
	h := p.begin(es)
	for i := 0; ; i++ {
		v, rest, more := strings.Cut(s, "\t")
		switch v = field.Percent(es, v); {
		case v == "-":
		case i >= len(p.names):
			p.rest.Column(i+1, v)
		case !p.set(es, h, p.names[i], v):
			p.rest.Keep(p.names[i], v)
		}
		if !more {
			break
		}
		s = rest
	}
	if f := p.add(es, r, h); f.Reason != relay.FaultNone {
		es.AddUnparsed(r, relay.KindCloudFront, f)
	}
}

// AppendJSON adds the event of an object.
func (p *Parser) AppendJSON(es *relay.Events, r *relay.Record, d *jsondoc.Doc) relay.Fault {
	h := p.begin(es)
	for m := d.Root().First(); m.Exists(); m = m.Next() {
		if m.Empty() {
			continue
		}
		if !m.IsObject() && !m.IsArray() {
			if v := field.Percent(es, m.Text(es)); v == "-" || p.set(es, h, m.Name(), v) {
				continue
			}
		}
		p.rest.Add(m.Field(es))
	}
	return p.add(es, r, h)
}

// compile makes names of columns.
func (p *Parser) compile(columns string) {
	if columns == p.columns {
		return
	}
	p.columns = strings.Clone(columns)
	p.names, p.twice = p.names[:0], false
	for name := range strings.FieldsSeq(strings.TrimPrefix(p.columns, "#Fields:")) {
		p.twice = p.twice || len(p.names) < mostFields && slices.Contains(p.names, name)
		p.names = append(p.names, name)
	}
}

// begin returns an empty request.
func (p *Parser) begin(es *relay.Events) *relay.HTTPRequest {
	p.date, p.clock, p.millis, p.stamp, p.asked = "", "", "", "", ""
	p.rest.Reset(es)
	h := es.HTTPRequest()
	h.Product = relay.Product{Vendor: "AWS", Name: "Amazon CloudFront", Feature: "Standard Logs"}
	h.Cloud.Provider = "AWS"
	return h
}

// set takes one field.
func (p *Parser) set(es *relay.Events, h *relay.HTTPRequest, name, v string) bool {
	switch name {
	case "date":
		p.date = v
	case "time":
		p.clock = v
	case "timestamp(ms)":
		p.millis = v
	case "timestamp":
		p.stamp = v
	case "sc-bytes":
		return field.SetNumber(&h.HTTP.AnswerLength, v, field.Max)
	case "cs-bytes":
		return field.SetNumber(&h.HTTP.Length, v, field.Max)
	case "c-ip":
		return field.Addr(&h.Src.IP, v)
	case "c-port":
		return field.Port(&h.Src.Port, v)
	case "c-country":
		h.Src.Country = v
	case "cs-method":
		h.HTTP.Method = v
	case "cs(Host)":
		h.Balancer = v
	case "cs-host":
		p.asked = v
	case "x-host-header":
		h.HTTP.Host = v
	case "cs-protocol":
		h.HTTP.Scheme = v
	case "cs-uri-stem":
		h.HTTP.Path = v
	case "cs-uri-query":
		h.HTTP.Query = v
	case "cs-protocol-version":
		h.HTTP.Version = v
	case "cs(Referer)", "cs-referer":
		h.HTTP.Referrer = v
	case "cs(User-Agent)", "cs-user-agent":
		h.HTTP.UserAgent = v
	case "sc-content-type":
		h.HTTP.ContentType = v
	case "x-edge-request-id":
		h.HTTP.UID = v
	case "DistributionId":
		h.Dst.UID = v
	case "ssl-protocol":
		h.TLS.Version = v
	case "ssl-cipher":
		h.TLS.Cipher = v
	case "sc-status":
		return field.StatusCode(&h.HTTP.Status, &h.Common, v)
	case "time-taken":
		if us := field.Micros(v); us.Set {
			h.HTTP.Latency = relay.NumberOf(us.Value / 1000)
		}
		return false
	case "x-forwarded-for":
		return p.forwarded(es, h, v)
	default:
		return false
	}
	return true
}

// forwarded takes the addresses of X-Forwarded-For where all of it is addresses.
func (p *Parser) forwarded(es *relay.Events, h *relay.HTTPRequest, v string) bool {
	p.addrs = p.addrs[:0]
	for addr := range strings.SplitSeq(v, ",") {
		if addr = strings.TrimSpace(addr); !relay.IsAddr(addr) {
			return false
		}
		p.addrs = append(p.addrs, addr)
	}
	h.HTTP.XForwardedFor = es.Strings(p.addrs)
	return true
}

// realtime reads what real-time logs have under names, or in a way, of their own, and returns the time of the event, which is at where they do not tell: the time is in
// seconds, x-host-header is the distribution, and the path has the query with it.
func (p *Parser) realtime(h *relay.HTTPRequest, at int64) int64 {
	h.Product.Feature = "Real-time Logs"
	if p.asked != "" {
		h.Balancer, h.HTTP.Host = h.HTTP.Host, p.asked
	}
	if path, query, ok := strings.Cut(h.HTTP.Path, "?"); ok && (h.HTTP.Query == "" || h.HTTP.Query == query) {
		h.HTTP.Path, h.HTTP.Query = path, query
	}
	ns, ok := jsondoc.ParseTime(p.stamp)
	if !ok {
		p.rest.Keep("timestamp", p.stamp)
		return at
	}
	h.TimeText, h.End = p.stamp, ns
	return ns
}

// add adds the event of h.
func (p *Parser) add(es *relay.Events, r *relay.Record, h *relay.HTTPRequest) relay.Fault {
	at := r.Received
	if p.date != "" && p.clock != "" {
		ns, ok := field.Date(p.date, p.clock, time.UTC)
		if !ok {
			return relay.Fault{Reason: relay.FaultTime, Offset: -1, Detail: "date and time are no time of the years 1678 to 2261"}
		}
		at, h.End = ns, ns
		h.TimeText = es.Text(append(append(append(make([]byte, 0, 40), p.date...), ' '), p.clock...))
	} else {
		p.rest.Keep("date", p.date)
		p.rest.Keep("time", p.clock)
	}
	if p.millis != "" {
		if ns, ok := field.Epoch(p.millis); ok {
			at, h.End = ns, ns
		}
		p.rest.Keep("timestamp(ms)", p.millis)
	}
	if p.stamp != "" || p.asked != "" {
		at = p.realtime(h, at)
	}
	if h.HTTP.Host == "" {
		h.HTTP.Host = h.Balancer
	}
	h.BytesOut, h.BytesIn = h.HTTP.Length, h.HTTP.AnswerLength
	h.IPVersion = field.IPVersion(h.Src.IP, "")
	e := es.Add(r, relay.KindCloudFront)
	e.Time, e.Class, e.Rest = at, h, p.rest.Fields()
	return relay.Fault{}
}
