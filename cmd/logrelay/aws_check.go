package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"logrelay/relay"
	"logrelay/relay/awsiam"
	"logrelay/relay/config"
	"logrelay/relay/daemon"
)

func awsCheckCommand() *cli.Command {
	return &cli.Command{
		Name:  "check",
		Usage: "which permissions in AWS are missing, and which are not needed",
		Description: `For each s3 input. What is missing is found by trying, with the relay's own credentials: who it is, the queue (one message is received and shown again at
once, which counts as a receive; an empty queue is waited on for 20 seconds), and the object that the message or --object names.
What is not needed is asked of IAM with your credentials (--profile, or AWS's usual chain), since the relay's need no right to IAM: the policies are read
(iam:List…Policies, iam:Get…Policy), or where that is not allowed the worst of what is not needed is simulated (iam:SimulatePrincipalPolicy), as is what
could not be tried. What cannot be known is called "not tested". Policies of buckets, queues and keys, and of the organization, are seen only by trying.
Exit status 3 when a permission is missing, 1 when of an input nothing could be found out.

   logrelay aws check --profile admin`,
		Flags: []cli.Flag{
			configFlag(), profileFlag(),
			&cli.StringFlag{Name: "object", Usage: "read `s3://BUCKET/KEY` too, with the access of each s3 input"},
			jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			object := c.String("object")
			if object != "" {
				if _, key, err := s3URL(object); err != nil || key == "" {
					return usageError("for example s3://example-logs/AWSLogs/x.gz", "--object %q names no object", object)
				}
			}
			conf, err := loadConfig(c)
			if err != nil {
				return err
			}
			o := awsCheckOptions{object: object, operator: awsiam.Options{Profile: c.String("profile")}, talk: c.App.ErrWriter, json: c.Bool("json")}
			return awsCheck(c.Context, c.App.Writer, conf, o)
		},
	}
}

type awsCheckOptions struct {
	object   string
	operator awsiam.Options
	talk     io.Writer
	json     bool
}

// Words of an accessLine's result beside those of a daemon.Permission.
const permissionNeedless = "not needed"

// accessLine is one permission as it is printed.
type accessLine struct {
	Result   string `json:"result"` // "allowed", "missing", "not needed", "not tested"
	Action   string `json:"action"`
	Resource string `json:"resource,omitempty"`
	Optional bool   `json:"optional,omitempty"` // the input works without it
	Detail   string `json:"detail,omitempty"`
	Hint     string `json:"hint,omitempty"`
}

// accessReport is what was found of one input.
type accessReport struct {
	Input       string       `json:"input"`
	Identity    string       `json:"identity,omitempty"`
	Permissions []accessLine `json:"permissions"`
}

// permissions is what awsCheck asks of IAM; an *awsiam.Client answers.
type permissions interface {
	Grants(ctx context.Context, arn string) ([]awsiam.Grant, error)
	Simulate(ctx context.Context, arn, action, resource string) (bool, error)
}

func awsCheck(ctx context.Context, w io.Writer, conf *config.Config, o awsCheckOptions) error {
	say(o.talk, "note", "trying what the relay may do; an empty queue takes 20 seconds")
	var reports []accessReport
	var asked permissions
	client, noClient := awsiam.New(ctx, o.operator)
	if noClient == nil {
		asked = client
	}
	for _, a := range daemon.CheckAWS(ctx, conf, o.object) {
		r := accessReport{Input: a.Input, Identity: a.Identity}
		for _, n := range a.Needs {
			r.Permissions = append(r.Permissions, accessLine{n.Result, n.Action, n.Resource, n.Optional, n.Detail, n.Hint})
		}
		switch {
		case noClient != nil:
			r.untested(noClient)
		case a.Identity == "":
			r.untested(errors.New("it is not known who the relay is to AWS"))
		default:
			r.ask(ctx, asked, a.ACME)
		}
		reports = append(reports, r)
	}
	if len(reports) == 0 {
		return usageError("configure an input of type s3", "no input pulls from S3")
	}
	return printAccess(w, reports, o.json)
}

// untested says that what is not needed could not be found out.
func (r *accessReport) untested(err error) {
	r.Permissions = append(r.Permissions, accessLine{Result: daemon.PermissionNotTested, Action: "what is not needed", Detail: err.Error(), Hint: relay.HintOf(err)})
}

