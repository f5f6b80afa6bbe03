// Package awstemplate has the templates that connect an AWS account to a relay: each for CloudFormation and for Terraform, with the same
// parameters and outputs. They are text in the binary; nothing here talks to AWS.
//
//	templates/KIND.yaml.tmpl    CloudFormation      templates/KIND.tf.tmpl  Terraform
//	templates/parts.yaml.tmpl, parts.tf.tmpl        what several kinds have in common: bucket, queue, who may read
//	templates/*.py                                  the code of the functions, inlined as it is
//
// # Invariants
//
//   - What a template allows names actions and resources. Where a resource is "*", AWS knows no smaller one; the tests list each with its reason.
//     Principal "*" stands in denials alone. Services may write only on behalf of the account that the stack is for (aws:SourceAccount,
//     aws:SourceArn, or a folder that is that account's alone).
//   - A stack can be updated: what has a name of its own is not replaced by a change of other parameters, and a flow log, which can only be replaced, has
//     its parameters in its destination, since AWS refuses a second one to the same place.
//   - Buckets and keys outlive the stack; queues do not.
//   - No parameter holds a secret that is readable afterwards: tokens are NoEcho, for Terraform ephemeral and write-only, and go into Secrets Manager.
//
// # Why
//
//   - text/template with << and >> and parts, and not whole files: a bucket policy that is mended in one of five copies is a hole in the other four.
//   - The functions are inline: what runs can be read in the template, and nothing has to be put into a bucket first. CloudFormation takes 4 MiB of it.
//   - The function that pushes speaks the protocol of Firehose: its requests have an id, so that the relay stores a repeated one once.
//   - Terraform's provider for AWS cannot be had everywhere, and without it Terraform checks next to nothing. testdata/provider has its schema alone, and has
//     Terraform believe that things were made: so the tests see what is not in the schema, what does not fit, and the policies as they come out.
//   - A bucket that was there before is told to notify by a custom resource, which keeps the notifications that others have set: the API replaces them
//     all. For Terraform, that is left to whose configuration has the bucket.
package awstemplate
