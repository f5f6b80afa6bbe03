package s3access

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// columns in the order of a line.
var columns = [...]string{
	"bucket_owner", "bucket", "time", "remote_ip", "requester", "request_id", "operation", "key", "request_uri", "http_status", "error_code", "bytes_sent", "object_size",
	"total_time", "turn_around_time", "referer", "user_agent", "version_id", "host_id", "signature_version", "cipher_suite", "auth_type", "host_header", "tls_version",
	"access_point_arn", "acl_required",
}

// Bounds on the fields of a line: the oldest form ends with the version id; some may be appended.
const (
	leastFields = 18
	mostFields  = len(columns) + 64
)

// ownerLen is the length of a canonical user id.
const ownerLen = 64

// Is reports whether line can only be one of these logs: a canonical user id, a bucket and a time in brackets.
func Is(line []byte) bool {
	if len(line) < ownerLen+40 || line[ownerLen] != ' ' {
		return false
	}
	for _, c := range line[:ownerLen] {
		if c-'0' > 9 && c-'a' > 5 {
			return false
		}
	}
	_, rest, ok := strings.Cut(relay.View(line[ownerLen+1:min(len(line), ownerLen+120)]), " ")
	return ok && len(rest) > 28 && rest[0] == '[' && rest[3] == '/' && rest[27] == ']'
}

// Parser reads S3 server access logs. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	fields    []string
	rest      field.Rest
	resources []relay.Resource
}

// Append is a relay.NormalizeFunc. The events point into r's bytes.
func (p *Parser) Append(es *relay.Events, r *relay.Record) {
	s := strings.TrimRight(relay.View(r.Raw), "\r\n ")
	if !p.split(s) {
		es.AddUnparsed(r, relay.KindS3Access, relay.Fault{Reason: relay.FaultTruncated, Offset: len(s), Detail: "a quote that does not end"})
		return
	}
	if len(p.fields) < leastFields {
		es.AddUnparsed(r, relay.KindS3Access, relay.Fault{Reason: relay.FaultTruncated, Offset: len(s), Detail: "fewer fields than a line has"})
		return
	}
	at, ok := field.Apache(p.fields[timeColumn])
	if !ok {
		es.AddUnparsed(r, relay.KindS3Access, relay.Fault{Reason: relay.FaultTime, Offset: strings.Index(s, p.fields[timeColumn]), Detail: "no time of the years 1678 to 2261"})
		return
	}
	c := es.APICall()
	c.Product = relay.Product{Vendor: "AWS", Name: "Amazon S3", Feature: "Server Access Logs"}
	c.Cloud.Provider, c.API.Service = "AWS", "s3.amazonaws.com"
	c.TimeText = p.fields[timeColumn]
	p.rest.Reset(es)
	for i, v := range p.fields {
		switch {
		case v == "-" || i == timeColumn:
		case i >= len(columns):
			p.rest.Column(i+1, v)
		case !set(c, columns[i], v):
			p.rest.Keep(columns[i], v)
		}
	}
	p.acted(es, c)
	e := es.Add(r, relay.KindS3Access)
	e.Time, e.Class, e.Rest = at, c, p.rest.Fields()
}

// set takes one field. What is about the resources is left for acted.
func set(c *relay.APICall, name, v string) bool {
	switch name {
	case "remote_ip":
		return field.Addr(&c.Src.IP, v)
	case "requester":
		requester(&c.Actor.User, v)
	case "request_id":
		c.API.RequestUID = v
	case "operation":
		c.API.Operation, c.Activity = v, activity(v)
	case "request_uri":
		if h := c.HTTP.Host; !field.RequestLine(&c.HTTP, v) {
			return false
		} else if h != "" {
			c.HTTP.Host = h
		}
	case "http_status":
		if !field.StatusCode(&c.API.Code, &c.Common, v) {
			return false
		}
		c.HTTP.Status = c.API.Code
	case "error_code":
		c.API.Error = v
	case "bytes_sent":
		return field.SetNumber(&c.HTTP.AnswerBody, v, field.Max)
	case "total_time":
		return field.SetNumber(&c.HTTP.Latency, v, field.Max)
	case "referer":
		c.HTTP.Referrer = v
	case "user_agent":
		c.HTTP.UserAgent = v
	case "cipher_suite":
		c.TLS.Cipher = v
	case "host_header":
		c.HTTP.Host = v
		c.Cloud.Region = region(v)
	case "tls_version":
		c.TLS.Version = v
	case "bucket", "key", "version_id", "access_point_arn":
	default:
		return false
	}
	return true
}

