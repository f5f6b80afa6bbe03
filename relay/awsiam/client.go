package awsiam

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"

	"logrelay/relay"
)

// maxBackoff is short, as somebody waits: three attempts of a request.
const maxBackoff = time.Second

// Options say who the operator is. The zero value is AWS's usual chain: environment, shared files, role.
type Options struct {
	Profile     string   // of the shared files
	Region      string   // tells the partition where the chain names none; "" means us-east-1
	ConfigFiles []string // nil means the usual ones
}

// Key is an access key of a user.
type Key struct {
	ID      string
	Secret  string // known of a key that was just made
	Active  bool
	Created time.Time
}

// IAM is what rotation needs of IAM. Its implementation is Client.
type IAM interface {
	// Keys lists a user's access keys.
	Keys(ctx context.Context, user string) ([]Key, error)
	// CreateKey makes one. After an error there may be one all the same.
	CreateKey(ctx context.Context, user string) (Key, error)
	// SetActive activates or deactivates one.
	SetActive(ctx context.Context, user, id string, active bool) error
	// DeleteKey deletes one; one that is not there is deleted.
	DeleteKey(ctx context.Context, user, id string) error
}

// Client reaches IAM with an operator's credentials. Safe for concurrent use.
type Client struct {
	iam   *iam.Client
	creds aws.CredentialsProvider
}

// New reads the operator's credentials. Nothing is asked of AWS.
func New(ctx context.Context, o Options) (*Client, error) {
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(o.Profile), config.WithDefaultRegion(o.Region), config.WithSharedConfigFiles(o.ConfigFiles),
		config.WithLogger(logging.Nop{}), config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = maxBackoff })
		}))
	if err != nil {
		return nil, relay.WithHint(fmt.Errorf("reading your AWS credentials: %w", err), "check --profile and the AWS_ variables of the environment")
	}
	return &Client{iam: iam.NewFromConfig(cfg), creds: cfg.Credentials}, nil
}

// KeyID is the id of the key that the operator signs with.
func (c *Client) KeyID(ctx context.Context) (string, error) {
	v, err := c.creds.Retrieve(ctx)
	if err != nil {
		return "", relay.WithHint(fmt.Errorf("no AWS credentials of yours: %w", err), "name them with --profile or the AWS_ variables; they are yours and not the relay's")
	}
	return v.AccessKeyID, nil
}

// Keys implements IAM.
func (c *Client) Keys(ctx context.Context, user string) ([]Key, error) {
	out, err := c.iam.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: &user})
	if err != nil {
		return nil, explain("iam:ListAccessKeys", user, err)
	}
	keys := make([]Key, len(out.AccessKeyMetadata))
	for i, k := range out.AccessKeyMetadata {
		keys[i] = Key{ID: aws.ToString(k.AccessKeyId), Active: k.Status == types.StatusTypeActive, Created: aws.ToTime(k.CreateDate)}
	}
	return keys, nil
}

// CreateKey implements IAM. It asks once.
func (c *Client) CreateKey(ctx context.Context, user string) (Key, error) {
	out, err := c.iam.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &user}, func(o *iam.Options) { o.Retryer = aws.NopRetryer{} })
	if err != nil {
		return Key{}, explain("iam:CreateAccessKey", user, err)
	}
	k := out.AccessKey
	if k == nil || aws.ToString(k.AccessKeyId) == "" || aws.ToString(k.SecretAccessKey) == "" {
		return Key{}, fmt.Errorf("iam:CreateAccessKey for user %s: the answer holds no key", user)
	}
	return Key{ID: *k.AccessKeyId, Secret: *k.SecretAccessKey, Active: true, Created: aws.ToTime(k.CreateDate)}, nil
}

// SetActive implements IAM.
func (c *Client) SetActive(ctx context.Context, user, id string, active bool) error {
	in := &iam.UpdateAccessKeyInput{UserName: &user, AccessKeyId: &id, Status: types.StatusTypeInactive}
	if active {
		in.Status = types.StatusTypeActive
	}
	_, err := c.iam.UpdateAccessKey(ctx, in)
	return explain("iam:UpdateAccessKey", user, err)
}

// DeleteKey implements IAM.
func (c *Client) DeleteKey(ctx context.Context, user, id string) error {
	_, err := c.iam.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: &user, AccessKeyId: &id})
	if _, gone := errors.AsType[*types.NoSuchEntityException](err); gone {
		return nil
	}
	return explain("iam:DeleteAccessKey", user, err)
}

// explain says what was tried of whom, and what to do where IAM says no. Of nil it makes nil.
func explain(action, who string, err error) error {
	if err == nil {
		return nil
	}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return fmt.Errorf("%s for %s: %w", action, who, err)
	}
	said := fmt.Errorf("%s for %s: %s: %s", action, who, api.ErrorCode(), api.ErrorMessage())
	switch api.ErrorCode() {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation":
		return relay.WithHint(&deniedError{said}, "your credentials need "+action+"; they are yours (--profile or the environment), never the relay's")
	case "NoSuchEntity":
		return relay.WithHint(said, "check the name; it has no path and is no ARN")
	case "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken":
		return relay.WithHint(said, "check your own credentials: --profile or the AWS_ variables")
	}
	return said
}

// deniedError says that the operator's credentials may not ask.
type deniedError struct{ error }

func (e *deniedError) Unwrap() error { return e.error }
