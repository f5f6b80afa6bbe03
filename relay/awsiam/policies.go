package awsiam

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// Grant is an action that a policy allows; it may have wildcards.
type Grant struct {
	Policy    string // where it stands
	Action    string // "s3:Get*"; "not s3:PutObject, …" of a statement with NotAction
	Resources []string
}

// maxPolicies bounds how many policies of one identity are read: IAM allows some 20 by default.
const maxPolicies = 100

// Grants reads the policies of a user or role: its own, those attached, and those of its groups. The ARN is as sts:GetCallerIdentity gives it. With an error come
// those that could be read.
func (c *Client) Grants(ctx context.Context, arn string) ([]Grant, error) {
	kind, name, err := principal(arn)
	if err != nil {
		return nil, err
	}
	r := &reader{iam: c.iam}
	switch kind {
	case "root":
		return []Grant{{Policy: "the account's root user", Action: "*", Resources: []string{"*"}}}, nil
	case "user":
		r.user(ctx, name)
	default:
		r.role(ctx, name)
	}
	return r.grants, errors.Join(r.errs...)
}

var principalForm = regexp.MustCompile(`^arn:aws[a-z-]*:(?:iam|sts)::[0-9]{12}:(?:(root)$|(user|role|assumed-role)/(.+)$)`)

// principal tells user or role, and its name, of an ARN. Names have no path, as IAM's calls want them; a session belongs to its role.
func principal(arn string) (kind, name string, err error) {
	m := principalForm.FindStringSubmatch(arn)
	switch {
	case m == nil:
		return "", "", fmt.Errorf("%q is neither a user nor a role", arn)
	case m[1] != "":
		return "root", "", nil
	case m[2] == "assumed-role":
		name, _, _ = strings.Cut(m[3], "/")
		return "role", name, nil
	}
	return m[2], m[3][strings.LastIndexByte(m[3], '/')+1:], nil
}

// reader gathers what policies allow, and what could not be read.
type reader struct {
	iam    *iam.Client
	grants []Grant
	errs   []error
	read   int
}

func (r *reader) user(ctx context.Context, name string) {
	own, err := r.iam.ListUserPolicies(ctx, &iam.ListUserPoliciesInput{UserName: &name})
	if r.failed("iam:ListUserPolicies", name, err) {
		own = &iam.ListUserPoliciesOutput{}
	}
	for _, policy := range own.PolicyNames {
		out, err := r.iam.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: &name, PolicyName: &policy})
		if !r.failed("iam:GetUserPolicy", policy, err) {
			r.document("policy "+policy, out.PolicyDocument)
		}
	}
	attached, err := r.iam.ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: &name})
	if !r.failed("iam:ListAttachedUserPolicies", name, err) {
		r.attached(ctx, attached.AttachedPolicies)
	}
	groups, err := r.iam.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: &name})
	if !r.failed("iam:ListGroupsForUser", name, err) {
		for _, g := range groups.Groups {
			r.group(ctx, aws.ToString(g.GroupName))
		}
	}
}

func (r *reader) group(ctx context.Context, name string) {
	own, err := r.iam.ListGroupPolicies(ctx, &iam.ListGroupPoliciesInput{GroupName: &name})
	if r.failed("iam:ListGroupPolicies", name, err) {
		own = &iam.ListGroupPoliciesOutput{}
	}
	for _, policy := range own.PolicyNames {
		out, err := r.iam.GetGroupPolicy(ctx, &iam.GetGroupPolicyInput{GroupName: &name, PolicyName: &policy})
		if !r.failed("iam:GetGroupPolicy", policy, err) {
			r.document("policy "+policy+" of group "+name, out.PolicyDocument)
		}
	}
	attached, err := r.iam.ListAttachedGroupPolicies(ctx, &iam.ListAttachedGroupPoliciesInput{GroupName: &name})
	if !r.failed("iam:ListAttachedGroupPolicies", name, err) {
		r.attached(ctx, attached.AttachedPolicies)
	}
}

func (r *reader) role(ctx context.Context, name string) {
	own, err := r.iam.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: &name})
	if r.failed("iam:ListRolePolicies", name, err) {
		own = &iam.ListRolePoliciesOutput{}
	}
	for _, policy := range own.PolicyNames {
		out, err := r.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &name, PolicyName: &policy})
		if !r.failed("iam:GetRolePolicy", policy, err) {
			r.document("policy "+policy, out.PolicyDocument)
		}
	}
	attached, err := r.iam.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &name})
	if !r.failed("iam:ListAttachedRolePolicies", name, err) {
		r.attached(ctx, attached.AttachedPolicies)
	}
}

