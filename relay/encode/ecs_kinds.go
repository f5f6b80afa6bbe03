package encode

import "logrelay/relay"

// ecsKind is what ECS says of a kind, and where its own fields go.
type ecsKind struct {
	kind  relay.Kind
	event string // members of event: module and dataset
	open  string // begins the object of its own fields
	end   string // what follows that object's own brace
	cloud bool   // a cloud wrote it, which the module tells: no observer. Security Hub gathers findings of many products
}

// ecsKinds are the kinds: dataset and place of the source's own fields. The names are those of Elastic's integrations where there is one for
// the source. None is a field set of ECS.
var ecsKinds = [...]ecsKind{
	{relay.KindVPCFlow, `,"module":"aws","dataset":"aws.vpcflow"`, `,"aws":{"vpcflow":`, `}`, true},
	{relay.KindSyslog, `,"module":"syslog","dataset":"syslog.log"`, `,"syslog":`, ``, false},
	{relay.KindCloudTrail, `,"module":"aws","dataset":"aws.cloudtrail"`, `,"aws":{"cloudtrail":`, `}`, true},
	{relay.KindRoute53, `,"module":"aws","dataset":"aws.route53_resolver_logs"`, `,"aws":{"route53":`, `}`, true},
	{relay.KindK8sAudit, `,"module":"kubernetes","dataset":"kubernetes.audit_logs"`, `,"kubernetes":{"audit":`, `}`, true},
	{relay.KindEKS, `,"module":"aws","dataset":"aws.eks"`, `,"aws":{"eks":`, `}`, true},
	{relay.KindWAF, `,"module":"aws","dataset":"aws.waf"`, `,"aws":{"waf":`, `}`, true},
	{relay.KindELB, `,"module":"aws","dataset":"aws.elb_logs"`, `,"aws":{"elb":`, `}`, true},
	{relay.KindS3Access, `,"module":"aws","dataset":"aws.s3access"`, `,"aws":{"s3access":`, `}`, true},
	{relay.KindCloudFront, `,"module":"aws","dataset":"aws.cloudfront_logs"`, `,"aws":{"cloudfront":`, `}`, true},
	{relay.KindGuardDuty, `,"module":"aws","dataset":"aws.guardduty"`, `,"aws":{"guardduty":`, `}`, true},
	{relay.KindSecurityHub, `,"module":"aws","dataset":"aws.securityhub_findings"`, `,"aws":{"securityhub_findings":`, `}`, false},
	{relay.KindNetworkFirewall, `,"module":"aws","dataset":"aws.firewall_logs"`, `,"aws":{"firewall":`, `}`, true},
	{relay.KindContainer, `,"module":"kubernetes","dataset":"kubernetes.container_logs"`, `,"container_log":`, ``, false},
	{relay.KindCEF, `,"module":"cef","dataset":"cef.log"`, `,"cef":`, ``, false},
	{relay.KindLEEF, `,"module":"leef","dataset":"leef.log"`, `,"leef":`, ``, false},
	{relay.KindPaloAlto, `,"module":"panw","dataset":"panw.panos"`, `,"panw":{"panos":`, `}`, false},
	{relay.KindFortinet, `,"module":"fortinet","dataset":"fortinet_fortigate.log"`, `,"fortinet":{"firewall":`, `}`, false},
	{relay.KindCiscoASA, `,"module":"cisco","dataset":"cisco_asa.log"`, `,"cisco":{"asa":`, `}`, false},
	{relay.KindCheckPoint, `,"module":"checkpoint","dataset":"checkpoint.firewall"`, `,"checkpoint":`, ``, false},
	{relay.KindFilterlog, `,"module":"pfsense","dataset":"pfsense.log"`, `,"pfsense":`, ``, false},
	{relay.KindNetfilter, `,"module":"iptables","dataset":"iptables.log"`, `,"iptables":`, ``, false},
	{relay.KindLinuxAuth, `,"module":"system","dataset":"system.auth"`, `,"system":{"auth":`, `}`, false},
	{relay.KindWindows, `,"module":"windows","dataset":"windows.forwarded"`, `,"winlog":`, ``, false},
	{relay.KindSuricata, `,"module":"suricata","dataset":"suricata.eve"`, `,"suricata":{"eve":`, `}`, false},
	{relay.KindJSON, ``, `,"json":`, ``, false},
	{relay.KindText, ``, `,"text":`, ``, false},
}

// ecsUnknown is a kind that nothing here knows.
var ecsUnknown = ecsKind{open: `,"unmapped":`}

func ecsKindOf(k relay.Kind) *ecsKind {
	for i := range ecsKinds {
		if ecsKinds[i].kind == k {
			return &ecsKinds[i]
		}
	}
	return &ecsUnknown
}

// own begins the object of the source's own fields; close ends it, or takes it back when it has no members.
func (k *ecsKind) own(dst []byte) ([]byte, int) { return open(dst, k.open) }

func (k *ecsKind) close(dst []byte, at int) []byte {
	n := len(dst)
	dst = done(dst, at, k.open)
	if len(dst) > n {
		dst = append(dst, k.end...)
	}
	return dst
}
