package encode

import (
	"strings"

	"logrelay/relay"
)

const keyDNS = `,"dns":`

// dnsQuery: category network, type protocol. Names lose their last dot.
func (o ecs) dnsQuery(dst []byte, e *relay.Event, q *relay.DNSQuery) []byte {
	ev := ecsEvent{time: e.Time, category: [2]string{"network"}, types: [3]string{"protocol", judged(&q.Verdict)}, reason: q.StatusDetail}
	if e.Kind == relay.KindRoute53 {
		ev.types[1] = ""
	}
	dst = o.head(dst, e, &q.Common, &ev)
	dst = member(dst, `,"message":"`, q.Message)
	dst = ecsLevel(dst, q.Level)
	dst = ecsCloud(dst, &q.Cloud, q.Cloud.Account, q.Src.Instance)
	dst = ecsEndpoint(dst, `,"source":`, &q.Src, relay.Number{}, relay.Number{})
	dst = ecsEndpoint(dst, `,"destination":`, &q.Dst, relay.Number{}, relay.Number{})
	dst = ecsNetwork(dst, &ecsFlow{conn: &q.Connection, traffic: &relay.Traffic{}, src: &q.Src, dst: &q.Dst, protocol: "dns"})
	name := undot(q.Name)
	dst = ecsDNS(dst, q, name)
	if e.Kind != relay.KindRoute53 {
		dst = ecsRule(dst, &q.Verdict.Rule, "", "")
	}
	dst = ecsObserver(dst, e, &q.Common, &q.Src, &q.Dst)
	dst = o.dnsRelated(dst, q, name)
	if e.Kind == relay.KindRoute53 {
		dst = ecsRoute53(dst, e, q)
	} else {
		k := ecsKindOf(e.Kind)
		var at int
		dst, at = k.own(dst)
		dst = ecsCommonOwn(dst, k, &q.Common)
		dst = member(dst, `,"app":"`, q.App)
		dst = ecsVerdictOwn(dst, `,"action":"`, &q.Verdict)
		dst = ecsPlace(dst, `,"source":`, &q.Src, k.cloud)
		dst = ecsPlace(dst, `,"destination":`, &q.Dst, k.cloud)
		dst = ecsConnOwn(dst, &q.Connection)
		dst = snakeFields(dst, at+len(k.open), e.Rest)
		dst = k.close(dst, at)
	}
	return o.tail(dst, e, &q.Common)
}

func undot(name string) string { return strings.TrimSuffix(name, ".") }

// ecsDNS appends the field set dns.
func ecsDNS(dst []byte, q *relay.DNSQuery, name string) []byte {
	dst, at := open(dst, keyDNS)
	switch q.Activity {
	case relay.DNSQuestion:
		dst = append(dst, `,"type":"query"`...)
	case relay.DNSResponse:
		dst = append(dst, `,"type":"answer"`...)
	}
	const question = `,"question":`
	dst, n := open(dst, question)
	dst = member(dst, `,"name":"`, name)
	dst = member(dst, `,"type":"`, q.Type)
	dst = member(dst, `,"class":"`, q.Class)
	if !isReverse(name) {
		registered, subdomain, top := splitDomain(dst[len(dst):], name)
		dst = member(dst, `,"registered_domain":"`, registered)
		dst = member(dst, `,"subdomain":"`, subdomain)
		dst = member(dst, `,"top_level_domain":"`, top)
	}
	dst = done(dst, n, question)
	dst = member(dst, `,"response_code":"`, q.Rcode)
	if len(q.Answers) > 0 {
		dst = append(dst, `,"answers":[`...)
		for i := range q.Answers {
			dst = ecsAnswer(dst, &q.Answers[i])
		}
		dst[len(dst)-1] = ']'
	}
	var a relatedArray
	dst = a.begin(dst, `,"resolved_ip":[`)
	for i := range q.Answers {
		if r := &q.Answers[i]; isAddress(r) {
			dst = a.add(dst, r.Data)
		}
	}
	dst = a.end(dst)
	return done(dst, at, keyDNS)
}

