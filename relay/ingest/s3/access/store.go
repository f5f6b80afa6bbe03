package access

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/logging"

	"logrelay/relay/ingest/s3"
)

// maxRedirections bounds how often a request is sent to another region.
const maxRedirections = 2

// StoreOptions say how objects are read.
type StoreOptions struct {
	// Region in which a bucket is looked for first. "" means that of the Access.
	Region string
	// ExpectedBucketOwner is the account that every bucket has to belong to. "" means any.
	ExpectedBucketOwner string
}

// Store is S3. It implements s3.Store. Safe for concurrent use.
type Store struct {
	access  *Access
	client  *awss3.Client
	region  string
	owner   *string
	regions regions
}

// Store reaches S3. Nothing is asked of AWS.
func (a *Access) Store(o StoreOptions) (*Store, error) {
	region := or(o.Region, a.region)
	if err := a.regionFits(region); err != nil {
		return nil, err
	}
	s := &Store{access: a, region: region, client: awss3.New(awss3.Options{
		Region: region, Credentials: a.creds, HTTPClient: a.objects, Retryer: retryer(), Logger: logging.Nop{}, BaseEndpoint: endpoint(a.o.S3Endpoint),
		UsePathStyle: a.pathStyle(), ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
		DisableLogOutputChecksumValidationSkipped: true,
		EndpointOptions: awss3.EndpointResolverOptions{UseFIPSEndpoint: a.fips(a.o.S3Endpoint), UseDualStackEndpoint: a.dualStack(a.o.S3Endpoint)},
	})}
	if o.ExpectedBucketOwner != "" {
		s.owner = &o.ExpectedBucketOwner
	}
	return s, nil
}

// regionFits says whether requests may be sent to a region.
func (a *Access) regionFits(region string) error {
	if a.o.S3Endpoint != "" {
		if !customRegion.MatchString(region) {
			return fmt.Errorf("%q is no region", clean(region))
		}
		return nil
	}
	p, err := partitionOf(region)
	if err == nil && p.name != a.partition.name {
		err = fmt.Errorf("region %s is in partition %s, and the credentials are for %s", region, p.name, a.partition.name)
	}
	return err
}

// Get implements s3.Store. A part that begins where the object ends is empty, when IfMatch says which object is meant.
func (s *Store) Get(ctx context.Context, r s3.Request) (*s3.Object, error) {
	object, err := s.get(ctx, r)
	if r.Offset == 0 || r.IfMatch == "" || !outOfRange(err) {
		return object, err
	}
	last := r
	last.Offset, last.Length = r.Offset-1, 1
	before, lastErr := s.get(ctx, last)
	if lastErr != nil {
		return nil, err
	}
	_ = before.Body.Close()
	if before.Size != r.Offset {
		return nil, err
	}
	before.Body = http.NoBody
	return before, nil
}

// outOfRange tells status 416.
func outOfRange(err error) bool {
	e, ok := errors.AsType[*s3.Error](err)
	return ok && e.Code == invalidRange
}

const invalidRange = "InvalidRange"

func (s *Store) get(ctx context.Context, r s3.Request) (*s3.Object, error) {
	at := site{action: "s3:GetObject", resource: s.arn(r.Bucket, r.Key), bucket: r.Bucket, owner: aws.ToString(s.owner), version: r.Version}
	if r.Version != "" {
		at.action = "s3:GetObjectVersion"
	}
	region, err := s.begin(at, r)
	if err != nil {
		return nil, err
	}
	in := &awss3.GetObjectInput{Bucket: &r.Bucket, Key: &r.Key, ExpectedBucketOwner: s.owner}
	if r.Version != "" {
		in.VersionId = &r.Version
	}
	if r.IfMatch != "" {
		in.IfMatch = aws.String(`"` + r.IfMatch + `"`)
	}
	switch {
	case r.Length > 0:
		in.Range = aws.String(fmt.Sprintf("bytes=%d-%d", r.Offset, r.Offset+r.Length-1))
	case r.Offset > 0:
		in.Range = aws.String(fmt.Sprintf("bytes=%d-", r.Offset))
	}
	var out *awss3.GetObjectOutput
	err = s.in(ctx, r.Bucket, region, func(region string) (err error) {
		out, err = s.client.GetObject(ctx, in, func(o *awss3.Options) { o.Region = region })
		return err
	})
	if err != nil {
		return nil, s.access.classify(ctx, err, at)
	}
	object, err := opened(out, r)
	if err != nil {
		_ = out.Body.Close()
		changed, ok := errors.AsType[*s3.Error](err)
		if !ok {
			return nil, &s3.Error{Action: at.action, Resource: at.resource, Err: err}
		}
		changed.Action, changed.Resource = at.action, at.resource
		return nil, changed
	}
	return object, nil
}

