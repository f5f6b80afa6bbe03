package encode

import (
	"strconv"

	"logrelay/relay"
)

// The fixed part of Network Activity [4001], by what was done with the traffic.
const (
	flowHead = `{"category_uid":4,"category_name":"Network Activity","class_uid":4001,"class_name":"Network Activity",` +
		`"severity_id":1,"severity":"Informational",`
	flowTraffic = flowHead + `"activity_id":6,"activity_name":"Traffic","type_uid":400106,"type_name":"Network Activity: Traffic",`
	flowAccept  = flowTraffic + `"action_id":1,"action":"Allowed","disposition_id":1,"disposition":"Allowed","status_id":1,"status":"Success"`
	flowReject  = flowHead + `"activity_id":5,"activity_name":"Refuse","type_uid":400105,"type_name":"Network Activity: Refuse",` +
		`"action_id":2,"action":"Denied","disposition_id":2,"disposition":"Blocked","status_id":2,"status":"Failure"`
	flowUnknown = flowTraffic + `"action_id":0,"action":"Unknown","disposition_id":0,"disposition":"Unknown"`
	flowOther   = flowTraffic + `"disposition_id":99,"disposition":"Other","action_id":99,"action":`

	flowProfilesCloud = `,"metadata":{"version":"1.8.0","profiles":["cloud","security_control"]`
	flowProfiles      = `,"metadata":{"version":"1.8.0","profiles":["security_control"]`
)

// boundaries are the members for AWS traffic-path 1 to 8; OCSF's numbers are three higher.
var boundaries = [...]string{
	1: `,"boundary_id":4,"boundary":"Same VPC"`,
	2: `,"boundary_id":5,"boundary":"Internet/VPC Gateway"`,
	3: `,"boundary_id":6,"boundary":"Virtual Private Gateway"`,
	4: `,"boundary_id":7,"boundary":"Intra-region VPC"`,
	5: `,"boundary_id":8,"boundary":"Inter-region VPC"`,
	6: `,"boundary_id":9,"boundary":"Local Gateway"`,
	7: `,"boundary_id":10,"boundary":"Gateway VPC"`,
	8: `,"boundary_id":11,"boundary":"Internet Gateway"`,
}

func (o ocsf) networkFlow(dst []byte, e *relay.Event, f *relay.NetworkFlow) []byte {
	if f.Quiet || !identified(&f.Src) && !identified(&f.Dst) {
		return o.quietFlow(dst, e, f)
	}
	switch f.Verdict.Word {
	case "ACCEPT":
		dst = append(dst, flowAccept...)
	case "REJECT":
		dst = append(dst, flowReject...)
	case "":
		dst = append(dst, flowUnknown...)
	default:
		dst = appendString(append(dst, flowOther...), f.Verdict.Word)
	}
	dst = flowTimes(dst, e, f)
	dst = member(dst, `,"status_code":"`, f.StatusCode)
	dst = member(dst, `,"status_detail":"`, f.StatusDetail)
	dst = member(dst, `,"message":"`, f.Message)

	if f.Cloud.Provider == "AWS" {
		dst = append(dst, flowProfilesCloud...)
	} else {
		dst = append(dst, flowProfiles...)
	}
	dst = flowProduct(dst, f)
	dst = ocsfEnvelope(dst, e)
	if f.Cloud.Provider == "AWS" {
		dst = flowCloud(dst, f)
	}
	dst = endpoint(dst, `,"src_endpoint":`, &f.Src)
	dst = endpoint(dst, `,"dst_endpoint":`, &f.Dst)
	dst = connection(dst, f)

	const traffic, unmapped = `,"traffic":`, `,"unmapped":`
	dst, at := open(dst, traffic)
	dst = memberNumber(dst, `,"bytes":`, f.Bytes)
	dst = memberNumber(dst, `,"packets":`, f.Packets)
	dst = done(dst, at, traffic)

	dst, at = open(dst, unmapped)
	dst = appendFields(dst, e.Rest)
	if !identified(&f.Src) {
		dst = endpointMembers(dst, `,"src_endpoint":`, &f.Src)
	}
	if !identified(&f.Dst) {
		dst = endpointMembers(dst, `,"dst_endpoint":`, &f.Dst)
	}
	dst = done(dst, at, unmapped)
	dst = o.rawData(dst, e)
	return append(dst, '}')
}

