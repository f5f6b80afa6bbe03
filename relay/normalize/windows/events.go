package windows

import "logrelay/relay"

// login is what an event about a login means.
type login struct {
	activity relay.AuthActivity
	status   relay.Status // unset: by EventType, Status and Keywords
	name     string       // of the activity where it is relay.AuthOther
	subject  bool         // it is the subject's login; there is no target
	protocol string
}

// logins by EventID.
var logins = map[string]login{
	"4624": {activity: relay.AuthLogon, status: relay.StatusSuccess},
	"4625": {activity: relay.AuthLogon, status: relay.StatusFailure},
	"4634": {activity: relay.AuthLogoff},
	"4647": {activity: relay.AuthLogoff},
	"4648": {activity: relay.AuthLogon},
	"4672": {activity: relay.AuthOther, name: "Special Logon", subject: true},
	"4768": {activity: relay.AuthTicket, protocol: "Kerberos"},
	"4769": {activity: relay.AuthServiceTicket, protocol: "Kerberos"},
	"4770": {activity: relay.AuthTicketRenewal, protocol: "Kerberos"},
	"4771": {activity: relay.AuthPreauth, status: relay.StatusFailure, protocol: "Kerberos"},
	"4776": {activity: relay.AuthOther, name: "Credential Validation", protocol: "NTLM"},
}

// change is what an event about an account means.
type change struct {
	account  uint8 // OCSF's activity_id of Account Change
	activity relay.APIActivity
	name     string
}

// changes by EventID.
var changes = map[string]change{
	"4720": {1, relay.APICreate, "A user account was created"},
	"4722": {2, relay.APIUpdate, "A user account was enabled"},
	"4723": {3, relay.APIUpdate, "An attempt was made to change an account's password"},
	"4724": {4, relay.APIUpdate, "An attempt was made to reset an account's password"},
	"4725": {5, relay.APIUpdate, "A user account was disabled"},
	"4726": {6, relay.APIDelete, "A user account was deleted"},
	"4738": {99, relay.APIUpdate, "A user account was changed"},
	"4740": {9, relay.APIUpdate, "A user account was locked out"},
	"4767": {12, relay.APIUpdate, "A user account was unlocked"},
	"4781": {99, relay.APIUpdate, "The name of an account was changed"},
}

// protocolID returns OCSF's auth_protocol_id.
func protocolID(name string) uint8 {
	switch name {
	case "NTLM":
		return 1
	case "Kerberos":
		return 2
	case "Digest":
		return 3
	}
	return 0
}

// logonTypeID returns OCSF's logon_type_id, which is Windows' number but for the system's own logon.
func logonTypeID(v string) uint8 {
	switch v {
	case "0":
		return 1
	case "2", "3", "4", "5", "7", "8", "9":
		return v[0] - '0'
	case "10", "11", "12", "13":
		return 10 + v[1] - '0'
	}
	return 0
}
