package access

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"logrelay/relay/ingest/s3"
)

// site is what was tried.
type site struct {
	action, resource string // as IAM names them
	bucket           string
	owner            string // expected owner of the bucket
	version          string
}

// refusal is an answer that says no.
type refusal struct {
	status        int // 0 for an entry of a batch
	code, message string
	request       string // AWS's id of the request
	deleteMarker  bool
}

// classes of AWS's error codes: of S3 (Amazon S3 API Reference, "Error responses"), SQS (Amazon SQS API Reference, per action, and the
// older names of its query protocol) and of all services ("Common error types"). Codes of KMS are told by their beginning.
var classes = map[string]s3.Class{
	"NoSuchKey":     s3.Missing,
	"NoSuchVersion": s3.Missing,

	"NoSuchBucket":      s3.NoBucket,
	"InvalidBucketName": s3.NoBucket,

	"PreconditionFailed": s3.Changed,
	invalidRange:         s3.Changed,

	"InvalidObjectState": s3.Archived,

	"QueueDoesNotExist":                           s3.NoQueue,
	"AWS.SimpleQueueService.NonExistentQueue":     s3.NoQueue,
	"com.amazonaws.sqs#QueueDoesNotExist":         s3.NoQueue,
	"AWS.SimpleQueueService.QueueDeletedRecently": s3.NoQueue,
	"QueueDeletedRecently":                        s3.NoQueue,
	"ReceiptHandleIsInvalid":                      s3.Gone,
	"MessageNotInflight":                          s3.Gone,
	"AWS.SimpleQueueService.MessageNotInflight":   s3.Gone,
	"SlowDown":                         s3.Throttled,
	"ServiceUnavailable":               s3.Throttled,
	"RequestLimitExceeded":             s3.Throttled,
	"Throttling":                       s3.Throttled,
	"ThrottlingException":              s3.Throttled,
	"ThrottledException":               s3.Throttled,
	"RequestThrottled":                 s3.Throttled,
	"RequestThrottledException":        s3.Throttled,
	"TooManyRequestsException":         s3.Throttled,
	"BandwidthLimitExceeded":           s3.Throttled,
	"OverLimit":                        s3.Throttled,
	"AWS.SimpleQueueService.OverLimit": s3.Throttled,
	"OperationAborted":                 s3.Transient,
	"InternalError":                    s3.Transient,
	"InternalFailure":                  s3.Transient,
	"RequestTimeout":                   s3.Transient,
	"AccessDenied":                     s3.Denied,
	"AccessDeniedException":            s3.Denied,
	"AllAccessDisabled":                s3.Denied,
	"AccountProblem":                   s3.Denied,
	"AuthFailure":                      s3.Denied,
	"AuthorizationHeaderMalformed":     s3.Denied,
	"ExpiredToken":                     s3.Denied,
	"ExpiredTokenException":            s3.Denied,
	"RequestExpired":                   s3.Denied,
	"IncompleteSignature":              s3.Denied,
	"InvalidAccessKeyId":               s3.Denied,
	"InvalidClientTokenId":             s3.Denied,
	"InvalidSecurity":                  s3.Denied,
	"InvalidToken":                     s3.Denied,
	"MissingAuthenticationToken":       s3.Denied,
	"NotAuthorized":                    s3.Denied,
	"NotSignedUp":                      s3.Denied,
	"OptInRequired":                    s3.Denied,
	"PermanentRedirect":                s3.Denied,
	"RegionDisabledException":          s3.Denied,
	"RequestTimeTooSkewed":             s3.Denied,
	"SignatureDoesNotMatch":            s3.Denied,
	"TokenRefreshRequired":             s3.Denied,
	"UnauthorizedAccess":               s3.Denied,
	"UnrecognizedClientException":      s3.Denied,
	"InvalidIdentityToken":             s3.Denied,
	"IDPRejectedClaim":                 s3.Denied,
}

// renewed are the codes after which the credentials are read again: they may have been rotated.
var renewed = map[string]bool{
	"ExpiredToken": true, "ExpiredTokenException": true, "InvalidAccessKeyId": true, "InvalidClientTokenId": true, "InvalidToken": true,
	"SignatureDoesNotMatch": true, "TokenRefreshRequired": true, "UnrecognizedClientException": true,
}

