package relay

// Kind names what a record is: "vpcflow", "syslog", "json", "text", ... The empty Kind means "not known yet":
// package normalize recognises it from the first bytes.
type Kind string

// The kinds. What is behind a syslog header is named after what it is, not after the header.
const (
	KindAuto            Kind = ""                // not known: package normalize looks
	KindVPCFlow         Kind = "vpcflow"         // VPC and Transit Gateway flow logs
	KindCloudTrail      Kind = "cloudtrail"      // events of CloudTrail
	KindRoute53         Kind = "route53"         // Route 53 Resolver query logs, and query logs of public zones
	KindK8sAudit        Kind = "k8saudit"        // audit events of Kubernetes, EKS included
	KindEKS             Kind = "eks"             // the other logs of the EKS control plane: klog lines, authenticator
	KindWAF             Kind = "waf"             // AWS WAF
	KindELB             Kind = "elb"             // access and connection logs of ALB, NLB and CLB
	KindS3Access        Kind = "s3access"        // S3 server access logs
	KindCloudFront      Kind = "cloudfront"      // standard logs
	KindGuardDuty       Kind = "guardduty"       // findings
	KindSecurityHub     Kind = "securityhub"     // findings in ASFF
	KindNetworkFirewall Kind = "networkfirewall" // AWS Network Firewall
	KindContainer       Kind = "container"       // lines of containers with what Fluent Bit, Docker or containerd put around them
	KindSyslog          Kind = "syslog"          // RFC 5424, RFC 3164 and relatives, whatever the text is
	KindCEF             Kind = "cef"             // ArcSight Common Event Format, without or behind a syslog header
	KindLEEF            Kind = "leef"            // Log Event Extended Format, without or behind a syslog header
	KindPaloAlto        Kind = "paloalto"        // PAN-OS, CSV
	KindFortinet        Kind = "fortinet"        // FortiOS, key=value
	KindCiscoASA        Kind = "ciscoasa"        // ASA and FTD, %ASA-n-nnnnnn
	KindCheckPoint      Kind = "checkpoint"      // Check Point Log Exporter
	KindFilterlog       Kind = "filterlog"       // pfSense and OPNsense
	KindNetfilter       Kind = "netfilter"       // iptables and nftables LOG
	KindLinuxAuth       Kind = "linuxauth"       // sshd, sudo, PAM
	KindWindows         Kind = "windows"         // Windows events as NXLog and Snare send them
	KindSuricata        Kind = "suricata"        // EVE JSON
	KindJSON            Kind = "json"            // any other JSON value
	KindText            Kind = "text"            // any line
)

// Kinds are all kinds but KindAuto.
var Kinds = [...]Kind{
	KindVPCFlow,
	KindCloudTrail,
	KindRoute53,
	KindK8sAudit,
	KindEKS,
	KindWAF,
	KindELB,
	KindS3Access,
	KindCloudFront,
	KindGuardDuty,
	KindSecurityHub,
	KindNetworkFirewall,
	KindContainer,
	KindSyslog,
	KindCEF,
	KindLEEF,
	KindPaloAlto,
	KindFortinet,
	KindCiscoASA,
	KindCheckPoint,
	KindFilterlog,
	KindNetfilter,
	KindLinuxAuth,
	KindWindows,
	KindSuricata,
	KindJSON,
	KindText,
}
