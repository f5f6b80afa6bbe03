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
		ArgsUsage: "[" + strings.Join(templateKinds(), "|") + "]",
		Description: `Examples:
   logrelay aws template                                 which kinds there are
   logrelay aws template vpc-flow-logs > flow-logs.yaml
   aws cloudformation deploy --stack-name logrelay-flow-logs --template-file flow-logs.yaml --capabilities CAPABILITY_IAM \
     --parameter-overrides BucketName=example-flow-logs VpcId=vpc-0123456789abcdef0 ExternalId=example-7
   aws cloudformation describe-stacks --stack-name logrelay-flow-logs --query 'Stacks[0].Outputs'

   logrelay aws template vpc-flow-logs --format terraform > main.tf
   terraform init
   terraform apply -var bucket_name=example-flow-logs -var vpc_id=vpc-0123456789abcdef0 -var external_id=example-7
   terraform output -raw configuration

Each template says at its top what it makes, and explains its parameters. Its outputs say what comes next: of what the relay pulls, Configuration has
the lines for the relay's configuration. It allows what is needed and no more; the policy SecurityAudit is needed by none. The same command updates
the stack when a parameter changes.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Value: awstemplate.CloudFormation, Usage: "cloudformation or terraform"},
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

func templateKinds() (names []string) {
	for _, k := range awstemplate.Kinds() {
		names = append(names, k.Name)
	}
	return names
}

// templateRow is a kind as "logrelay aws template --json" lists it.
type templateRow struct {
	Kind    string   `json:"kind"`
	Makes   string   `json:"makes"`
	Formats []string `json:"formats"`
}

// printTemplate prints one, or without a kind what there is.
func printTemplate(w io.Writer, kind, format string, json bool) error {
	if kind == "" {
		return printTemplateRows(w, json)
	}
	names := templateKinds()
	switch {
	case !slices.Contains(names, kind):
		return usageError("there are "+strings.Join(names[:len(names)-1], ", ")+" and "+names[len(names)-1], "there is no template %q", kind)
	case !slices.Contains(awstemplate.Formats(), format):
		return usageError("", "--format is %s, and not %q", strings.Join(awstemplate.Formats(), " or "), format)
	case json:
		return usageError("", "--json lists what there is; a template is text")
	}
	text, err := awstemplate.Text(kind, format)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func printTemplateRows(w io.Writer, json bool) error {
	var rows []templateRow
	for _, k := range awstemplate.Kinds() {
		rows = append(rows, templateRow{Kind: k.Name, Makes: k.Makes, Formats: awstemplate.Formats()})
	}
	if json {
		return writeJSON(w, rows)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "KIND\tMAKES")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%s\n", r.Kind, r.Makes)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nlogrelay aws template KIND prints one, for %s; --help says what to do with it.\n", strings.Join(awstemplate.Formats(), " or, with --format, for "))
	return err
}
