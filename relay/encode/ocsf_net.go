package encode

import (
	"strconv"
	"strings"

	"logrelay/relay"
)

// ocsfIdentified reports whether p has one of the attributes without which OCSF allows no endpoint.
func ocsfIdentified(p *relay.Endpoint) bool {
	return p.IP != "" || p.Interface != "" || p.Instance != "" || p.Service != "" || p.Hostname != "" || p.UID != "" || p.Domain != ""
}

// ocsfEndpoint appends a network_endpoint if it can be one. Key is `,"name":`, as everywhere here.
func ocsfEndpoint(dst []byte, key string, p *relay.Endpoint) []byte {
	if !ocsfIdentified(p) {
		return dst
	}
	dst, at := open(dst, key)
	dst = ocsfEndpointMembers(dst, p)
	return done(dst, at, key)
}

// ocsfEndpointRest appends what ocsfEndpoint does not; all of it unless placed.
func ocsfEndpointRest(dst []byte, key string, p *relay.Endpoint, placed bool) []byte {
	placed = placed && ocsfIdentified(p)
	if placed && p.MAC == "" && !p.NATPort.Set && p.PortName == "" {
		return dst
	}
	dst, at := open(dst, key)
	if !placed {
		dst = ocsfEndpointMembers(dst, p)
	}
	if p.MAC != "" && !isMAC(p.MAC) {
		dst = member(dst, `,"mac":"`, p.MAC)
	}
	if p.NATIP == "" {
		dst = memberNumber(dst, `,"nat_port":`, p.NATPort)
	}
	dst = member(dst, `,"port_name":"`, p.PortName)
	return done(dst, at, key)
}

// ocsfEndpointMembers appends the members of a network_endpoint. An address that it was translated to is its proxy_endpoint.
func ocsfEndpointMembers(dst []byte, p *relay.Endpoint) []byte {
	dst = member(dst, `,"ip":"`, p.IP)
	dst = memberNumber(dst, `,"port":`, p.Port)
	dst = member(dst, `,"hostname":"`, p.Hostname)
	dst = member(dst, `,"domain":"`, p.Domain)
	dst = member(dst, `,"uid":"`, p.UID)
	dst = member(dst, `,"svc_name":"`, p.Service)
	if p.Named {
		dst = member(dst, `,"interface_name":"`, p.Interface)
	} else {
		dst = member(dst, `,"interface_uid":"`, p.Interface)
	}
	dst = member(dst, `,"vpc_uid":"`, p.VPC)
	dst = member(dst, `,"subnet_uid":"`, p.Subnet)
	dst = member(dst, `,"instance_uid":"`, p.Instance)
	dst = member(dst, `,"zone":"`, p.Zone)
	dst = memberStrings(dst, `,"intermediate_ips":`, p.Intermediates)
	if p.MAC != "" && isMAC(p.MAC) {
		dst = member(dst, `,"mac":"`, p.MAC)
	}
	if p.Country != "" {
		dst = append(appendText(append(dst, `,"location":{"country":"`...), p.Country), '}')
	}
	if p.Scope != relay.ScopeUnset {
		dst = ocsfScopes.append(dst, int(p.Scope), "")
	}
	if p.NATIP != "" {
		dst = appendText(append(dst, `,"proxy_endpoint":{"ip":"`...), p.NATIP)
		dst = append(memberNumber(dst, `,"port":`, p.NATPort), '}')
	}
	return dst
}

// isMAC reports whether s is six bytes in hex with colons or dashes between, which is what OCSF takes for a MAC address.
func isMAC(s string) bool {
	if len(s) != 17 {
		return false
	}
	for i := range len(s) {
		if i%3 == 2 {
			if s[i] != ':' && s[i] != '-' {
				return false
			}
		} else if strings.IndexByte("0123456789abcdefABCDEF", s[i]) < 0 {
			return false
		}
	}
	return true
}

