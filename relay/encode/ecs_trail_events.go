package encode

import "strings"

// trailEvents are event.category and event.type by the name of an event of CloudTrail, as Elastic's integration has them.
var trailEvents = map[string]struct {
	category string
	types    [3]string
}{
	"AssumeRole":   {"authentication", [3]string{"info"}},
	"ConsoleLogin": {"authentication", [3]string{"info"}},

	"CreateBucket": {"file", [3]string{"creation"}},
	"DeleteBucket": {"file", [3]string{"deletion"}},

	"CreateControlChannel": {"session", [3]string{"start"}},
	"CreateDataChannel":    {"session", [3]string{"start"}},
	"OpenControlChannel":   {"session", [3]string{"start"}},
	"OpenDataChannel":      {"session", [3]string{"start"}},
	"ResumeSession":        {"session", [3]string{"start"}},
	"StartSession":         {"session", [3]string{"start"}},
	"TerminateSession":     {"session", [3]string{"end"}},

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

// trailCategory sets category and types of an event: those of trailEvents, else those of its class where ECS has a category for that: proofs of who
// somebody is, what is done in IAM, and to objects in S3. All other events have no category, and are of type info.
func trailCategory(ev *ecsEvent) {
	if t, ok := trailEvents[ev.action]; ok {
		ev.category, ev.types = [2]string{t.category}, t.types
		return
	}
	switch service := serviceName(ev.provider); {
	case ev.category[0] == "authentication":
		ev.types = [3]string{"info"}
	case ev.category[0] == "iam" || service == "iam":
		ev.category[0] = "iam"
	case service == "s3" && strings.Contains(ev.action, "Object"):
		ev.category[0] = "file"
	default:
		ev.category, ev.types = [2]string{}, [3]string{"info"}
	}
	if ev.types[0] == "access" {
		ev.types[0] = "info"
	}
}