func (r *reader) attached(ctx context.Context, policies []types.AttachedPolicy) {
	for _, p := range policies {
		about, err := r.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: p.PolicyArn})
		if r.failed("iam:GetPolicy", aws.ToString(p.PolicyArn), err) || about.Policy == nil {
			continue
		}
		out, err := r.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: p.PolicyArn, VersionId: about.Policy.DefaultVersionId})
		if !r.failed("iam:GetPolicyVersion", aws.ToString(p.PolicyArn), err) && out.PolicyVersion != nil {
			r.document(aws.ToString(p.PolicyArn), out.PolicyVersion.Document)
		}
	}
}

func (r *reader) failed(action, who string, err error) bool {
	if err != nil {
		r.errs = append(r.errs, explain(action, who, err))
	}
	return err != nil
}

// document adds what a policy allows. IAM sends documents as they stand in a URL.
func (r *reader) document(name string, text *string) {
	if r.read++; r.read > maxPolicies {
		r.errs = append(r.errs, fmt.Errorf("%s: there are more than %d policies", name, maxPolicies))
		return
	}
	plain, err := url.QueryUnescape(aws.ToString(text))
	if err != nil {
		plain = aws.ToString(text)
	}
	grants, err := parsePolicy(name, []byte(plain))
	if err != nil {
		r.errs = append(r.errs, err)
	}
	r.grants = append(r.grants, grants...)
}

// words is a text or a list of texts.
type words []string

func (w *words) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*w = words{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(w))
}

type statement struct {
	Effect                                   string
	Action, NotAction, Resource, NotResource words
}

// statements is one or a list of them.
type statements []statement

func (s *statements) UnmarshalJSON(b []byte) error {
	var one statement
	if json.Unmarshal(b, &one) == nil {
		*s = statements{one}
		return nil
	}
	return json.Unmarshal(b, (*[]statement)(s))
}

// parsePolicy lists what a policy allows (IAM user guide, "Grammar of the IAM JSON policy language"). What it denies is left out: a permission that another
// statement takes back is still one that is not needed.
func parsePolicy(name string, text []byte) ([]Grant, error) {
	var p struct{ Statement statements }
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	var grants []Grant
	for _, s := range p.Statement {
		if s.Effect != "Allow" {
			continue
		}
		resources := []string(s.Resource)
		if len(s.NotResource) > 0 {
			resources = []string{"*"}
		}
		for _, action := range s.Action {
			grants = append(grants, Grant{name, action, resources})
		}
		if len(s.NotAction) > 0 {
			grants = append(grants, Grant{name, "not " + strings.Join(s.NotAction, ", "), resources})
		}
	}
	return grants, nil
}

// Simulate asks IAM whether a user or role may do something. The resource policies of buckets, queues and keys are not part of the answer.
func (c *Client) Simulate(ctx context.Context, arn, action, resource string) (allowed bool, err error) {
	source, err := c.source(ctx, arn)
	if err != nil {
		return false, err
	}
	out, err := c.iam.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{PolicySourceArn: &source, ActionNames: []string{action}, ResourceArns: []string{resource}})
	if err != nil {
		return false, explain("iam:SimulatePrincipalPolicy", arn, err)
	}
	if len(out.EvaluationResults) != 1 {
		return false, fmt.Errorf("iam:SimulatePrincipalPolicy for %s: %d results to one question", arn, len(out.EvaluationResults))
	}
	return out.EvaluationResults[0].EvalDecision == types.PolicyEvaluationDecisionTypeAllowed, nil
}

// source is the ARN of the role that a session belongs to: its path stands only in IAM.
func (c *Client) source(ctx context.Context, arn string) (string, error) {
	if !strings.Contains(arn, ":assumed-role/") {
		return arn, nil
	}
	_, name, err := principal(arn)
	if err != nil {
		return "", err
	}
	out, err := c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if err != nil || out.Role == nil {
		return "", explain("iam:GetRole", name, err)
	}
	return aws.ToString(out.Role.Arn), nil
}
