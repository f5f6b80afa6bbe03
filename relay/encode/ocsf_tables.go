package encode

import "strconv"

// ocsfEnum are the members of an enumerated attribute and its sibling, `,"action_id":1,"action":"Allowed"`, by the number. The captions are
// those of the schema; a number that it does not have, and 99, stand with the source's own word.
type ocsfEnum struct {
	members []string
	other   string // `,"action_id":99,"action":"`
}

// ocsfEnumOf makes the enum of an attribute whose captions are given by number.
func ocsfEnumOf(id, sibling string, captions []string) ocsfEnum {
	n := ocsfEnum{members: make([]string, len(captions)), other: `,"` + id + `":99,"` + sibling + `":"`}
	for i, c := range captions {
		if c != "" {
			n.members[i] = `,"` + id + `":` + strconv.Itoa(i) + `,"` + sibling + `":"` + c + `"`
		}
	}
	return n
}

// append appends the members for a number. word is the source's own, for 99.
func (n *ocsfEnum) append(dst []byte, id int, word string) []byte {
	if id < len(n.members) && n.members[id] != "" {
		return append(dst, n.members[id]...)
	}
	if word == "" {
		word = "Other"
	}
	return appendText(append(dst, n.other...), word)
}

// ocsfClass is the fixed part of a class: category, class, activity and type, from the opening brace on.
type ocsfClass struct {
	activities []string // by activity_id
	other, end string   // what stands before and after the source's word for activity 99
}

// ocsfClassOf makes the fixed part of a class whose activities are given by number.
func ocsfClassOf(category int, categoryName string, uid int, name string, activities []string) ocsfClass {
	head := `{"category_uid":` + strconv.Itoa(category) + `,"category_name":"` + categoryName + `","class_uid":` + strconv.Itoa(uid) +
		`,"class_name":"` + name + `"`
	c := ocsfClass{
		activities: make([]string, len(activities)),
		other:      head + `,"activity_id":99,"activity_name":"`,
		end:        `,"type_uid":` + strconv.Itoa(uid*100+99) + `,"type_name":"` + name + `: Other"`,
	}
	for i, a := range activities {
		if a != "" {
			c.activities[i] = head + `,"activity_id":` + strconv.Itoa(i) + `,"activity_name":"` + a + `","type_uid":` + strconv.Itoa(uid*100+i) +
				`,"type_name":"` + name + `: ` + a + `"`
		}
	}
	return c
}

// The classes. What they are made of is in the encoders.
var (
	ocsfBase    = ocsfClassOf(0, "Uncategorized", 0, "Base Event", nil)
	ocsfNetwork = ocsfClassOf(4, "Network Activity", 4001, "Network Activity",
		[]string{"Unknown", "Open", "Close", "Reset", "Fail", "Refuse", "Traffic"})
	ocsfHTTP = ocsfClassOf(4, "Network Activity", 4002, "HTTP Activity",
		[]string{"Unknown", "Connect", "Delete", "Get", "Head", "Options", "Post", "Put", "Trace", "Patch"})
	ocsfDNS            = ocsfClassOf(4, "Network Activity", 4003, "DNS Activity", []string{"Unknown", "Query", "Response", 6: "Traffic"})
	ocsfAPI            = ocsfClassOf(6, "Application Activity", 6003, "API Activity", []string{"Unknown", "Create", "Read", "Update", "Delete"})
	ocsfAuthentication = ocsfClassOf(3, "Identity & Access Management", 3002, "Authentication", []string{"Unknown", "Logon", "Logoff",
		"Authentication Ticket", "Service Ticket Request", "Service Ticket Renew", "Preauth", "Account Switch"})
	ocsfAccountChange = ocsfClassOf(3, "Identity & Access Management", 3001, "Account Change", []string{"Unknown", "Create", "Enable",
		"Password Change", "Password Reset", "Disable", "Delete", "Attach Policy", "Detach Policy", "Lock", "MFA Factor Enable",
		"MFA Factor Disable", "Unlock"})
	ocsfFinding = ocsfClassOf(2, "Findings", 2004, "Detection Finding", []string{"Unknown", "Create", "Update", "Close"})
)

