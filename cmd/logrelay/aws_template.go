package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"logrelay/relay/awstemplate"
)

func awsTemplateCommand() *cli.Command {
	return &cli.Command{
		Name:      "template",
		Usage:     "print the template of a stack that lets AWS send logs here, or lets the relay pull them",
		ArgsUsage: "[KIND]",
		Description: `Examples:
   logrelay aws template                                 which kinds there are
   logrelay aws template vpc-flow-logs > flow-logs.yaml
   aws cloudformation deploy --stack-name logrelay-flow-logs --template-file flow-logs.yaml --capabilities CAPABILITY_IAM \
     --parameter-overrides BucketName=example-flow-logs VpcId=vpc-0123456789abcdef0 ExternalId=example-7
   aws cloudformation describe-stacks --stack-name logrelay-flow-logs --query 'Stacks[0].Outputs'
   logrelay aws template cloudtrail --format terraform > cloudtrail.tf

Each template says at its top what it makes, and its outputs say what to write into the relay's configuration. It allows what is needed
and no more; the policy SecurityAudit is needed by none. The same command updates the stack when a parameter changes.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Value: awstemplate.CloudFormation, Usage: "cloudformation, or for some kinds terraform"},
			jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			if c.Args().Len() > 1 {
				return usageError("", "one kind at a time")
			}
			return printTemplate(c.App.Writer, c.Args().First(), c.String("format"), c.Bool("json"))
		},
	}
}

// templateRow is a kind as "logrelay aws template --json" lists it.
type templateRow struct {
	Kind    string   `json:"kind"`
	Makes   string   `json:"makes"`
	Formats []string `json:"formats"`
}

// printTemplate prints one, or without a kind what there is.
func printTemplate(w io.Writer, kind, format string, json bool) error {
	var rows []templateRow
	for _, k := range awstemplate.Kinds() {
		r := templateRow{Kind: k.Name, Makes: k.Makes, Formats: []string{awstemplate.CloudFormation}}
		if k.Terraform {
			r.Formats = append(r.Formats, awstemplate.Terraform)
		}
		rows = append(rows, r)
	}
	if kind == "" {
		return printTemplateRows(w, rows, json)
	}
	i := slices.IndexFunc(rows, func(r templateRow) bool { return r.Kind == kind })
	if i < 0 {
		return usageError("logrelay aws template lists them", "there is no template %q", kind)
	}
	if !slices.Contains(rows[i].Formats, format) {
		return usageError("", "%s is there as %s, and not as %q", kind, strings.Join(rows[i].Formats, " and "), format)
	}
	if json {
		return usageError("", "--json lists what there is; a template is text")
	}
	text, err := awstemplate.Text(kind, format)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func printTemplateRows(w io.Writer, rows []templateRow, json bool) error {
	if json {
		return writeJSON(w, rows)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "KIND\tMAKES\tFORMATS")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.Kind, r.Makes, strings.Join(r.Formats, ", "))
	}
	return t.Flush()
}
