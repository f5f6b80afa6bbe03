package encode

// trailEvents are event.category and event.type by the name of an event of CloudTrail, as Elastic's integration has them. All other events
// are of type info and have no category.
var trailEvents = map[string]struct {
	category string
	types    [3]string
}{
	"AssumeRole":   {"authentication", [3]string{"info"}},
	"ConsoleLogin": {"authentication", [3]string{"info"}},

	"CreateBucket": {"file", [3]string{"creation"}},
	"DeleteBucket": {"file", [3]string{"deletion"}},

	"AddUserToGroup":            {"iam", [3]string{"group", "change"}},
	"AttachGroupPolicy":         {"iam", [3]string{"group", "change"}},
	"CreateGroup":               {"iam", [3]string{"group", "creation"}},
	"DeleteGroup":               {"iam", [3]string{"group", "deletion"}},
	"DeleteGroupPolicy":         {"iam", [3]string{"group", "change"}},
	"DetachGroupPolicy":         {"iam", [3]string{"group", "change"}},
	"GetGroup":                  {"iam", [3]string{"group", "info"}},
	"GetGroupPolicy":            {"iam", [3]string{"group", "info"}},
	"ListAttachedGroupPolicies": {"iam", [3]string{"group", "info"}},
	"ListGroupPolicies":         {"iam", [3]string{"group", "info"}},
	"ListGroups":                {"iam", [3]string{"group", "info"}},
	"PutGroupPolicy":            {"iam", [3]string{"group", "change"}},
	"RemoveUserFromGroup":       {"iam", [3]string{"group", "change"}},
	"UpdateGroup":               {"iam", [3]string{"group", "change"}},

	"AttachUserPolicy":              {"iam", [3]string{"user", "change"}},
	"ChangePassword":                {"iam", [3]string{"user", "change"}},
	"CreateAccessKey":               {"iam", [3]string{"user", "change"}},
	"CreateUser":                    {"iam", [3]string{"user", "creation"}},
	"CreateVirtualMFADevice":        {"iam", [3]string{"user", "change"}},
	"DeactivateMFADevice":           {"iam", [3]string{"user", "change"}},
	"DeleteAccessKey":               {"iam", [3]string{"user", "change"}},
	"DeleteSSHPublicKey":            {"iam", [3]string{"user", "change"}},
	"DeleteUser":                    {"iam", [3]string{"user", "deletion"}},
	"DeleteUserPermissionsBoundary": {"iam", [3]string{"user", "change"}},
	"DeleteUserPolicy":              {"iam", [3]string{"user", "change"}},
	"DeleteVirtualMFADevice":        {"iam", [3]string{"user", "change"}},
	"DetachUserPolicy":              {"iam", [3]string{"user", "change"}},
	"EnableMFADevice":               {"iam", [3]string{"user", "change"}},
	"GetUser":                       {"iam", [3]string{"user", "info"}},
	"GetUserPolicy":                 {"iam", [3]string{"user", "info"}},
	"ListAttachedUserPolicies":      {"iam", [3]string{"user", "info"}},
	"ListGroupsForUser":             {"iam", [3]string{"user", "info"}},
	"ListUserPolicies":              {"iam", [3]string{"user", "info"}},
	"ListUserTags":                  {"iam", [3]string{"user", "info"}},
	"ListUsers":                     {"iam", [3]string{"user", "info"}},
	"PutUserPermissionsBoundary":    {"iam", [3]string{"user", "change"}},
	"PutUserPolicy":                 {"iam", [3]string{"user", "change"}},
	"TagUser":                       {"iam", [3]string{"user", "change"}},
	"UntagUser":                     {"iam", [3]string{"user", "change"}},
	"UpdateAccessKey":               {"iam", [3]string{"user", "change"}},
	"UpdateLoginProfile":            {"iam", [3]string{"user", "change"}},
	"UpdateSSHPublicKey":            {"iam", [3]string{"user", "change"}},
	"UpdateUser":                    {"iam", [3]string{"user", "change"}},

	"CreateKeyPair":                      {"iam", [3]string{"admin", "creation"}},
	"SetDefaultPolicyVersion":            {"iam", [3]string{"admin", "change"}},
	"SetSecurityTokenServicePreferences": {"iam", [3]string{"admin", "change"}},
	"UpdateAccountPasswordPolicy":        {"iam", [3]string{"admin", "change"}},
	"UpdateRole":                         {"iam", [3]string{"admin", "change"}},
}

func trailCategory(name string) (category [2]string, types [3]string) {
	if t, ok := trailEvents[name]; ok {
		return [2]string{t.category}, t.types
	}
	return category, [3]string{"info"}
}
