package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"logrelay/relay/awsiam"
	"logrelay/relay/daemon"
)

// answers stands for IAM: what is granted, and what a simulation allows.
type answers struct {
	grants    []awsiam.Grant
	grantsErr error
	allowed   []string
	simErr    error
}

func (a answers) Grants(context.Context, string) ([]awsiam.Grant, error) {
	return a.grants, a.grantsErr
}

func (a answers) Simulate(_ context.Context, _, action, _ string) (bool, error) {
	return strings.Contains(strings.Join(a.allowed, " "), action), a.simErr
}

func TestAWSCheckAsksIAM(t *testing.T) {
	t.Parallel()
	denied := errors.New("iam: AccessDenied")
	needs := []accessLine{
		{Result: daemon.PermissionAllowed, Action: "sqs:ReceiveMessage", Resource: "arn:aws:sqs:us-east-1:111122223333:logs"},
		{Result: daemon.PermissionNotTested, Action: "sqs:DeleteMessage", Resource: "arn:aws:sqs:us-east-1:111122223333:logs", Detail: "trying would lose a message"},
	}
	for name, row := range map[string]struct {
		iam      answers
		want     []string
		wantNone []string
		missing  bool
	}{
		"all is known": {
			answers{grants: []awsiam.Grant{{Policy: "p", Action: "iam:*", Resources: []string{"*"}}, {Policy: "p", Action: "sqs:DeleteMessage", Resources: []string{"x"}}}, allowed: []string{"sqs:DeleteMessage"}},
			[]string{"not needed  iam:*", "allowed     sqs:DeleteMessage", "by its policies; not tried"}, []string{"not tested"}, false,
		},
		"simulation says no": {
			answers{}, []string{"MISSING  sqs:DeleteMessage", "hint: allow sqs:DeleteMessage on arn:aws:sqs"}, nil, true,
		},
		"policies cannot be read": {
			answers{grantsErr: denied, allowed: []string{"sqs:DeleteMessage", "iam:CreateAccessKey", "s3:PutObject"}},
			[]string{"not needed  iam:CreateAccessKey", "not needed  s3:PutObject", "not tested  what is not needed", "but for the worst"}, []string{"sts:AssumeRole"}, false,
		},
		"nothing may be asked": {
			answers{grantsErr: denied, simErr: denied}, []string{"not tested  sqs:DeleteMessage", "not tested  what is not needed", "AccessDenied"}, []string{"not needed  iam"}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := accessReport{Input: "trail", Identity: "arn:aws:iam::111122223333:user/relay", Permissions: append([]accessLine{}, needs...)}
			r.ask(t.Context(), row.iam, false)
			var out strings.Builder
			err := printAccess(&out, []accessReport{r}, false)
			if got := exitStatus(err) == exitUnhealthy; got != row.missing {
				t.Errorf("error %v, missing %t", err, row.missing)
			}
			for _, w := range row.want {
				if !strings.Contains(out.String(), w) {
					t.Errorf("no %q in\n%s", w, &out)
				}
			}
			for _, w := range row.wantNone {
				if strings.Contains(out.String(), w) {
					t.Errorf("%q in\n%s", w, &out)
				}
			}
		})
	}
}

// Where AWS cannot be reached, or there are no credentials, nothing was found to be right.
func TestAccessThatNobodyTried(t *testing.T) {
	t.Parallel()
	untried := accessReport{Input: "trail", Permissions: []accessLine{
		{Result: daemon.PermissionNotTested, Action: "sqs:ReceiveMessage", Hint: "configure keys"},
		{Result: daemon.PermissionNotTested, Action: "s3:GetObject", Hint: "configure keys"},
	}}
	var out strings.Builder
	if err := printAccess(&out, []accessReport{untried}, false); exitStatus(err) != exitFailed || !strings.Contains(err.Error(), "trail") {
		t.Errorf("%v", err)
	}
	if strings.Count(out.String(), "hint: configure keys") != 1 {
		t.Errorf("each hint once:\n%s", &out)
	}
}