// acted fills in what was acted upon.
func (p *Parser) acted(es *relay.Events, c *relay.APICall) {
	bucket, key := p.value("bucket"), p.value("key")
	p.resources = p.resources[:0]
	if bucket != "" {
		p.resources = append(p.resources, relay.Resource{Name: bucket, Type: "AWS::S3::Bucket", Region: c.Cloud.Region})
	}
	version := p.value("version_id")
	if key != "" {
		name := field.Percent(es, field.Percent(es, key))
		p.resources = append(p.resources, relay.Resource{Name: name, Type: "AWS::S3::Object", Namespace: bucket, Version: version, Region: c.Cloud.Region})
		if name != key {
			p.rest.Keep("key", key)
		}
	} else {
		p.rest.Keep("version_id", version)
	}
	if arn := p.value("access_point_arn"); arn != "" {
		p.resources = append(p.resources, relay.Resource{UID: arn, Type: "AWS::S3::AccessPoint"})
	}
	c.Resources = es.Resources(p.resources)
}

// value returns the field of a column; "" when it is absent.
func (p *Parser) value(column string) string {
	for i := range columns {
		if columns[i] == column {
			if i < len(p.fields) && p.fields[i] != "-" {
				return p.fields[i]
			}
			break
		}
	}
	return ""
}

// activity returns what an operation does: REST.GET.OBJECT, BATCH.DELETE.OBJECT, S3.EXPIRE.OBJECT, WEBSITE.HEAD.OBJECT.
func activity(operation string) relay.APIActivity {
	_, rest, _ := strings.Cut(operation, ".")
	verb, what, _ := strings.Cut(rest, ".")
	switch verb {
	case "GET", "HEAD", "OPTIONS", "SELECT":
		return relay.APIRead
	case "PUT", "RESTORE", "TRANSITION", "TRANSITION_SIA", "TRANSITION_ZIA", "TRANSITION_INT", "TRANSITION_GIR", "TRANSITION_GDA":
		return relay.APIUpdate
	case "POST":
		if what == "MULTI_OBJECT_DELETE" {
			return relay.APIDelete
		}
		return relay.APICreate
	case "COPY":
		if what == "OBJECT_GET" || what == "PART_GET" {
			return relay.APIRead
		}
		return relay.APICreate
	case "CREATE":
		return relay.APICreate
	case "DELETE", "EXPIRE":
		return relay.APIDelete
	}
	return relay.APIOther
}

// requester reads an ARN of IAM or STS, or a canonical user id.
func requester(u *relay.User, v string) {
	u.UID = v
	rest, ok := strings.CutPrefix(v, "arn:")
	if !ok {
		return
	}
	var part [4]string // partition service region account
	for i := range part {
		part[i], rest, _ = strings.Cut(rest, ":")
	}
	u.Account = part[3]
	sort, name, _ := strings.Cut(rest, "/")
	switch part[1] + ":" + sort {
	case "iam:root":
		u.Type, u.TypeID = "Root", 2
	case "iam:user":
		u.Type, u.TypeID = "IAMUser", 1
		u.Name = name[strings.LastIndexByte(name, '/')+1:]
	case "sts:assumed-role":
		u.Type, u.TypeID = "AssumedRole", 99
		_, u.Name, _ = strings.Cut(name, "/")
	case "sts:federated-user":
		u.Type, u.TypeID, u.Name = "FederatedUser", 99, name
	}
}

// region returns what s3.REGION.amazonaws.com at the end of a host says.
func region(host string) string {
	host, ok := strings.CutSuffix(host, ".amazonaws.com")
	if !ok {
		if host, ok = strings.CutSuffix(host, ".amazonaws.com.cn"); !ok {
			return ""
		}
	}
	i := strings.LastIndexByte(host, '.')
	if i < 0 || host[:i] != "s3" && !strings.HasSuffix(host[:i], ".s3") {
		return ""
	}
	return host[i+1:]
}
