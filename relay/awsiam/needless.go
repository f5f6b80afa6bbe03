package awsiam

import (
	"fmt"
	"slices"
	"strings"
)

// Needless is a permission beyond what is needed, and why.
type Needless struct {
	Grant
	Why string
}

// What a relay's identity may need, and no more.
var (
	pulling  = []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "kms:Decrypt"}
	dnsProof = []string{"route53:ListHostedZonesByName", "route53:ListHostedZones", "route53:ListResourceRecordSets", "route53:ChangeResourceRecordSets", "route53:GetChange"}
	// anywhere are those that have no resource to name.
	anywhere = []string{"route53:ListHostedZonesByName", "route53:ListHostedZones", "route53:GetChange"}
)

// Dangerous are permissions to ask IAM for where policies cannot be read: the worst of those that are not needed.
var Dangerous = []string{
	"s3:PutObject", "s3:DeleteObject", "sqs:SendMessage", "sqs:PurgeQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "kms:Encrypt", "kms:CreateGrant",
	"iam:CreateAccessKey", "iam:PutUserPolicy", "iam:AttachUserPolicy", "iam:PassRole", "sts:AssumeRole",
}

// Excess returns what of the grants a relay does not need. With dns it proves names by Route 53 too.
func Excess(grants []Grant, dns bool) []Needless {
	needed := pulling
	if dns {
		needed = slices.Concat(pulling, dnsProof)
	}
	var all []Needless
	for _, g := range grants {
		if why := excess(g, needed); why != "" {
			all = append(all, Needless{g, why})
		}
	}
	return all
}

// excess says why a grant is more than is needed, "" if it is not.
func excess(g Grant, needed []string) string {
	if strings.HasPrefix(g.Action, "not ") {
		return "it allows every action but those it names"
	}
	same := func(n string) bool { return strings.EqualFold(n, g.Action) }
	if slices.ContainsFunc(needed, same) {
		if slices.Contains(g.Resources, "*") && !slices.ContainsFunc(anywhere, same) {
			return "it is needed, but not on every resource: name the queue, the buckets, the key"
		}
		return ""
	}
	var covered []string
	for _, n := range needed {
		if strings.ContainsAny(g.Action, "*?") && like(strings.ToLower(g.Action), strings.ToLower(n)) {
			covered = append(covered, n)
		}
	}
	if len(covered) > 0 {
		return fmt.Sprintf("of it only %s is needed: name that", strings.Join(covered, ", "))
	}
	return "the relay never does that"
}

// like matches a text with a pattern of IAM: "*" for anything, "?" for one character. It takes time in proportion to the product of their lengths.
func like(pattern, text string) bool {
	star, from := -1, 0
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			from++
			p, t = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