// ocsfDirection are the numbers of connection_info.direction_id by word.
func ocsfDirection(word string) int {
	switch word {
	case "":
		return 0
	case "ingress":
		return 1
	case "egress":
		return 2
	case "lateral":
		return 3
	case "local":
		return 4
	}
	return 99
}

// ocsfConnection appends connection_info.
func ocsfConnection(dst []byte, c *relay.Connection) []byte {
	const key = `,"connection_info":`
	dst, at := open(dst, key)
	dst = ocsfDirections.append(dst, ocsfDirection(c.Direction), c.Direction)
	switch n := c.Protocol; {
	case c.ProtocolName != "":
		dst = member(dst, `,"protocol_name":"`, c.ProtocolName)
		dst = memberNumber(dst, `,"protocol_num":`, n)
	case n.Set && n.Value >= 0 && n.Value < int64(len(protocols)) && protocols[n.Value] != "":
		dst = append(dst, protocols[n.Value]...)
	default:
		dst = memberNumber(dst, `,"protocol_num":`, n)
	}
	switch c.IPVersion {
	case "IPv4":
		dst = ocsfIPVersions.append(dst, 4, "")
	case "IPv6":
		dst = ocsfIPVersions.append(dst, 6, "")
	case "":
	default:
		dst = ocsfIPVersions.append(dst, 99, c.IPVersion)
	}
	dst = memberNumber(dst, `,"tcp_flags":`, c.TCPFlags)
	if n := c.Path; n.Set {
		dst = ocsfBoundary(dst, n.Value)
	}
	dst = member(dst, `,"uid":"`, c.SessionID)
	return done(dst, at, key)
}

// ocsfConnectionIfAny appends connection_info if there is anything to say of it, and the application protocol.
func ocsfConnectionIfAny(dst []byte, c *relay.Connection) []byte {
	if *c != (relay.Connection{Application: c.Application}) {
		dst = ocsfConnection(dst, c)
	}
	return member(dst, `,"app_protocol_name":"`, c.Application)
}

// ocsfBoundary appends the boundary that AWS traffic-path 1 to 8 stands for; OCSF's numbers are three higher.
func ocsfBoundary(dst []byte, path int64) []byte {
	if path >= 1 && path <= 8 {
		return ocsfBoundaries.append(dst, int(path+3), "")
	}
	return append(strconv.AppendInt(append(dst, ocsfBoundaries.other...), path, 10), '"')
}

// ocsfTraffic appends traffic.
func ocsfTraffic(dst []byte, t *relay.Traffic) []byte {
	const key = `,"traffic":`
	dst, at := open(dst, key)
	dst = memberNumber(dst, `,"bytes":`, t.Bytes)
	dst = memberNumber(dst, `,"bytes_in":`, t.BytesIn)
	dst = memberNumber(dst, `,"bytes_out":`, t.BytesOut)
	dst = memberNumber(dst, `,"packets":`, t.Packets)
	dst = memberNumber(dst, `,"packets_in":`, t.PacketsIn)
	dst = memberNumber(dst, `,"packets_out":`, t.PacketsOut)
	return done(dst, at, key)
}

// ocsfTLS appends tls, which needs a version, and the fingerprint that stands beside it.
func ocsfTLS(dst []byte, t *relay.TLS) []byte {
	if t.JA4 != "" {
		dst = appendText(append(dst, `,"ja4_fingerprint_list":[{"type_id":1,"type":"JA4","value":"`...), t.JA4)
		dst = append(dst, '}', ']')
	}
	if t.Version == "" {
		return dst
	}
	dst = appendText(append(dst, `,"tls":{"version":"`...), t.Version)
	dst = member(dst, `,"cipher":"`, t.Cipher)
	dst = member(dst, `,"sni":"`, t.SNI)
	dst = ocsfMD5(dst, `,"ja3_hash":`, t.JA3)
	dst = ocsfMD5(dst, `,"ja3s_hash":`, t.JA3S)
	if t.Certificate != "" && t.Issuer != "" {
		dst = appendText(append(dst, `,"certificate":{"serial_number":"`...), t.Certificate)
		dst = appendText(append(dst, `,"issuer":"`...), t.Issuer)
		dst = append(member(dst, `,"subject":"`, t.Subject), '}')
	}
	return append(dst, '}')
}

