package access

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
)

const (
	// keysAge is how long static keys are used before they are read again.
	keysAge = time.Minute
	// attempts of one request: the source does the waiting, this is for what a second try mends.
	attempts    = 2
	attemptWait = 500 * time.Millisecond
	// metadataTimeout is for connecting to the instance's metadata service and for its answer. It is on the same host.
	metadataTimeout = 3 * time.Second
)

func retryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.MaxBackoff, o.RateLimiter = attempts, attemptWait, ratelimit.None
	})
}

// load reads the environment and the shared files.
func (o Options) load(ctx context.Context, fallback string) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{
		config.WithRetryer(retryer),
		config.WithLogger(logging.Nop{}),
		config.WithDefaultRegion(fallback),
		config.WithSharedConfigFiles(o.ConfigFiles),
		config.WithSharedCredentialsFiles(o.CredentialsFiles),
		config.WithEC2RoleCredentialOptions(func(e *ec2rolecreds.Options) {
			e.Client = imds.New(imds.Options{
				// Of our own: the SDK's gives up after 250 ms, which is little on a busy host, and goes through HTTP_PROXY.
				HTTPClient: &http.Client{Transport: &http.Transport{
					DialContext: (&net.Dialer{Timeout: metadataTimeout}).DialContext, ResponseHeaderTimeout: metadataTimeout, IdleConnTimeout: metadataTimeout,
				}},
				Endpoint: o.imdsEndpoint, EnableFallback: aws.FalseTernary, Retryer: retryer(), ClientEnableState: o.imdsState(),
			})
		}),
	}
	if o.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(o.Profile))
	}
	if o.Region != "" {
		options = append(options, config.WithRegion(o.Region))
	}
	if o.FIPS {
		options = append(options, config.WithUseFIPSEndpoint(aws.FIPSEndpointStateEnabled))
	}
	if o.DualStack {
		options = append(options, config.WithUseDualStackEndpoint(aws.DualStackEndpointStateEnabled))
	}
	if o.Keys != nil {
		options = append(options, config.WithCredentialsProvider(o.Keys.provider()))
	}
	return config.LoadDefaultConfig(ctx, options...)
}

// imdsState leaves it to AWS_EC2_METADATA_DISABLED unless a test says otherwise.
func (o Options) imdsState() imds.ClientEnableState {
	if o.imdsOff {
		return imds.ClientDisabled
	}
	return imds.ClientDefaultEnableState
}

// KeySource gives static keys; see Options.Keys.
type KeySource func() (Keys, error)

func (f KeySource) provider() aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		k, err := f()
		if err != nil {
			return aws.Credentials{}, fmt.Errorf("reading the keys: %w", err)
		}
		if k.AccessKeyID == "" || k.SecretAccessKey == "" {
			return aws.Credentials{}, errors.New("the access key id or the secret access key is empty")
		}
		return aws.Credentials{
			AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey, SessionToken: k.SessionToken,
			Source: "Keys", CanExpire: true, Expires: time.Now().Add(keysAge),
		}, nil
	})
}

// credentials are what all clients of an Access sign with. The environment and files are read again after refresh, so that
// rotated keys are noticed. Safe for concurrent use.
type credentials struct {
	load   func(ctx context.Context) (aws.CredentialsProvider, error)
	action string // what getting them needs: "sts:AssumeRole", or ""
	role   string

	mu      sync.Mutex
	current aws.CredentialsProvider // nil: load
}

// Retrieve implements aws.CredentialsProvider.
func (c *credentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c.mu.Lock()
	current := c.current
	if current == nil {
		var err error
		if current, err = c.load(ctx); err != nil {
			c.mu.Unlock()
			return aws.Credentials{}, &credentialsError{c.action, c.role, err}
		}
		c.current = current
	}
	c.mu.Unlock()
	v, err := current.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, &credentialsError{c.action, c.role, err}
	}
	return v, nil
}

// refresh forgets them: AWS no longer takes them.
func (c *credentials) refresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = nil
}

// credentialsError says that there were no credentials to sign with.
type credentialsError struct {
	action, role string
	err          error
}

func (e *credentialsError) Error() string { return e.err.Error() }
func (e *credentialsError) Unwrap() error { return e.err }

// base reads the credentials that the block names, without its role.
func (a *Access) base(ctx context.Context) (aws.CredentialsProvider, error) {
	cfg, err := a.o.load(ctx, a.region)
	if err != nil {
		return nil, err
	}
	return cfg.Credentials, nil
}

// credentials builds the provider for the whole block.
func (a *Access) credentials() *credentials {
	if a.o.RoleARN == "" {
		return &credentials{load: a.base}
	}
	if a.o.WebIdentityTokenFile != "" {
		return &credentials{action: "sts:AssumeRoleWithWebIdentity", role: a.o.RoleARN, load: func(context.Context) (aws.CredentialsProvider, error) {
			token := stscreds.IdentityTokenFile(a.o.WebIdentityTokenFile)
			return aws.NewCredentialsCache(stscreds.NewWebIdentityRoleProvider(a.sts(aws.AnonymousCredentials{}), a.o.RoleARN, token, func(w *stscreds.WebIdentityRoleOptions) {
				w.RoleSessionName, w.Duration = a.o.SessionName, a.o.Duration
			}), early), nil
		}}
	}
	return &credentials{action: "sts:AssumeRole", role: a.o.RoleARN, load: func(context.Context) (aws.CredentialsProvider, error) {
		base := &credentials{load: a.base}
		return aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(a.sts(base), a.o.RoleARN, func(r *stscreds.AssumeRoleOptions) {
			r.RoleSessionName, r.Duration = a.o.SessionName, a.o.Duration
			if a.o.ExternalID != "" {
				r.ExternalID = aws.String(a.o.ExternalID)
			}
		}), early), nil
	}}
}

// early renews a session before it ends, so that no request is under way with one that does.
func early(o *aws.CredentialsCacheOptions) {
	o.ExpiryWindow, o.ExpiryWindowJitterFrac = 5*time.Minute, 0.5
}

func (a *Access) sts(c aws.CredentialsProvider) *sts.Client {
	return sts.New(sts.Options{
		Region: a.region, Credentials: c, HTTPClient: a.calls, Retryer: retryer(), Logger: logging.Nop{}, BaseEndpoint: endpoint(a.o.STSEndpoint),
		EndpointOptions: sts.EndpointResolverOptions{UseFIPSEndpoint: a.fips(a.o.STSEndpoint), UseDualStackEndpoint: a.dualStack(a.o.STSEndpoint)},
	})
}