// ask adds what IAM says of the relay's identity.
func (r *accessReport) ask(ctx context.Context, iam permissions, dns bool) {
	simulated := r.simulateNeeds(ctx, iam)
	grants, err := iam.Grants(ctx, r.Identity)
	for _, n := range awsiam.Excess(grants, dns) {
		r.Permissions = append(r.Permissions, accessLine{
			Result: permissionNeedless, Action: n.Action, Resource: strings.Join(n.Resources, ", "), Detail: n.Policy + ": " + n.Why,
		})
	}
	if err == nil {
		return
	}
	if simulated == nil && r.simulateDangers(ctx, iam) == nil {
		err = fmt.Errorf("but for the worst, which were simulated: %w", err)
	}
	r.untested(err)
}

// simulateNeeds asks for what could not be tried. Its error is that IAM does not answer such questions.
func (r *accessReport) simulateNeeds(ctx context.Context, iam permissions) error {
	for i := range r.Permissions {
		p := &r.Permissions[i]
		if p.Result != daemon.PermissionNotTested {
			continue
		}
		allowed, err := iam.Simulate(ctx, r.Identity, p.Action, p.Resource)
		switch {
		case err != nil:
			return err
		case allowed:
			p.Result, p.Detail, p.Hint = daemon.PermissionAllowed, "by its policies; not tried: "+p.Detail, ""
		default:
			p.Result, p.Detail = daemon.PermissionMissing, "by its policies; not tried: "+p.Detail
			p.Hint = fmt.Sprintf("allow %s on %s for %s", p.Action, p.Resource, r.Identity)
		}
	}
	return nil
}

// simulateDangers asks for the worst that the relay does not need.
func (r *accessReport) simulateDangers(ctx context.Context, iam permissions) error {
	resources := map[string]string{}
	for _, p := range r.Permissions {
		if service, _, _ := strings.Cut(p.Action, ":"); resources[service] == "" && p.Action != "s3:ListBucket" {
			resources[service] = p.Resource
		}
	}
	for _, action := range awsiam.Dangerous {
		service, _, _ := strings.Cut(action, ":")
		resource := "*"
		if service == "s3" || service == "sqs" {
			resource = resources[service]
		}
		allowed, err := iam.Simulate(ctx, r.Identity, action, resource)
		if err != nil {
			return err
		}
		if allowed {
			r.Permissions = append(r.Permissions, accessLine{Result: permissionNeedless, Action: action, Resource: resource, Detail: "by its policies: the relay never does that"})
		}
	}
	return nil
}

// printAccess prints what was found. It fails when a permission is missing that an input cannot do without, with the status exitUnhealthy,
// and when of an input nothing could be found out.
func printAccess(w io.Writer, reports []accessReport, asJSON bool) error {
	missing := 0
	var untried []string
	for _, r := range reports {
		tried := false
		for _, p := range r.Permissions {
			tried = tried || p.Result != daemon.PermissionNotTested
			if p.Result == daemon.PermissionMissing && !p.Optional {
				missing++
			}
		}
		if !tried {
			untried = append(untried, r.Input)
		}
	}
	if asJSON {
		if err := writeJSON(w, reports); err != nil {
			return err
		}
	} else if err := printAccessText(w, reports); err != nil {
		return err
	}
	if missing > 0 {
		return withStatus(exitUnhealthy, fmt.Errorf("%s missing", count(missing, "permission")))
	}
	if len(untried) > 0 {
		return fmt.Errorf("nothing could be found out about %s", strings.Join(untried, ", "))
	}
	return nil
}

func printAccessText(w io.Writer, reports []accessReport) error {
	for i, r := range reports {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "input %s: to AWS it is %s\n", r.Input, printable(dash(r.Identity), 300))
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, p := range r.Permissions {
			result := p.Result
			switch {
			case result == daemon.PermissionMissing && !p.Optional:
				result = "MISSING"
			case p.Optional:
				result += " (optional)"
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", result, printable(p.Action, 200), printable(dash(p.Resource), 200), printable(p.Detail, 300))
		}
		if err := t.Flush(); err != nil {
			return err
		}
		told := map[string]bool{}
		for _, p := range r.Permissions {
			if p.Hint != "" && p.Result != daemon.PermissionAllowed && !told[p.Hint] {
				told[p.Hint] = true
				fmt.Fprintf(w, "hint: %s\n", printable(p.Hint, 500))
			}
		}
	}
	return nil
}