// quietFlow writes a row that names no endpoint, and so cannot be Network Activity, as a Base Event.
func (o ocsf) quietFlow(dst []byte, e *relay.Event, f *relay.NetworkFlow) []byte {
	severity := max(1, int(f.Severity))
	activity := f.StatusCode
	if activity == "" {
		activity = "Flow without endpoints"
	}
	dst = baseHead(dst, severity, activity)
	dst = flowTimes(dst, e, f)
	dst = member(dst, `,"status_code":"`, f.StatusCode)
	dst = member(dst, `,"status_detail":"`, f.StatusDetail)
	dst = member(dst, `,"message":"`, f.Message)
	cloud := f.Cloud.Provider == "AWS"
	if cloud {
		dst = append(dst, `,"metadata":{"version":"1.8.0","profiles":["cloud"]`...)
	} else {
		dst = append(dst, `,"metadata":{"version":"1.8.0"`...)
	}
	dst = flowProduct(dst, f)
	dst = ocsfEnvelope(dst, e)
	if cloud {
		dst = flowCloud(dst, f)
	}
	const unmapped = `,"unmapped":`
	dst, at := open(dst, unmapped)
	dst = appendFields(dst, e.Rest)
	dst = member(dst, `,"action":"`, f.Verdict.Word)
	dst = memberNumber(dst, `,"bytes":`, f.Bytes)
	dst = memberNumber(dst, `,"packets":`, f.Packets)
	dst = memberNumber(dst, `,"protocol":`, f.Protocol)
	dst = memberNumber(dst, `,"tcp_flags":`, f.TCPFlags)
	dst = memberNumber(dst, `,"traffic_path":`, f.Path)
	dst = member(dst, `,"direction":"`, f.Direction)
	dst = member(dst, `,"ip_version":"`, f.IPVersion)
	dst = endpointMembers(dst, `,"src_endpoint":`, &f.Src)
	dst = endpointMembers(dst, `,"dst_endpoint":`, &f.Dst)
	dst = done(dst, at, unmapped)
	dst = o.rawData(dst, e)
	return append(dst, '}')
}

func flowTimes(dst []byte, e *relay.Event, f *relay.NetworkFlow) []byte {
	dst = append(dst, `,"time":`...)
	at := len(dst)
	dst = appendMillis(dst, e.Time)
	if f.Start == e.Time && f.Start != 0 {
		end := len(dst)
		dst = append(append(dst, `,"start_time":`...), dst[at:end]...)
	} else if f.Start != 0 {
		dst = appendMillis(append(dst, `,"start_time":`...), f.Start)
	}
	if f.End != 0 {
		dst = appendMillis(append(dst, `,"end_time":`...), f.End)
		if f.Start != 0 && f.End >= f.Start {
			dst = appendMillis(append(dst, `,"duration":`...), f.End-f.Start)
		}
	}
	return dst
}

// flowProduct appends metadata.product; the one that most records have is cut beforehand.
func flowProduct(dst []byte, f *relay.NetworkFlow) []byte {
	if f.Product.Name == "Amazon VPC" && f.Product.Vendor == "AWS" && f.Product.Feature == "Flow Logs" && f.Product.Version != "" {
		dst = append(dst, `,"product":{"name":"Amazon VPC","vendor_name":"AWS","feature":{"name":"Flow Logs"},"version":"`...)
		return append(appendText(dst, f.Product.Version), '}')
	}
	dst = appendText(append(dst, `,"product":{"name":"`...), f.Product.Name)
	dst = member(dst, `,"vendor_name":"`, f.Product.Vendor)
	if f.Product.Feature != "" {
		dst = append(appendText(append(dst, `,"feature":{"name":"`...), f.Product.Feature), '}')
	}
	dst = member(dst, `,"version":"`, f.Product.Version)
	return append(dst, '}')
}