// Enumerated attributes that several classes have.
var (
	ocsfSeverities = ocsfEnumOf("severity_id", "severity",
		[]string{1: "Informational", "Low", "Medium", "High", "Critical", "Fatal"})
	ocsfStatuses     = ocsfEnumOf("status_id", "status", []string{"", "Success", "Failure"})
	ocsfActions      = ocsfEnumOf("action_id", "action", []string{"Unknown", "Allowed", "Denied", "Observed", "Modified"})
	ocsfDispositions = ocsfEnumOf("disposition_id", "disposition", []string{"Unknown", "Allowed", "Blocked", "Quarantined", "Isolated",
		"Deleted", "Dropped", "Custom Action", "Approved", "Restored", "Exonerated", "Corrected", "Partially Corrected", "Uncorrected",
		"Delayed", "Detected", "No Action", "Logged", "Tagged", "Alert", "Count", "Reset", "Captcha", "Challenge", "Access Revoked",
		"Rejected", "Unauthorized", "Error"})
	ocsfUserTypes  = []string{"Unknown", "User", "Admin", "System", "Service"}
	ocsfDirections = ocsfEnumOf("direction_id", "direction", []string{"Unknown", "Inbound", "Outbound", "Lateral", "Local"})
	ocsfIPVersions = ocsfEnumOf("protocol_ver_id", "protocol_ver",
		[]string{4: "Internet Protocol version 4 (IPv4)", 6: "Internet Protocol version 6 (IPv6)"})
	ocsfScopes     = ocsfEnumOf("network_scope_id", "network_scope", []string{"", "Internal", "External"})
	ocsfBoundaries = ocsfEnumOf("boundary_id", "boundary", []string{"Unknown", "Localhost", "Internal", "External", "Same VPC",
		"Internet/VPC Gateway", "Virtual Private Gateway", "Intra-region VPC", "Inter-region VPC", "Local Gateway", "Gateway VPC",
		"Internet Gateway"})
	ocsfRcodes = ocsfEnumOf("rcode_id", "rcode", []string{"NoError", "FormError", "ServError", "NXDomain", "NotImp", "Refused", "YXDomain",
		"YXRRSet", "NXRRSet", "NotAuth", "NotZone"})
	ocsfAuthProtocols = ocsfEnumOf("auth_protocol_id", "auth_protocol", []string{"Unknown", "NTLM", "Kerberos", "Digest", "OpenID", "SAML",
		"OAUTH 2.0", "PAP", "CHAP", "EAP", "RADIUS", "Basic Authentication", "LDAP"})
	ocsfLogonTypes = ocsfEnumOf("logon_type_id", "logon_type", []string{"Unknown", "System", "Interactive", "Network", "Batch", "OS Service",
		7: "Unlock", "Network Cleartext", "New Credentials", "Remote Interactive", "Cached Interactive", "Cached Remote Interactive",
		"Cached Unlock"})
)

// ocsfProfile is a set of profiles.
type ocsfProfile uint8

// Profiles, in the order of their names.
const (
	ocsfCloud ocsfProfile = 1 << iota
	ocsfHost
	ocsfLoadBalancer
	ocsfSecurityControl
)

// ocsfProfiles is metadata.profiles of each set of profiles.
var ocsfProfiles = [...]string{
	0:                   ``,
	ocsfCloud:           `,"profiles":["cloud"]`,
	ocsfHost:            `,"profiles":["host"]`,
	ocsfLoadBalancer:    `,"profiles":["load_balancer"]`,
	ocsfSecurityControl: `,"profiles":["security_control"]`,

	ocsfCloud | ocsfHost:                    `,"profiles":["cloud","host"]`,
	ocsfCloud | ocsfLoadBalancer:            `,"profiles":["cloud","load_balancer"]`,
	ocsfCloud | ocsfSecurityControl:         `,"profiles":["cloud","security_control"]`,
	ocsfHost | ocsfLoadBalancer:             `,"profiles":["host","load_balancer"]`,
	ocsfHost | ocsfSecurityControl:          `,"profiles":["host","security_control"]`,
	ocsfLoadBalancer | ocsfSecurityControl:  `,"profiles":["load_balancer","security_control"]`,
	ocsfCloud | ocsfHost | ocsfLoadBalancer: `,"profiles":["cloud","host","load_balancer"]`,

	ocsfCloud | ocsfHost | ocsfSecurityControl:                    `,"profiles":["cloud","host","security_control"]`,
	ocsfCloud | ocsfLoadBalancer | ocsfSecurityControl:            `,"profiles":["cloud","load_balancer","security_control"]`,
	ocsfHost | ocsfLoadBalancer | ocsfSecurityControl:             `,"profiles":["host","load_balancer","security_control"]`,
	ocsfCloud | ocsfHost | ocsfLoadBalancer | ocsfSecurityControl: `,"profiles":["cloud","host","load_balancer","security_control"]`,
}
