package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"logrelay/relay/config"
	"logrelay/relay/ingest/s3"
	"logrelay/relay/ingest/s3/access"
)

// probeS3Time bounds what is tried of one input that pulls. An empty queue takes the whole long poll of it (20 s).
const probeS3Time = 65 * time.Second

// checkS3 finds out who the relay is to AWS, whether it may receive, and whether it may read what a message names, or the object that was named.
func checkS3(ctx context.Context, name string, c *config.S3Input, o CheckOptions) []CheckResult {
	options, a, err := s3Options(ctx, name, c)
	name = "input " + name
	if err != nil {
		return []CheckResult{failed(name, err)}
	}
	defer a.Close()
	if o.ConfigOnly {
		return []CheckResult{{Name: name, Result: CheckNotTested, Detail: c.Queue + ": nothing is connected with --config-only"}}
	}
	ctx, cancel := context.WithTimeout(ctx, probeS3Time)
	defer cancel()
	var results []CheckResult
	if c.STSEndpoint == "" && c.S3Endpoint != "" && c.SQSEndpoint != "" {
		results = append(results, CheckResult{Name: name + " identity", Result: CheckNotTested, Detail: "the endpoints are not AWS's, and there is no sts_endpoint to ask"})
	} else {
		results = append(results, checkIdentity(ctx, name, a))
	}
	p := s3.Probe(ctx, options, o.Object)
	results = append(results, queueResult(name, c, p), objectResult(name, p, o.Object != ""))
	if len(c.Buckets) == 0 {
		results = append(results, CheckResult{
			Name: name + " buckets", Result: CheckOK, Detail: "not limited: who can write to the queue can have any object read that the relay may read",
			Hint: "set buckets to those that write logs",
		})
	}
	return results
}

// checkIdentity asks AWS who the relay is.
func checkIdentity(ctx context.Context, name string, a *access.Access) CheckResult {
	name += " identity"
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	id, err := a.Identity(ctx)
	if e, ok := errors.AsType[*s3.Error](err); ok && e.Class == s3.Transient || err != nil && ctx.Err() != nil {
		return CheckResult{Name: name, Result: CheckNotTested, Detail: "AWS could not be asked who we are, which the work does not need: " + err.Error()}
	}
	if err != nil {
		return failed(name, err)
	}
	return CheckResult{Name: name, Result: CheckOK, Detail: fmt.Sprintf("AWS takes the relay for %s", id.ARN)}
}

// about names what was tried, where an error does not do so itself.
func about(what string, err error) error {
	if _, ok := errors.AsType[*s3.Error](err); ok {
		return err
	}
	return fmt.Errorf("%s: %w", what, err)
}

// queueResult says what was found of the queue.
func queueResult(name string, c *config.S3Input, p s3.Probed) CheckResult {
	name += " queue"
	if p.ReceiveErr != nil {
		return failed(name, about("receiving from "+c.Queue, p.ReceiveErr))
	}
	if p.ShowErr != nil {
		return failed(name, about("showing a message of "+c.Queue+" again", p.ShowErr))
	}
	r := CheckResult{Name: name, Result: CheckOK, Detail: "Connection established: " + c.Queue + "; "}
	if m := p.Message; m == nil {
		r.Detail += "receiving is allowed, no message came; not tested: sqs:ChangeMessageVisibility, sqs:DeleteMessage"
	} else {
		r.Detail += fmt.Sprintf("received a message and showed it again at once, which counts as a receive (its number %d); not tested: sqs:DeleteMessage", m.Receives)
	}
	switch {
	case p.RedrivesErr != nil:
		r.Detail += "; whether the queue has a redrive policy cannot be asked (sqs:GetQueueAttributes), so one is assumed"
	case p.Redrives:
		r.Detail += "; messages that fail too often are taken away by the queue's redrive policy"
	default:
		r.Detail += fmt.Sprintf("; the queue has no redrive policy: messages are set aside after %d receives", c.MaxReceives)
	}
	return r
}

// objectResult says what was found of an object: one that was named has to be there, one that a message told of may be gone.
func objectResult(name string, p s3.Probed, named bool) CheckResult {
	r := CheckResult{Name: name + " object", Result: CheckNotTested}
	missing, ok := errors.AsType[*s3.Error](p.ObjectErr)
	switch {
	case p.Object == "":
		r.Detail = p.Untried + "; name an object with --object s3://BUCKET/KEY"
	case ok && missing.Class == s3.Missing && !named:
		r.Detail = p.Object + " is no longer there; name an object with --object s3://BUCKET/KEY"
	case p.ObjectErr != nil:
		return failed(r.Name, about("reading "+p.Object, p.ObjectErr))
	default:
		r.Result, r.Detail = CheckOK, fmt.Sprintf("Connection established: %s can be read (%d bytes)", p.Object, p.Size)
	}
	return r
}