func flowCloud(dst []byte, f *relay.NetworkFlow) []byte {
	dst = append(dst, `,"cloud":{"provider":"AWS"`...)
	dst = member(dst, `,"region":"`, f.Cloud.Region)
	dst = member(dst, `,"zone":"`, f.Cloud.Zone)
	if f.Cloud.Account != "" {
		dst = append(appendText(append(dst, `,"account":{"uid":"`...), f.Cloud.Account), '}')
	}
	return append(dst, '}')
}

// identified reports whether p has one of the attributes without which OCSF allows no endpoint.
func identified(p *relay.Endpoint) bool {
	return p.IP != "" || p.Interface != "" || p.Instance != "" || p.Service != "" || p.Hostname != ""
}

func endpoint(dst []byte, key string, p *relay.Endpoint) []byte {
	if !identified(p) {
		return dst
	}
	return endpointMembers(dst, key, p)
}

func endpointMembers(dst []byte, key string, p *relay.Endpoint) []byte {
	dst, at := open(dst, key)
	dst = member(dst, `,"ip":"`, p.IP)
	dst = memberNumber(dst, `,"port":`, p.Port)
	dst = member(dst, `,"hostname":"`, p.Hostname)
	dst = member(dst, `,"svc_name":"`, p.Service)
	dst = member(dst, `,"interface_uid":"`, p.Interface)
	dst = member(dst, `,"vpc_uid":"`, p.VPC)
	dst = member(dst, `,"subnet_uid":"`, p.Subnet)
	dst = member(dst, `,"instance_uid":"`, p.Instance)
	dst = member(dst, `,"zone":"`, p.Zone)
	dst = memberStrings(dst, `,"intermediate_ips":`, p.Intermediates)
	return done(dst, at, key)
}

func connection(dst []byte, f *relay.NetworkFlow) []byte {
	switch f.Direction {
	case "ingress":
		dst = append(dst, `,"connection_info":{"direction_id":1,"direction":"Inbound"`...)
	case "egress":
		dst = append(dst, `,"connection_info":{"direction_id":2,"direction":"Outbound"`...)
	case "":
		dst = append(dst, `,"connection_info":{"direction_id":0,"direction":"Unknown"`...)
	default:
		dst = appendText(append(dst, `,"connection_info":{"direction_id":99,"direction":"`...), f.Direction)
	}
	if n := f.Protocol; n.Set && n.Value >= 0 && n.Value < int64(len(protocols)) && protocols[n.Value] != "" {
		dst = append(dst, protocols[n.Value]...)
	} else {
		dst = memberNumber(dst, `,"protocol_num":`, n)
	}
	switch f.IPVersion {
	case "IPv4":
		dst = append(dst, `,"protocol_ver_id":4,"protocol_ver":"Internet Protocol version 4 (IPv4)"`...)
	case "IPv6":
		dst = append(dst, `,"protocol_ver_id":6,"protocol_ver":"Internet Protocol version 6 (IPv6)"`...)
	case "":
	default:
		dst = appendText(append(dst, `,"protocol_ver_id":99,"protocol_ver":"`...), f.IPVersion)
	}
	dst = memberNumber(dst, `,"tcp_flags":`, f.TCPFlags)
	if n := f.Path; n.Set {
		if n.Value >= 1 && n.Value < int64(len(boundaries)) {
			dst = append(dst, boundaries[n.Value]...)
		} else {
			dst = append(dst, `,"boundary_id":99,"boundary":"`...)
			dst = append(strconv.AppendInt(dst, n.Value, 10), '"')
		}
	}
	return append(dst, '}')
}
