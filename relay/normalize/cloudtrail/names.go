package cloudtrail

import (
	"strings"

	"logrelay/relay"
)

// logins are the events by which somebody proves who he is, of the services in loginServices.
var logins = map[string]relay.AuthActivity{
	"ConsoleLogin":              relay.AuthLogon,
	"ExternalIdPDirectoryLogin": relay.AuthLogon,
	"UserAuthentication":        relay.AuthLogon,
	"AssumeRole":                relay.AuthLogon,
	"AssumeRoleWithSAML":        relay.AuthLogon,
	"AssumeRoleWithWebIdentity": relay.AuthLogon,
	"AssumeRoot":                relay.AuthLogon,
	"SwitchRole":                relay.AuthAccountSwitch,
	"ExitRole":                  relay.AuthAccountSwitch,
	"CheckMfa":                  relay.AuthOther,
	"CredentialChallenge":       relay.AuthOther,
	"CredentialVerification":    relay.AuthOther,
	"GetFederationToken":        relay.AuthOther,
	"GetSessionToken":           relay.AuthOther,
}

var loginServices = [...]string{"sts", "signin", "sso", "sso-directory"}

// signInServices are those whose events say in their own name how they ended.
var signInServices = [...]string{"signin", "sso"}

// OCSF's activity_id of Account Change.
const (
	changeCreate        = 1
	changeEnable        = 2
	changePassword      = 3
	changePasswordReset = 4
	changeDisable       = 5
	changeDelete        = 6
	changeAttachPolicy  = 7
	changeDetachPolicy  = 8
	changeEnableFactor  = 10
	changeDisableFactor = 11
	changeOther         = 99
)

// changes are the events that change a user, of the services in changeServices, with OCSF's activity_id of Account Change.
var changes = map[string]uint8{
	"CreateUser":                    changeCreate,
	"CreateLoginProfile":            changeEnable,
	"ChangePassword":                changePassword,
	"PasswordUpdated":               changePassword,
	"UpdateLoginProfile":            changePasswordReset,
	"DeleteLoginProfile":            changeDisable,
	"DeleteUser":                    changeDelete,
	"AttachUserPolicy":              changeAttachPolicy,
	"PutUserPolicy":                 changeAttachPolicy,
	"PutUserPermissionsBoundary":    changeAttachPolicy,
	"DetachUserPolicy":              changeDetachPolicy,
	"DeleteUserPolicy":              changeDetachPolicy,
	"DeleteUserPermissionsBoundary": changeDetachPolicy,
	"EnableMFADevice":               changeEnableFactor,
	"DeactivateMFADevice":           changeDisableFactor,
	"UpdateUser":                    changeOther,
	"CreateAccessKey":               changeOther,
	"UpdateAccessKey":               changeOther,
	"DeleteAccessKey":               changeOther,
	"ResyncMFADevice":               changeOther,
	"TagUser":                       changeOther,
	"UntagUser":                     changeOther,
}

var changeServices = [...]string{"iam", "signin"}

// verb returns what a word, at the beginning of an event's name, says that the event does; relay.APIUnset when it does not tell.
func verb(word string) relay.APIActivity {
	switch word {
	case "Create", "Run", "Generate", "Allocate", "Import", "Copy", "Restore", "Issue", "Provision":
		return relay.APICreate
	case "Get", "List", "Describe", "Head", "Search", "Lookup", "Query", "Scan", "Select", "View", "Check", "Verify", "Validate", "Test", "Estimate", "Preview",
		"Download", "Discover":
		return relay.APIRead
	case "Update", "Put", "Modify", "Add", "Remove", "Start", "Stop", "Attach", "Detach", "Associate", "Disassociate", "Tag", "Untag", "Enable", "Disable",
		"Register", "Deregister", "Set", "Change", "Reset", "Reboot", "Authorize", "Revoke", "Replace", "Assign", "Unassign", "Cancel", "Move", "Grant",
		"Rotate", "Accept", "Reject", "Share", "Unshare":
		return relay.APIUpdate
	case "Delete", "Terminate", "Purge", "Release", "Destroy":
		return relay.APIDelete
	}
	return relay.APIUnset
}

// activity returns what an event does by the first word of its name, of which Batch, Admin and Bulk are none; readOnly tells when that does not.
func activity(name string, readOnly relay.Truth) relay.APIActivity {
	for rest := name; ; {
		w := firstWord(rest)
		switch w {
		case "Batch", "Admin", "Bulk":
			rest = rest[len(w):]
		default:
			a := verb(w)
			switch {
			case a != relay.APIUnset:
				return a
			case readOnly == relay.TruthYes:
				return relay.APIRead
			}
			return relay.APIOther
		}
	}
}

// firstWord returns a letter and the small letters behind it.
func firstWord(name string) string {
	for i := 1; i < len(name); i++ {
		if name[i]-'a' > 'z'-'a' {
			return name[:i]
		}
	}
	return name
}

// serviceIn reports whether source, "iam.amazonaws.com", is one of the services. Regions in China have names of their own.
func serviceIn(source string, services []string) bool {
	name, domain, ok := strings.Cut(source, ".")
	if !ok || domain != "amazonaws.com" && domain != "amazonaws.com.cn" {
		return false
	}
	for _, s := range services {
		if s == name {
			return true
		}
	}
	return false
}