// ecsAnswer appends an answer and a comma. The name of an alias is what it stands for, as Elastic's integrations have it.
func ecsAnswer(dst []byte, r *relay.Answer) []byte {
	data := undot(r.Data)
	dst, at := open(dst, "")
	dst = member(dst, `,"class":"`, r.Class)
	dst = member(dst, `,"type":"`, r.Type)
	dst = member(dst, `,"data":"`, data)
	if r.Type == "CNAME" {
		dst = member(dst, `,"name":"`, data)
	}
	dst = memberNumber(dst, `,"ttl":`, r.TTL)
	return append(element(dst, at), ',')
}

// isAddress reports whether an answer is an address.
func isAddress(r *relay.Answer) bool {
	return (r.Type == "A" || r.Type == "AAAA") && relay.IsAddr(r.Data)
}

// dnsRelated appends related: addresses and names that were asked for, and answered.
func (o ecs) dnsRelated(dst []byte, q *relay.DNSQuery, name string) []byte {
	dst, at := open(dst, keyRelated)
	var a relatedArray
	dst = a.begin(dst, keyIPs)
	for i := range q.Answers {
		if r := &q.Answers[i]; isAddress(r) {
			dst = a.add(dst, r.Data)
		}
	}
	dst = a.add(dst, q.Src.IP)
	dst = a.add(dst, q.Dst.IP)
	if q.Type == "PTR" {
		dst = a.addReverse(dst, name)
	}
	dst = a.end(dst)
	dst = a.begin(dst, keyHosts)
	for i := range q.Answers {
		if r := &q.Answers[i]; r.Type == "CNAME" || r.Type == "PTR" {
			dst = a.add(dst, undot(r.Data))
		}
	}
	if q.Type != "PTR" {
		dst = a.add(dst, name)
	}
	dst = a.add(dst, q.Src.Hostname)
	dst = a.add(dst, q.Dst.Hostname)
	dst = a.end(dst)
	return done(dst, at, keyRelated)
}

// ecsRoute53 appends aws: ids of the VPC and the instance, and aws.route53.
func ecsRoute53(dst []byte, e *relay.Event, q *relay.DNSQuery) []byte {
	const aws, route53, firewall = `,"aws":`, `,"route53":`, `,"firewall":`
	dst, at := open(dst, aws)
	dst = member(dst, `,"vpc_id":"`, q.Src.VPC)
	dst = member(dst, `,"instance_id":"`, q.Src.Instance)
	dst, n := open(dst, route53)
	dst, m := open(dst, firewall)
	dst = member(dst, `,"action":"`, q.Verdict.Word)
	if group := q.Verdict.Rule.UID; group != "" {
		dst = append(appendText(append(dst, `,"rule_group":{"id":"`...), group), '}')
	}
	list := restWord(e.Rest, "firewall_domain_list_id")
	if list != "" {
		dst = append(appendText(append(dst, `,"domain_list":{"id":"`...), list), '}')
	}
	dst = done(dst, m, firewall)
	dst = member(dst, `,"version":"`, q.Product.Version)
	dst = member(dst, `,"feature_uid":"`, q.Product.FeatureUID)
	dst = member(dst, `,"organization_id":"`, q.Cloud.Org)
	dst = member(dst, `,"resolver_endpoint":"`, q.Dst.Instance)
	dst = member(dst, `,"resolver_network_interface":"`, q.Dst.Interface)
	src, to := q.Src, q.Dst
	src.VPC, src.Instance, to.Instance, to.Interface = "", "", "", ""
	dst = ecsPlace(dst, `,"source":`, &src, true)
	dst = ecsPlace(dst, `,"destination":`, &to, true)
	dst = snakeFields(dst, n+len(route53), e.Rest, tookIf(list != "", "firewall_domain_list_id"))
	dst = done(dst, n, route53)
	return done(dst, at, aws)
}

// restWord is restText for fields that are JSON strings too.
func restWord(rest []relay.Field, name string) string {
	for i := range rest {
		if rest[i].Name == name && rest[i].Type == relay.FieldJSON {
			return jsonString(rest[i].Value)
		}
	}
	return restText(rest, name)
}