// opened reads the head of an answer, and refuses one that is not what was asked for.
func opened(out *awss3.GetObjectOutput, r s3.Request) (*s3.Object, error) {
	o := &s3.Object{
		Body: out.Body, Size: aws.ToInt64(out.ContentLength), ETag: strings.Trim(aws.ToString(out.ETag), `"`), Version: aws.ToString(out.VersionId),
		Modified: aws.ToTime(out.LastModified),
	}
	if o.Version == "null" {
		o.Version = ""
	}
	if out.ContentLength == nil || *out.ContentLength < 0 {
		return nil, errors.New("the answer does not say how long it is")
	}
	if r.IfMatch != "" && o.ETag != r.IfMatch {
		return nil, &s3.Error{Class: s3.Changed, Err: fmt.Errorf("the object has the entity tag %s, not %s", clean(o.ETag), clean(r.IfMatch))}
	}
	if r.Offset == 0 && r.Length == 0 {
		return o, nil
	}
	from, size, ok := contentRange(aws.ToString(out.ContentRange))
	if !ok || from != r.Offset {
		return nil, fmt.Errorf("the answer (%s) is not the part from byte %d on that was asked for", clean(aws.ToString(out.ContentRange)), r.Offset)
	}
	o.Size = size
	return o, nil
}

// contentRange reads "bytes 5-9/1234".
func contentRange(s string) (from, size int64, ok bool) {
	part, total, ok1 := strings.Cut(strings.TrimPrefix(s, "bytes "), "/")
	first, _, ok2 := strings.Cut(part, "-")
	from, err1 := strconv.ParseInt(first, 10, 64)
	size, err2 := strconv.ParseInt(total, 10, 64)
	return from, size, ok1 && ok2 && err1 == nil && err2 == nil
}

// List implements s3.Store.
func (s *Store) List(ctx context.Context, bucket, prefix, start string, f func(s3.Listed) error) error {
	at := site{action: "s3:ListBucket", resource: s.arn(bucket, ""), bucket: bucket, owner: aws.ToString(s.owner)}
	region, err := s.begin(at, s3.Request{Bucket: bucket, Key: "-"})
	if err != nil {
		return err
	}
	in := &awss3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix, EncodingType: types.EncodingTypeUrl, ExpectedBucketOwner: s.owner}
	if start != "" {
		in.StartAfter = &start
	}
	for {
		var out *awss3.ListObjectsV2Output
		err := s.in(ctx, bucket, region, func(region string) (err error) {
			out, err = s.client.ListObjectsV2(ctx, in, func(o *awss3.Options) { o.Region, o.HTTPClient = region, s.access.calls })
			return err
		})
		if err != nil {
			return s.access.classify(ctx, err, at)
		}
		for _, c := range out.Contents {
			key := aws.ToString(c.Key)
			if out.EncodingType == types.EncodingTypeUrl {
				if key, err = url.QueryUnescape(key); err != nil {
					return &s3.Error{Action: at.action, Resource: at.resource, Err: fmt.Errorf("reading a key of the listing: %w", err)}
				}
			}
			if err := f(s3.Listed{Key: key, ETag: strings.Trim(aws.ToString(c.ETag), `"`), Size: aws.ToInt64(c.Size), Modified: aws.ToTime(c.LastModified)}); err != nil {
				return err
			}
		}
		next := aws.ToString(out.NextContinuationToken)
		if !aws.ToBool(out.IsTruncated) {
			return nil
		}
		if next == "" || next == aws.ToString(in.ContinuationToken) {
			return &s3.Error{Action: at.action, Resource: at.resource, Err: errors.New("the listing goes on and does not say where")}
		}
		in.ContinuationToken = &next
	}
}

func (s *Store) arn(bucket, key string) string {
	arn := "arn:" + s.access.partition.name + ":s3:::" + clean(bucket)
	if key != "" {
		arn += "/" + clean(key)
	}
	return arn
}
