package access

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/smithy-go"

	"logrelay/relay/ingest/s3"
)

var (
	// whom is how AWS names the identity that it refuses.
	whom    = regexp.MustCompile(`(?:User|Principal): (arn:[^ ]+) is not authorized`)
	keyARN  = regexp.MustCompile(`arn:aws[a-z-]*:kms:[a-z0-9-]+:([0-9]{12}):(?:key|alias)/[A-Za-z0-9/_-]+`)
	account = regexp.MustCompile(`^arn:aws[a-z-]*:[a-z0-9]+::([0-9]{12}):`)
)

// advice is one sentence for the operator, "" when there is nothing to do but wait.
func (a *Access) advice(e *s3.Error, at site, r refusal) string {
	who := a.principal()
	if m := whom.FindStringSubmatch(r.message); m != nil {
		who = m[1]
	}
	switch e.Class {
	case s3.DeniedKMS:
		return adviceKMS(r, who)
	case s3.NoBucket:
		return fmt.Sprintf("check the name of the bucket %s: it does not exist, or no longer", at.bucket)
	case s3.NoQueue:
		return fmt.Sprintf("check the name, account and region of the queue %s: it does not exist, or no longer", at.resource)
	case s3.Archived:
		return fmt.Sprintf("restore %s before it can be read: it is archived", at.resource)
	case s3.Missing:
		if r.customerKey() {
			return fmt.Sprintf("write %s without a key of your own (SSE-C): the relay does not have it", at.resource)
		}
	case s3.Denied:
		return a.adviceDenied(at, r, who)
	}
	return ""
}

func (a *Access) adviceDenied(at site, r refusal, who string) string {
	switch r.code {
	case "ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired":
		return "renew the credentials: the session token has expired"
	case "InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException", "InvalidToken":
		return fmt.Sprintf("check the access key id, and the session token if there is one: AWS does not know them (in partition %s)", a.partition.name)
	case "SignatureDoesNotMatch", "IncompleteSignature":
		return "check the secret access key: it does not belong to the access key id"
	case "RequestTimeTooSkewed":
		return "set this host's clock: it differs from AWS's by more than 15 minutes"
	case "PermanentRedirect", "AuthorizationHeaderMalformed":
		return "set the region to the one of the bucket: its answer does not name it"
	case "OptInRequired", "NotSignedUp", "AccountProblem", "AllAccessDisabled":
		return "look at the state of the AWS account: it may not use this service"
	case "InvalidIdentityToken", "IDPRejectedClaim":
		return fmt.Sprintf("check the web identity token and the trust policy of %s: its issuer or audience is not accepted", at.resource)
	}
	if r.status == http.StatusMovedPermanently || r.status == http.StatusTemporaryRedirect {
		return "set the region to the one of the bucket: its answer does not name it"
	}
	if strings.HasPrefix(at.action, "sts:AssumeRole") {
		return fmt.Sprintf("allow %s on %s for %s, and let the role's trust policy name it (with the external id, if one is asked for)", at.action, at.resource, who)
	}
	if strings.Contains(r.message, "explicit deny") {
		return fmt.Sprintf("remove the explicit deny of %s on %s for %s", at.action, at.resource, who)
	}
	advice := fmt.Sprintf("allow %s on %s for %s", at.action, at.resource, who)
	if at.owner != "" {
		advice += fmt.Sprintf(", if the bucket belongs to account %s as configured", at.owner)
	}
	return advice
}

// adviceKMS names the key where AWS does. A key of another account has to allow it in its own policy too.
func adviceKMS(r refusal, who string) string {
	if c := strings.ToLower(r.code); strings.Contains(c, "disabled") || strings.Contains(c, "invalidstate") || strings.Contains(c, "notfound") {
		return "look at the state of the KMS key: it is disabled, pending deletion or gone"
	}
	key := keyARN.FindStringSubmatch(r.message)
	if key == nil {
		return fmt.Sprintf("allow kms:Decrypt on the KMS key for %s, and in the key's policy when the key is of another account", who)
	}
	if m := account.FindStringSubmatch(who); m != nil && m[1] != key[1] {
		return fmt.Sprintf("allow kms:Decrypt on %s for %s, in its IAM policy and in the policy of the key, which is of another account (%s)", key[0], who, key[1])
	}
	return fmt.Sprintf("allow kms:Decrypt on %s for %s, in its IAM policy or the policy of the key", key[0], who)
}

// innermost finds the credentials that could not be had: those that a role is assumed with, before those of the role.
func innermost(err error) (*credentialsError, bool) {
	c, ok := errors.AsType[*credentialsError](err)
	if !ok {
		return nil, false
	}
	if inner, ok := innermost(c.err); ok {
		return inner, true
	}
	return c, true
}

// noCredentials says why there is nothing to sign with.
func (a *Access) noCredentials(c *credentialsError) error {
	r := refusalOf(c.err)
	if c.action != "" {
		at := site{action: c.action, resource: c.role}
		if r.code == "" && r.status == 0 {
			e := &s3.Error{Action: at.action, Resource: at.resource, Err: reason(c.err)}
			if strings.HasSuffix(c.action, "WebIdentity") && strings.Contains(c.err.Error(), a.o.WebIdentityTokenFile) {
				e.Class, e.Advice = s3.Denied, "check the web identity token file "+a.o.WebIdentityTokenFile
			}
			return e
		}
		return a.refused(at, r)
	}
	e := &s3.Error{Class: s3.Denied, Code: "NoCredentials", Action: "sts:GetCallerIdentity", Resource: "*", Err: fmt.Errorf("no credentials: %w", reason(c.err))}
	op, _ := errors.AsType[*smithy.OperationError](c.err)
	switch {
	case a.o.Keys != nil:
		e.Advice = "check the files or variables that hold the access key id and the secret access key"
	case op != nil && op.Service() == imds.ServiceID && r.status == http.StatusNotFound:
		e.Advice = "attach a role to this instance, or configure keys, a profile or a web identity token"
	case op != nil && op.Service() == imds.ServiceID:
		e.Advice = "configure keys, a profile or a web identity token: none were found, and the instance's metadata service (IMDSv2) gave none (in a container its hop limit has to be 2)"
	case r.code != "":
		e.Code, e.Class, e.Err = r.code, r.class(site{}), errors.New(r.String())
		e.Advice = "check the profile and the environment that the credentials come from"
	default:
		e.Advice = "check the profile and the environment that the credentials come from"
	}
	return e
}