// classify says what an error of the SDK means. The context's own error comes back as it is.
func (a *Access) classify(ctx context.Context, err error, at site) error {
	if cause := ctx.Err(); cause != nil {
		return cause
	}
	if c, ok := innermost(err); ok {
		return a.noCredentials(c)
	}
	r := refusalOf(err)
	if r.code == "" && r.status == 0 {
		e := &s3.Error{Action: at.action, Resource: at.resource, Err: reason(err)}
		if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
			e.Class, e.Advice = s3.Denied, "check the endpoint's host name and certificate, and name its CA in ca_file if it is a private one"
		}
		return e
	}
	return a.refused(at, r)
}

// refused says what an answer of AWS means.
func (a *Access) refused(at site, r refusal) *s3.Error {
	if renewed[r.code] {
		a.creds.refresh()
	}
	e := &s3.Error{Class: r.class(at), Code: r.code, Action: at.action, Resource: at.resource, Err: errors.New(r.String())}
	e.Advice = a.advice(e, at, r)
	return e
}

func (r refusal) class(at site) s3.Class {
	if r.kms() {
		if strings.Contains(r.code, "hrottl") {
			return s3.Throttled
		}
		return s3.DeniedKMS
	}
	switch {
	case r.deleteMarker && (r.status == http.StatusMethodNotAllowed || r.status == http.StatusNotFound):
		return s3.Missing
	case at.version != "" && r.code == "InvalidArgument" && strings.Contains(r.message, "version id"),
		r.code == "KeyTooLongError",
		r.customerKey():
		return s3.Missing // it will never be readable
	case r.code == "InvalidParameterValue" && strings.Contains(strings.ReplaceAll(strings.ToLower(r.message), " ", ""), "receipthandle"):
		return s3.Gone
	}
	if c, ok := classes[r.code]; ok {
		return c
	}
	switch r.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return s3.Denied
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return s3.Throttled
	case http.StatusPreconditionFailed, http.StatusRequestedRangeNotSatisfiable:
		return s3.Changed
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect:
		return s3.Denied
	}
	return s3.Transient
}

// kms tells a refusal that comes from the key and not from the bucket or queue.
func (r refusal) kms() bool {
	return strings.HasPrefix(r.code, "KMS.") || strings.HasPrefix(r.code, "Kms") || strings.HasPrefix(r.code, "AWS.SimpleQueueService.Kms") ||
		strings.Contains(r.message, "kms:") || strings.Contains(r.message, "ciphertext refers to a customer master key")
}

// customerKey tells an object that only who has its key can read (SSE-C).
func (r refusal) customerKey() bool {
	return r.code == "InvalidRequest" && strings.Contains(r.message, "Server Side Encryption")
}

// String is the refusal for people.
func (r refusal) String() string {
	s := or(r.code, http.StatusText(r.status))
	if r.message != "" && r.message != r.code {
		s += ": " + r.message
	}
	if r.request != "" {
		s += " (request " + r.request + ")"
	}
	return s
}

// answered finds the head of the answer inside an error. Its status is 0 if there was none.
func answered(err error) (status int, h http.Header) {
	if r, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && r.Response != nil {
		return r.Response.StatusCode, r.Response.Header
	}
	return 0, nil
}

// refusalOf reads what an error of the SDK says.
func refusalOf(err error) refusal {
	var r refusal
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		r.code, r.message = clean(api.ErrorCode()), clean(api.ErrorMessage())
		if r.code == "UnknownError" {
			r.code = ""
		}
	}
	status, h := answered(err)
	r.status = status
	r.request = clean(or(h.Get("X-Amz-Request-Id"), h.Get("X-Amzn-Requestid")))
	r.deleteMarker = h.Get("X-Amz-Delete-Marker") == "true"
	return r
}

// reason is what went wrong on the way, without the SDK's introduction.
func reason(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("reaching %s: %w", hostOf(u.URL), u.Err)
	}
	return err
}

func hostOf(s string) string {
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		return u.Host
	}
	return "the endpoint"
}

// maxShown bounds what is shown of the far end's words.
const maxShown = 1024

// clean makes words of the far end fit to be shown.
func clean(s string) string {
	if len(s) > maxShown {
		s = s[:maxShown] + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
