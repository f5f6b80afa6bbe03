package daemon

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"logrelay/relay/config"
	"logrelay/relay/ingest/s3"
	"logrelay/relay/ingest/s3/access"
)

// Words of a Permission's result. Missing and Unknown are also said of what could not be tried.
const (
	PermissionAllowed   = "allowed"
	PermissionMissing   = "missing"
	PermissionNotTested = "not tested"
)

// Permission is an action of IAM that an input needs, and what came of trying it.
type Permission struct {
	Action, Resource string
	Optional         bool // the input works without it
	Result           string
	Detail, Hint     string
}

// AWSAccess is what an input that pulls may do, by trying it.
type AWSAccess struct {
	Input    string
	Identity string // ARN that AWS takes the relay for; "" when it did not say
	Role     string // that is assumed; "" for none
	ACME     bool   // the same block of credentials is that of tls.acme, which writes to Route 53
	Needs    []Permission
}

// CheckAWS tries what each input that pulls needs of AWS. Like Check it receives a message of each queue and shows it again at once.
func CheckAWS(ctx context.Context, c *config.Config, object string) []AWSAccess {
	inputs := s3Inputs(c)
	names := slices.Sorted(maps.Keys(inputs))
	found := make([]AWSAccess, len(names))
	var trying sync.WaitGroup
	for i, name := range names {
		in := inputs[name]
		acme := &c.TLS.ACME
		found[i] = AWSAccess{Input: name, Role: in.Access.RoleARN, ACME: acme.On() && acme.Challenge == "dns-01" && acme.Credentials == in.Credentials}
		trying.Go(func() { found[i].try(ctx, in, object) })
	}
	trying.Wait()
	return found
}

func (f *AWSAccess) try(ctx context.Context, in *config.S3Input, object string) {
	ctx, cancel := context.WithTimeout(ctx, probeS3Time)
	defer cancel()
	o, a, err := s3Options(ctx, f.Input, in)
	if err != nil {
		f.Needs = []Permission{{Action: "sts:GetCallerIdentity", Resource: "*", Result: PermissionNotTested, Detail: err.Error()}}
		return
	}
	defer a.Close()
	if in.STSEndpoint != "" || in.S3Endpoint == "" || in.SQSEndpoint == "" {
		f.identify(ctx, a)
	}
	p := s3.Probe(ctx, o, object)
	f.Needs = append(f.Needs, needs(p, in, a)...)
}

// identify asks who the relay is, and with that whether it may assume its role.
func (f *AWSAccess) identify(ctx context.Context, a *access.Access) {
	id, err := a.Identity(ctx)
	f.Identity = id.ARN
	if err != nil || f.Role != "" {
		n := Permission{Action: "sts:GetCallerIdentity", Resource: "*"}
		if f.Role != "" {
			n = Permission{Action: "sts:AssumeRole", Resource: f.Role}
		}
		f.Needs = append(f.Needs, n.tried(err))
	}
}

// tried says what an error means for a permission.
func (n Permission) tried(err error) Permission {
	e, ok := errors.AsType[*s3.Error](err)
	switch {
	case err == nil:
		n.Result = PermissionAllowed
	case ok && e.Class == s3.DeniedKMS:
		return Permission{Action: "kms:Decrypt", Resource: "*", Result: PermissionMissing, Detail: err.Error(), Hint: e.Advice}
	case ok && e.Class == s3.Denied && (e.Code == "" || strings.HasPrefix(e.Code, "AccessDenied") || e.Code == "NotAuthorized" || e.Code == "UnauthorizedAccess"):
		n.Result, n.Detail, n.Hint = PermissionMissing, err.Error(), e.Advice
		n.Action, n.Resource = e.Action, e.Resource // the role, when it is that which is refused
	default:
		n.Result, n.Detail = PermissionNotTested, err.Error()
		if ok {
			n.Hint = e.Advice
		}
	}
	return n
}

// needs lists what an input needs, with what was found out.
func needs(p s3.Probed, in *config.S3Input, a *access.Access) []Permission {
	queue := in.Queue
	if q, err := a.Queue(in.Queue); err == nil {
		queue = q.Resource()
	}
	visibility := Permission{Action: "sqs:ChangeMessageVisibility", Resource: queue, Result: PermissionNotTested, Detail: "no message came"}
	if p.Message != nil {
		visibility = visibility.tried(p.ShowErr)
	}
	attributes := Permission{Action: "sqs:GetQueueAttributes", Resource: queue, Optional: true}.tried(p.RedrivesErr)
	all := []Permission{
		Permission{Action: "sqs:ReceiveMessage", Resource: queue}.tried(p.ReceiveErr),
		{Action: "sqs:DeleteMessage", Resource: queue, Result: PermissionNotTested, Detail: "trying would lose a message"},
		visibility, attributes,
	}
	prefix := "arn:" + partitionOf(queue) + ":s3:::"
	object := Permission{Action: "s3:GetObject", Resource: prefix + "*", Result: PermissionNotTested, Detail: p.Untried + "; name an object with --object s3://BUCKET/KEY"}
	if path, ok := strings.CutPrefix(p.Object, "s3://"); ok {
		object.Resource = prefix + path
		if object = object.tried(p.ObjectErr); object.Result == PermissionNotTested && p.ObjectErr == nil {
			object.Detail = ""
		}
		if object.Result == PermissionAllowed {
			object.Detail = ""
		}
	} else if len(in.Buckets) > 0 {
		object.Resource = prefix + in.Buckets[0] + "/*"
	}
	all = append(all, object)
	bucket, key, _ := strings.Cut(strings.TrimPrefix(object.Resource, prefix), "/")
	if bucket != "*" && key != "" && object.Action == "s3:GetObject" {
		all = append(all, Permission{
			Action: "s3:ListBucket", Resource: prefix + bucket, Optional: true, Result: PermissionNotTested,
			Detail: "for backfill, and to tell a deleted object from a forbidden one",
		})
	}
	return all
}

// partitionOf returns the partition that an ARN names.
func partitionOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 3); len(parts) == 3 && parts[0] == "arn" {
		return parts[1]
	}
	return "aws"
}
