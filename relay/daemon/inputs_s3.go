package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"logrelay/pki"
	"logrelay/relay"
	"logrelay/relay/buffer"
	"logrelay/relay/config"
	"logrelay/relay/ingest/s3"
	"logrelay/relay/ingest/s3/access"
	"logrelay/relay/status"
)

// letterPrefix stands before an input's name where a dead letter names an output. No output's name has a "/" in it.
const letterPrefix = "input/"

// newS3 makes a source that pulls. Nothing is asked of AWS before it runs, so that an AWS that is away keeps nothing from starting.
func (d *Daemon) newS3(ctx context.Context, in *input, c *config.S3Input) error {
	o, a, err := s3Options(ctx, in.name, c)
	if err != nil {
		return err
	}
	in.access = a
	o.Ledger, o.Flights, o.DeadLetters, o.Budget = d.buffer, &d.flights, d.letters, d.inputBudget()
	o.Logger, o.Registerer, o.Pulse = d.o.Logger, d.registry, &in.pulse
	in.source, err = s3.New(o)
	return err
}

// s3Options turns an input's configuration into what its source needs to reach AWS. The caller closes the Access.
func s3Options(ctx context.Context, name string, c *config.S3Input) (s3.Options, *access.Access, error) {
	a, err := newAccess(ctx, c)
	if err != nil {
		return s3.Options{}, nil, fmt.Errorf("input %s: %w", name, err)
	}
	queue, err := a.Queue(c.Queue)
	if err != nil {
		return s3.Options{}, nil, fmt.Errorf("input %s: %w", name, err)
	}
	store, err := a.Store(access.StoreOptions{Region: queue.Region(), ExpectedBucketOwner: c.ExpectedBucketOwner})
	if err != nil {
		return s3.Options{}, nil, fmt.Errorf("input %s: %w", name, err)
	}
	rules := make([]s3.Rule, len(c.Rules))
	for i, r := range c.Rules {
		rules[i] = s3.Rule{Prefix: r.Prefix, Kind: relay.Kind(r.Kind), Columns: r.Columns}
	}
	return s3.Options{
		Name: name, Queue: queue, Store: store,
		Workers: c.Workers, VisibilityTimeout: c.VisibilityTimeout, MaxReceives: c.MaxReceives, MaxRecord: int(c.MaxRecord),
		Buckets: c.Buckets, Include: c.Include, Exclude: c.Exclude,
		Rules: rules, Kind: relay.Kind(c.Kind), Columns: c.Columns, Tenant: c.Tenant, Source: c.Source,
	}, a, nil
}

func newAccess(ctx context.Context, c *config.S3Input) (*access.Access, error) {
	o := accessOptions(&c.Access)
	o.Region, o.S3Endpoint, o.SQSEndpoint, o.STSEndpoint = c.Region, c.S3Endpoint, c.SQSEndpoint, c.STSEndpoint
	o.FIPS, o.DualStack, o.PathStyle, o.Insecure, o.Connections = c.FIPS, c.DualStack, c.PathStyle, c.Insecure, c.Workers
	if c.CAFile != "" {
		pem, err := pki.ReadPEM(string(c.CAFile))
		if err != nil {
			return nil, fmt.Errorf("reading the CA of the endpoints: %w", err)
		}
		o.CAFile = pem
	}
	return access.NewAccess(ctx, o)
}

// accessOptions is who a block of credentials says that the relay is.
func accessOptions(c *config.AWSCredentials) access.Options {
	return access.Options{
		Keys: keySource(c), Profile: c.Profile, ConfigFiles: fileList(c.SharedConfigFile), CredentialsFiles: fileList(c.SharedCredentialsFile),
		RoleARN: c.RoleARN, WebIdentityTokenFile: string(c.WebIdentityTokenFile), ExternalID: c.ExternalID,
		SessionName: c.SessionName, Duration: c.SessionDuration, Region: c.Region,
	}
}

func fileList(f config.File) []string {
	if f == "" {
		return nil
	}
	return []string{string(f)}
}

// keySource gives the access key of a block, reading its files each time; nil where the block has none.
func keySource(c *config.AWSCredentials) access.KeySource {
	if c.SecretAccessKey.IsZero() {
		return nil
	}
	id, secret, token := rotating(c.AccessKeyID, c.AccessKeyIDFile), rotating(c.SecretAccessKey, c.SecretAccessKeyFile), rotating(c.SessionToken, c.SessionTokenFile)
	return func() (k access.Keys, err error) {
		var errs [3]error
		k.AccessKeyID, errs[0] = id()
		k.SecretAccessKey, errs[1] = secret()
		k.SessionToken, errs[2] = token()
		return k, errors.Join(errs[:]...)
	}
}

