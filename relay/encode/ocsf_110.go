package encode

import "strings"

// ocsfDifference says what becomes of an attribute of 1.8.0 in 1.1.0. The zero value: 1.1.0 does not have it, and it goes to unmapped.
type ocsfDifference struct {
	stays   bool              // it does have it: of a class, where others do not
	gone    bool              // it says nothing that is not said elsewhere
	name    string            // it has another name
	inner   string            // it is the member of this name of the only object in its list
	values  map[string]string // it stays, and these values become others; "": such a value goes to unmapped
	without []string          // it stays, a list, without these
}

// ocsf110 is all that is different in OCSF 1.1.0, by the class or object that an attribute is in and its name; "*" is any class.
// Source: the schema of 1.1.0 beside that of 1.8.0, for the attributes that the encoders write. What 1.1.0 requires in addition is in ocsf110Required and
// ocsf110Classes.
var ocsf110 = map[string]ocsfDifference{
	"metadata.version":            {values: map[string]string{`"1.8.0"`: `"1.1.0"`}},
	"metadata.debug":              {},
	"metadata.is_truncated":       {},
	"metadata.log_format":         {},
	"metadata.log_source":         {},
	"metadata.original_event_uid": {},
	"metadata.tags":               {},

	"*.raw_data_size":        {gone: true},
	"*.app_protocol_name":    {},
	"*.ja4_fingerprint_list": {},
	"*.is_alert":             {},
	"*.policy":               {},
	"3001.policy":            {stays: true},
	"*.action_id":            {values: map[string]string{"3": "99", "4": "99"}},

	// No profile host in these, and security_control in those of the network and in findings alone.
	"6003.device":            {},
	"2004.device":            {},
	"3001.http_response":     {},
	"3002.http_response":     {},
	"6003.http_response":     {},
	"3001.action_id":         {},
	"3002.action_id":         {},
	"6003.action_id":         {},
	"3001.action":            {},
	"3002.action":            {},
	"6003.action":            {},
	"3001.disposition_id":    {},
	"3002.disposition_id":    {},
	"6003.disposition_id":    {},
	"3001.disposition":       {},
	"3002.disposition":       {},
	"6003.disposition":       {},
	"3001.firewall_rule":     {},
	"3002.firewall_rule":     {},
	"6003.firewall_rule":     {},
	"0.metadata.profiles":    {without: []string{"host", "load_balancer", "security_control"}},
	"3001.metadata.profiles": {without: []string{"security_control"}},
	"3002.metadata.profiles": {without: []string{"security_control"}},
	"6003.metadata.profiles": {without: []string{"host", "security_control"}},

	// Activities and types that it does not have are Other with their own names.
	"4002.activity_id": {values: map[string]string{"9": "99"}},
	"3001.activity_id": {values: map[string]string{"12": "99"}},
	"3002.activity_id": {values: map[string]string{"6": "99", "7": "99"}},
	"*.type_uid":       {values: map[string]string{"400209": "400299", "300112": "300199", "300206": "300299", "300207": "300299"}},
	"*.type_name": {values: map[string]string{`"HTTP Activity: Patch"`: `"HTTP Activity: Other"`, `"Account Change: Unlock"`: `"Account Change: Other"`,
		`"Authentication: Preauth"`: `"Authentication: Other"`, `"Authentication: Account Switch"`: `"Authentication: Other"`}},
	"3002.auth_protocol_id":        {values: map[string]string{"11": "99", "12": "99"}},
	"3002.logon_type_id":           {values: map[string]string{"1": "0"}}, // System has another number
	"user.type_id":                 {values: map[string]string{"4": "99"}},
	"connection_info.direction_id": {values: map[string]string{"4": "99"}},
	"http_response.body_length":    {},
	"http_request.http_method":     {values: map[string]string{`"PATCH"`: ``}},

	"evidences.http_request":         {},
	"evidences.http_response":        {},
	"evidences.tls":                  {},
	"evidences.ja4_fingerprint_list": {},

	"actor.app_name":                {name: "invoked_by"},
	"user.programmatic_credentials": {name: "credential_uid", inner: "uid"},
	"endpoint.network_scope":        {},
	"endpoint.network_scope_id":     {},
	"tls.certificate":               {}, // needs a fingerprint
}

// ocsfRequired is an attribute that an object must have unless it has another of the list: this text, or what it has as from.
type ocsfRequired struct {
	object, name, text, from string
	unless                   []string
}

var ocsf110Required = []ocsfRequired{
	{object: "product", name: "vendor_name", text: `"Unknown"`, unless: []string{"vendor_name"}},
	{object: "finding_info", name: "title", from: "uid", unless: []string{"title"}},
	{object: "endpoint", name: "name", from: "domain", unless: []string{"ip", "uid", "hostname", "svc_name", "instance_uid", "interface_uid", "interface_name"}},
}

// ocsf110Classes are the attributes that a class must have; an event without them is a Base Event.
var ocsf110Classes = map[string][]string{
	"4001": {"src_endpoint", "dst_endpoint"},
	"4002": {"src_endpoint", "dst_endpoint", "http_request", "http_response"},
	"4003": {"src_endpoint"},
}

// ocsf110Head is what becomes of the head of an event that cannot be of its class.
var ocsf110Head = map[string]string{"category_uid": "0", "category_name": `"Uncategorized"`, "class_uid": "0", "class_name": `"Base Event"`,
	"activity_id": "99", "type_uid": "99", "type_name": `"Base Event: Other"`}

// ocsf110Base are the attributes that a Base Event can have.
var ocsf110Base = []string{"activity_id", "activity_name", "category_name", "category_uid", "class_name", "class_uid", "cloud", "count", "duration",
	"end_time", "message", "metadata", "observables", "raw_data", "severity", "severity_id", "start_time", "status", "status_code",
	"status_detail", "status_id", "time", "type_name", "type_uid", "unmapped"}

// ocsf110Names are the names of the attributes in ocsf110: most attributes are none of them.
var ocsf110Names = func() map[string]bool {
	names := make(map[string]bool)
	for key := range ocsf110 {
		names[key[strings.LastIndexByte(key, '.')+1:]] = true
	}
	return names
}()