func ocsfMD5(dst []byte, key, hash string) []byte {
	if hash == "" {
		return dst
	}
	dst = append(append(dst, key...), `{"algorithm_id":1,"algorithm":"MD5","value":"`...)
	return append(appendText(dst, hash), '}')
}

// ocsfTLSRest appends what ocsfTLS does not; all of it unless placed.
func ocsfTLSRest(dst []byte, t *relay.TLS, placed bool) []byte {
	if t.Version == "" && t.Cipher == "" && t.SNI == "" && t.JA3 == "" && t.JA3S == "" && t.JA4 == "" && t.Certificate == "" && t.Subject == "" &&
		t.Issuer == "" && t.ClientSubject == "" {
		return dst // nearly always, and cheaper than a comparison with the zero TLS
	}
	const key = `,"tls":`
	dst, at := open(dst, key)
	if !placed || t.Version == "" {
		dst = member(dst, `,"version":"`, t.Version)
		dst = member(dst, `,"cipher":"`, t.Cipher)
		dst = member(dst, `,"sni":"`, t.SNI)
		dst = member(dst, `,"ja3":"`, t.JA3)
		dst = member(dst, `,"ja3s":"`, t.JA3S)
	}
	if !placed {
		dst = member(dst, `,"ja4":"`, t.JA4)
	}
	if !placed || t.Version == "" || t.Certificate == "" || t.Issuer == "" {
		dst = member(dst, `,"certificate":"`, t.Certificate)
		dst = member(dst, `,"issuer":"`, t.Issuer)
		dst = member(dst, `,"subject":"`, t.Subject)
	}
	dst = member(dst, `,"client_subject":"`, t.ClientSubject)
	return done(dst, at, key)
}

// ocsfVerdict appends what profile security_control has of a verdict: action, disposition, rule and policy.
func ocsfVerdict(dst []byte, v *relay.Verdict) []byte {
	dst = ocsfActions.append(dst, int(v.Action), v.Word)
	dst = ocsfDispositions.append(dst, int(v.Disposition), v.Word)
	if v.Alert {
		dst = append(dst, `,"is_alert":true`...)
	}
	if v.Rule.UID != "" || v.Rule.Name != "" {
		dst = ocsfRule(dst, &v.Rule)
	}
	if v.Rule.Policy != "" {
		dst = append(appendText(append(dst, `,"policy":{"name":"`...), v.Rule.Policy), '}')
	}
	return dst
}

func ocsfRule(dst []byte, r *relay.Rule) []byte {
	const key = `,"firewall_rule":`
	dst, at := open(dst, key)
	dst = member(dst, `,"uid":"`, r.UID)
	dst = member(dst, `,"name":"`, r.Name)
	dst = member(dst, `,"type":"`, r.Type)
	dst = member(dst, `,"category":"`, r.Category)
	return done(dst, at, key)
}

// ocsfVerdictRest appends what ocsfVerdict does not: the source's word where it says more than the numbers; all of it unless placed.
func ocsfVerdictRest(dst []byte, v *relay.Verdict, placed bool) []byte {
	if !placed {
		dst = member(dst, `,"action":"`, v.Word)
		dst = ocsfRule(dst, &v.Rule)
		return member(dst, `,"policy":"`, v.Rule.Policy)
	}
	if v.Action != relay.ActionOther && v.Disposition != relay.DispositionOther {
		switch v.Word {
		case "", "ACCEPT", "REJECT", "ALLOW", "BLOCK", "ALERT", "COUNT", "CAPTCHA", "CHALLENGE": // of AWS: the numbers say it all
		default:
			dst = member(dst, `,"action":"`, v.Word)
		}
	}
	if v.Rule.UID == "" && v.Rule.Name == "" && (v.Rule.Type != "" || v.Rule.Category != "") {
		dst = ocsfRule(dst, &v.Rule)
	}
	return dst
}