// rotating returns what a file holds now, or the value where there is no file.
func rotating(value config.Secret, file config.File) func() (string, error) {
	return func() (string, error) {
		if file == "" {
			return value.Reveal(), nil
		}
		s, err := file.ReadSecret()
		if err != nil {
			return "", fmt.Errorf("%s: %w", file, err)
		}
		return s.Reveal(), nil
	}
}

// puller is a source that fetches what a queue names.
type puller interface {
	Pull() s3.PullStats
	Retry(ctx context.Context, d relay.DeadLetter) error
	Backfill(ctx context.Context, req s3.BackfillRequest, progress func(s3.Progress)) error
}

// pullStatus is what status shows of a puller.
func pullStatus(p s3.PullStats, letters buffer.DeadLetterStats, now time.Time) *status.Pull {
	st := &status.Pull{
		State: "idle", Messages: p.Messages, Objects: p.Objects, Lag: p.Lag.Seconds(),
		Answers: uint64(p.Answers),
		Taken:   uint64(p.Taken), Repeated: uint64(p.Repeated), SetAside: uint64(p.SetAside), Waiting: letters.Open,
	}
	if !p.OldestSent.IsZero() {
		st.OldestMessage = max(0, now.Sub(p.OldestSent).Seconds())
	}
	if !p.LastReceived.IsZero() {
		at := p.LastReceived.UTC()
		st.LastMessage = &at
	}
	for class, n := range p.Errors {
		if st.Errors == nil {
			st.Errors = map[string]uint64{}
		}
		st.Errors[class] = uint64(n)
	}
	switch q := p.Problem; {
	case q != nil:
		since := q.Since.UTC()
		st.Since, st.LastError, st.Hint = &since, q.Error, q.Hint
		if st.State = "failing"; q.Red {
			st.State = "needs you"
		}
	case p.Full:
		st.State = "full"
	case p.Messages+p.Objects > 0:
		st.State = "working"
	}
	return st
}

func addInputProblems(s *status.Snapshot, in status.Input) {
	where, p := "input "+in.Name, in.Pull
	if p == nil {
		return
	}
	switch {
	case p.State == "needs you":
		s.Add(status.Problem{Health: status.Red, Where: where, What: "needs you: " + p.LastError, Hint: p.Hint})
	case p.State == "failing" && s.Now.Sub(*p.Since) > amberRetrying:
		s.Add(status.Problem{Health: status.Amber, Where: where, What: fmt.Sprintf("failing since %s: %s", p.Since.Format(time.RFC3339), p.LastError), Hint: p.Hint})
	}
	if p.Waiting > 0 {
		s.Add(status.Problem{Health: status.Amber, Where: where, What: fmt.Sprintf("%d objects or messages are set aside", p.Waiting),
			Hint: "logrelay buffer dead-letters ls --output " + letterPrefix + in.Name + " says why; then retry or drop them"})
	}
}

// pullInput returns the named input, or the only one that pulls where name is "".
func (d *Daemon) pullInput(name string) (puller, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var found []puller
	for n, in := range d.inputs {
		if p, ok := in.source.(puller); ok && (name == "" || n == name) {
			found = append(found, p)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case name != "":
		return nil, relay.WithHint(fmt.Errorf("there is no input %s that pulls from S3", name), "logrelay status shows the inputs and their types")
	case len(found) == 0:
		return nil, relay.WithHint(errors.New("no input pulls from S3"), "configure an input of type s3 and reload")
	}
	return nil, relay.WithHint(fmt.Errorf("%d inputs pull from S3", len(found)), "name one of them with --input")
}

// Backfill takes in what is already in a bucket.
func (a actions) Backfill(ctx context.Context, q status.BackfillRequest, progress func(status.BackfillProgress)) error {
	p, err := a.d.pullInput(q.Input)
	if err != nil {
		return err
	}
	req := s3.BackfillRequest{Bucket: q.Bucket, Prefix: q.Prefix, Kind: relay.Kind(q.Kind), Rate: q.Rate}
	if q.Since != nil {
		req.Since = *q.Since
	}
	if q.Until != nil {
		req.Until = *q.Until
	}
	return p.Backfill(ctx, req, func(p s3.Progress) {
		progress(status.BackfillProgress{
			Found: uint64(p.Found), FoundBytes: uint64(p.FoundBytes), Listed: p.Listed, Objects: uint64(p.Objects), Bytes: uint64(p.Bytes),
			Before: uint64(p.Before), Skipped: uint64(p.Skipped), Aside: uint64(p.Aside), Failed: uint64(p.Failed),
			Records: uint64(p.Records), RecordBytes: uint64(p.RecordBytes),
		})
	})
}
