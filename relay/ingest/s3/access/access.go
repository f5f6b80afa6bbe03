package access

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"logrelay/relay"
)

// Access is a credential block in use. Safe for concurrent use.
type Access struct {
	o              Options
	partition      partition
	region         string
	objects, calls *http.Client
	creds          *credentials
	identity       atomic.Pointer[Identity] // nil until it was asked for
	keyID          atomic.Pointer[string]   // of the static key that was read last; nil before, and without one
}

// Identity is who AWS takes us for.
type Identity struct{ ARN, Account string }

// NewAccess checks a credential block and reads the environment and the shared files, as far as it uses them. Nothing is asked of AWS.
func NewAccess(ctx context.Context, o Options) (*Access, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	a := &Access{}
	if keys := o.Keys; keys != nil {
		o.Keys = func() (Keys, error) {
			k, err := keys()
			if err == nil {
				a.keyID.Store(&k.AccessKeyID)
			}
			return k, err
		}
	}
	a.o = o
	first := partitions[0]
	if o.RoleARN != "" {
		if first, err = partitionOfRole(o.RoleARN); err != nil {
			return nil, err
		}
	}
	cfg, err := o.load(ctx, first.fallback)
	if err != nil {
		return nil, relay.WithHint(fmt.Errorf("reading the AWS configuration: %w", err), "check the profile and the files that it names, and the AWS_ variables of the environment")
	}
	a.region = cfg.Region
	if a.partition, err = partitionOf(a.region); err != nil {
		if o.S3Endpoint == "" || o.SQSEndpoint == "" || !customRegion.MatchString(a.region) {
			return nil, relay.WithHint(err, "set region to one like us-east-1")
		}
		a.partition = first
	}
	if o.RoleARN != "" && a.partition.name != first.name {
		return nil, fmt.Errorf("role %s is in partition %s, and region %s in %s", o.RoleARN, first.name, a.region, a.partition.name)
	}
	if a.objects, a.calls, err = o.clients(); err != nil {
		return nil, err
	}
	a.creds = a.credentials()
	return a, nil
}

// Region is the one to begin with.
func (a *Access) Region() string { return a.region }

// KeyID is the id of the access key that requests are signed with, or with which the role is assumed. It is "" before the first request and where
// Options has no Keys.
func (a *Access) KeyID() string {
	if id := a.keyID.Load(); id != nil {
		return *id
	}
	return ""
}

// Close closes the connections that are not in use.
func (a *Access) Close() {
	a.objects.CloseIdleConnections()
	a.calls.CloseIdleConnections()
}

// Identity asks who we are. Every identity may ask that.
func (a *Access) Identity(ctx context.Context) (Identity, error) {
	out, err := a.sts(a.creds).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Identity{}, a.classify(ctx, err, site{action: "sts:GetCallerIdentity", resource: "*"})
	}
	id := Identity{ARN: clean(aws.ToString(out.Arn)), Account: clean(aws.ToString(out.Account))}
	a.identity.Store(&id)
	return id, nil
}

// Keys returns what requests are signed with now, for a library that takes keys alone. It reads the environment and the shared files too, which such a
// library does as well: some end the process where those are broken.
func (a *Access) Keys(ctx context.Context) (Keys, error) {
	if _, err := config.LoadDefaultConfig(ctx); err != nil {
		return Keys{}, relay.WithHint(fmt.Errorf("reading the AWS configuration: %w", err), "check the AWS_ variables of the environment, and the files and the profile that they name")
	}
	v, err := a.creds.Retrieve(ctx)
	if err != nil {
		return Keys{}, a.classify(ctx, err, site{action: "sts:GetCallerIdentity", resource: "*"})
	}
	return Keys{AccessKeyID: v.AccessKeyID, SecretAccessKey: v.SecretAccessKey, SessionToken: v.SessionToken}, nil
}

// principal is whom AWS has to allow something, as far as it is known.
func (a *Access) principal() string {
	if id := a.identity.Load(); id != nil && id.ARN != "" {
		return id.ARN
	}
	return or(a.o.RoleARN, "the identity of the relay")
}

// endpoint is what the SDK takes for "AWS's own".
func endpoint(url string) *string {
	if url == "" {
		return nil
	}
	return &url
}

func (a *Access) fips(endpoint string) aws.FIPSEndpointState {
	if a.o.FIPS && endpoint == "" {
		return aws.FIPSEndpointStateEnabled
	}
	return aws.FIPSEndpointStateDisabled
}

func (a *Access) dualStack(endpoint string) aws.DualStackEndpointState {
	if a.o.DualStack && endpoint == "" {
		return aws.DualStackEndpointStateEnabled
	}
	return aws.DualStackEndpointStateDisabled
}

// pathStyle tells whether buckets go into the path: a host name cannot be put before an address.
func (a *Access) pathStyle() bool {
	if a.o.PathStyle || a.o.S3Endpoint == "" {
		return a.o.PathStyle
	}
	u, err := url.Parse(a.o.S3Endpoint)
	return err == nil && (loopback(u.Hostname()) || isAddress(u.Hostname()))
}
