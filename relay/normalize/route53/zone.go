package route53

import (
	"bytes"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// The fields of a query log of a public hosted zone, in their order.
const (
	zoneVersion = iota
	zoneTime
	zoneID
	zoneName
	zoneType
	zoneRcode
	zoneProtocol
	zoneEdge
	zoneResolver
	zoneSubnet
	zoneFields
)

// IsLine reports whether a line can only be a query log of a public hosted zone.
func IsLine(line []byte) bool {
	if !bytes.HasPrefix(line, []byte("1.0 ")) {
		return false
	}
	f, n := fields(line)
	if n != zoneFields || len(f[zoneID]) < 2 || f[zoneID][0] != 'Z' || !relay.IsAddr(f[zoneResolver]) {
		return false
	}
	_, ok := jsondoc.ParseTime(f[zoneTime])
	return ok
}

// Append adds the event of a query log of a public hosted zone. It is a relay.NormalizeFunc.
func (p *Parser) Append(es *relay.Events, r *relay.Record) {
	f, n := fields(r.Raw)
	if n != zoneFields {
		es.AddUnparsed(r, relay.KindRoute53, relay.Fault{Reason: relay.FaultColumns, Offset: -1, Detail: "neither JSON nor a line of 10 fields"})
		return
	}
	t, ok := jsondoc.ParseTime(f[zoneTime])
	if !ok {
		es.AddUnparsed(r, relay.KindRoute53, relay.Fault{Reason: relay.FaultTime, Offset: bytes.IndexByte(r.Raw, ' ') + 1, Detail: "the second field is no time"})
		return
	}
	for i := range f {
		if f[i] == "-" {
			f[i] = ""
		}
	}
	q := es.DNSQuery()
	q.Product = relay.Product{Vendor: "AWS", Name: "Route 53", Feature: "Public DNS Query Logs", Version: f[zoneVersion]}
	q.Cloud.Provider = "AWS"
	q.TimeText, q.Name, q.Type = f[zoneTime], f[zoneName], f[zoneType]
	outcome(q, f[zoneRcode])
	transport(es, q, f[zoneProtocol])
	p.rest.Reset(es)
	p.keep("hosted_zone_id", f[zoneID])
	p.keep("edge_location", f[zoneEdge])
	if ip := f[zoneResolver]; relay.IsAddr(ip) {
		q.Src.IP = ip
	} else {
		p.keep("resolver_ip", ip)
	}
	p.keep("edns_client_subnet", f[zoneSubnet])
	e := es.Add(r, relay.KindRoute53)
	e.Class, e.Time, e.Rest = q, t, p.rest.Fields()
}

// keep keeps a field that is there.
func (p *Parser) keep(name, v string) {
	if v != "" {
		p.rest.AddField(relay.Field{Name: name, Value: v})
	}
}

// fields cuts a line at blanks. n is zoneFields+1 when there are more.
func fields(line []byte) (f [zoneFields]string, n int) {
	line = bytes.TrimRight(line, "\r\n")
	for len(line) > 0 {
		word := line
		if i := bytes.IndexByte(line, ' '); i >= 0 {
			word, line = line[:i], line[i+1:]
		} else {
			line = nil
		}
		if len(word) == 0 {
			continue
		}
		if n == zoneFields {
			return f, n + 1
		}
		f[n] = relay.View(word)
		n++
	}
	return f, n
}
