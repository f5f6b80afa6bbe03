package daemon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"logrelay/relay"
	"logrelay/relay/config"
	"logrelay/relay/ingest/s3"
)

// KeyFiles are where a block of "aws" has an access key that can be rotated.
type KeyFiles struct {
	Block, ID, Secret string
	Region            string   // of the block, or of an input that uses it; "" for none
	Inputs            []string // those that pull with it
}

// FindKeyFiles returns those of a block, or of the only one that has any when the name is "".
func FindKeyFiles(c *config.Config, block string) (KeyFiles, error) {
	if block == "" {
		var have []string
		for name, a := range c.AWS {
			if a.AccessKeyIDFile != "" {
				have = append(have, name)
			}
		}
		slices.Sort(have)
		switch len(have) {
		case 0:
			return KeyFiles{}, relay.WithHint(errors.New("no block of aws has an access key in files"),
				"name access_key_id_file and secret_access_key_file in it: files are read again before use, so that the key can be replaced while the relay works")
		case 1:
			block = have[0]
		default:
			return KeyFiles{}, relay.WithHint(errors.New("several blocks of aws have an access key in files"), "name one of them with --aws: "+strings.Join(have, ", "))
		}
	}
	a := c.AWS[block]
	if a == nil {
		return KeyFiles{}, relay.WithHint(fmt.Errorf("there is no block %q of aws", block), "blocks: "+strings.Join(slices.Sorted(maps.Keys(c.AWS)), ", "))
	}
	f := KeyFiles{Block: block, ID: string(a.AccessKeyIDFile), Secret: string(a.SecretAccessKeyFile), Region: a.Region}
	switch {
	case f.ID == "" || f.Secret == "":
		return KeyFiles{}, relay.WithHint(fmt.Errorf("aws.%s has no access key in two files", block), "only access_key_id_file and secret_access_key_file can be replaced while the relay works; a role needs no rotation")
	case a.SessionTokenFile != "":
		return KeyFiles{}, relay.WithHint(fmt.Errorf("the key of aws.%s is a temporary one: it has a session token", block), "who writes these files renews it; IAM cannot")
	case slices.Contains([]string{os.Getenv("CREDENTIALS_DIRECTORY"), config.ServiceCredentials}, filepath.Dir(f.ID)):
		return KeyFiles{}, relay.WithHint(fmt.Errorf("the key of aws.%s is a credential of the service manager, which no one can replace while the service runs", block), "keep it in files of their own")
	}
	for name, in := range s3Inputs(c) {
		if in.Credentials == block {
			f.Inputs = append(f.Inputs, name)
			if f.Region == "" {
				f.Region = in.Region
			}
		}
	}
	slices.Sort(f.Inputs)
	return f, nil
}

func s3Inputs(c *config.Config) map[string]*config.S3Input {
	all := map[string]*config.S3Input{}
	for name, in := range c.Inputs {
		if in, ok := in.(*config.S3Input); ok {
			all[name] = in
		}
	}
	return all
}

// TryKey makes real calls with a key in the place of that in the files: who am I, and for each input that pulls with it, what is the queue like. What AWS does
// not allow counts as known: a key has no rights of its own.
func TryKey(ctx context.Context, c *config.Config, f KeyFiles, id, secret string) error {
	block := *c.AWS[f.Block]
	block.AccessKeyID, block.AccessKeyIDFile, block.SecretAccessKey, block.SecretAccessKeyFile = config.NewSecret(id), "", config.NewSecret(secret), ""
	var errs []error
	for _, name := range f.Inputs {
		in := *s3Inputs(c)[name]
		in.Access = block
		errs = append(errs, tryInput(ctx, name, &in))
	}
	if len(f.Inputs) == 0 {
		errs = append(errs, tryInput(ctx, "", &config.S3Input{Access: block, Region: f.Region, Workers: 1}))
	}
	return errors.Join(errs...)
}

func tryInput(ctx context.Context, name string, in *config.S3Input) error {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	if in.STSEndpoint != "" || in.S3Endpoint == "" || in.SQSEndpoint == "" {
		a, err := newAccess(ctx, in)
		if err != nil {
			return err
		}
		defer a.Close()
		if _, err := a.Identity(ctx); err != nil {
			return err
		}
	}
	if in.Queue == "" {
		return nil
	}
	o, a, err := s3Options(ctx, name, in)
	if err != nil {
		return err
	}
	defer a.Close()
	_, err = o.Queue.Redrives(ctx)
	if e, ok := errors.AsType[*s3.Error](err); ok && strings.HasPrefix(e.Action, "sqs:") && (strings.HasPrefix(e.Code, "AccessDenied") || e.Class == s3.DeniedKMS) {
		return nil
	}
	return err
}
