package access

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/ingest/s3"
	"logrelay/relay/relaytest"
)

// gets reads a body to its end.
func gets(ctx context.Context, s *Store, r s3.Request) ([]byte, error) {
	o, err := s.Get(ctx, r)
	if err != nil {
		return nil, err
	}
	defer o.Body.Close()
	return io.ReadAll(o.Body)
}

func newStore(t *testing.T, o Options, so StoreOptions) *Store {
	t.Helper()
	if o.Keys == nil {
		o.Keys = static(testKeys)
	}
	s, err := newAccess(t, o).Store(so)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestErrorsOfS3(t *testing.T) {
	t.Parallel()
	const (
		mine   = "User: arn:aws:sts::111122223333:assumed-role/relay/i-1 is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:"
		theirs = " because no identity-based policy allows the kms:Decrypt action"
	)
	server := newS3(t)
	server.Bucket("logs", relaytest.Bucket{})
	store := newStore(t, Options{S3Endpoint: server.URL}, StoreOptions{})
	for _, c := range []struct {
		status        int
		code, message string
		class         s3.Class
		advice        string // "" means none
	}{
		{404, "NoSuchKey", "", s3.Missing, ""},
		{404, "NoSuchVersion", "", s3.Missing, ""},
		{400, "InvalidArgument", "Invalid version id specified", s3.Missing, ""},
		{400, "KeyTooLongError", "Your key is too long", s3.Missing, ""},
		{400, "InvalidRequest", "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.", s3.Missing, "SSE-C"},
		{404, "NoSuchBucket", "", s3.NoBucket, "bucket logs"},
		{404, "", "", s3.Transient, ""}, // a page of somebody else
		{403, "AccessDenied", "Access Denied", s3.Denied, "allow s3:GetObjectVersion on arn:aws:s3:::logs/"},
		{403, "AccessDenied", "User: arn:aws:iam::111122223333:user/u is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::logs/k\" because no identity-based policy allows it", s3.Denied, " for arn:aws:iam::111122223333:user/u"},
		{403, "AccessDenied", "User: arn:aws:iam::111122223333:user/u is not authorized to perform: s3:GetObject on resource: \"x\" with an explicit deny in a resource-based policy", s3.Denied, "remove the explicit deny"},
		{403, "", "", s3.Denied, "allow s3:GetObjectVersion"},
		{400, "ExpiredToken", "The provided token has expired.", s3.Denied, "renew the credentials"},
		{400, "InvalidToken", "", s3.Denied, "access key id"},
		{403, "InvalidAccessKeyId", "", s3.Denied, "access key id"},
		{403, "SignatureDoesNotMatch", "", s3.Denied, "secret access key"},
		{403, "RequestTimeTooSkewed", "", s3.Denied, "clock"},
		{403, "AccountProblem", "", s3.Denied, "account"},
		{403, "AllAccessDisabled", "", s3.Denied, "account"},
		{301, "PermanentRedirect", "", s3.Denied, "region"},
		{400, "AuthorizationHeaderMalformed", "the region is wrong", s3.Denied, "region"},
		{503, "SlowDown", "Please reduce your request rate.", s3.Throttled, ""},
		{503, "ServiceUnavailable", "", s3.Throttled, ""},
		{503, "", "", s3.Throttled, ""},
		{429, "", "", s3.Throttled, ""},
		{500, "InternalError", "", s3.Transient, ""},
		{502, "", "", s3.Transient, ""},
		{400, "RequestTimeout", "", s3.Transient, ""},
		{400, "WhoKnows", "", s3.Transient, ""},
		{412, "PreconditionFailed", "", s3.Changed, ""},
		{416, "InvalidRange", "", s3.Changed, ""},
		{403, "InvalidObjectState", "The operation is not valid for the object's storage class", s3.Archived, "restore arn:aws:s3:::logs/"},
		{403, "AccessDenied", mine + "111122223333:key/1111-2222" + theirs, s3.DeniedKMS, "allow kms:Decrypt on arn:aws:kms:us-east-1:111122223333:key/1111-2222 for arn:aws:sts::111122223333:assumed-role/relay/i-1, in its IAM policy or"},
		{403, "AccessDenied", mine + "444455556666:key/1111-2222" + theirs, s3.DeniedKMS, "in the policy of the key, which is of another account (444455556666)"},
		{403, "AccessDenied", "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.", s3.DeniedKMS, "kms:Decrypt"},
		{400, "KMS.DisabledException", "arn:aws:kms:us-east-1:111122223333:key/1 is disabled.", s3.DeniedKMS, "disabled"},
		{400, "KMS.NotFoundException", "", s3.DeniedKMS, "gone"},
		{400, "KMS.ThrottlingException", "", s3.Throttled, ""},
	} {
		key := strings.ReplaceAll(http.StatusText(c.status)+" "+c.code+" "+c.message, "/", "-")
		key = key[:min(len(key), 200)]
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			server.Set(relaytest.AWSFault{Key: key, Status: c.status, Code: c.code, Message: c.message})
			_, err := store.Get(t.Context(), s3.Request{Bucket: "logs", Key: key, Version: "v1"})
			wantClass(t, err, c.class)
			e, ok := errors.AsType[*s3.Error](err)
			if !ok {
				return
			}
			if !strings.Contains(e.Advice, c.advice) || (c.advice == "") != (e.Advice == "") {
				t.Errorf("advice %q, want %q", e.Advice, c.advice)
			}
			if relay.HintOf(err) != e.Advice || c.code != "" && e.Code != c.code || e.Action != "s3:GetObjectVersion" || e.Resource != "arn:aws:s3:::logs/"+key {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestErrorsOfSQS(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status        int
		code, message string
		class         s3.Class
		advice        string
	}{
		{400, "AWS.SimpleQueueService.NonExistentQueue", "", s3.NoQueue, "account and region"},
		{400, "QueueDoesNotExist", "", s3.NoQueue, "account and region"},
		{403, "AccessDenied", "User: arn:aws:iam::111122223333:user/u is not authorized to perform: sqs:receivemessage on resource: arn:aws:sqs:us-east-1:111122223333:q", s3.Denied, "allow sqs:ReceiveMessage on arn:aws:sqs:us-east-1:111122223333:q for arn:aws:iam::111122223333:user/u"},
		{403, "AccessDeniedException", "", s3.Denied, "allow sqs:ReceiveMessage"},
		{403, "UnrecognizedClientException", "The security token included in the request is invalid.", s3.Denied, "access key id"},
		{403, "ExpiredTokenException", "", s3.Denied, "renew"},
		{400, "KmsAccessDenied", "", s3.DeniedKMS, "kms:Decrypt"},
		{400, "KMS.AccessDeniedException", "", s3.DeniedKMS, "kms:Decrypt"},
		{400, "KmsDisabled", "", s3.DeniedKMS, "disabled"},
		{400, "KmsThrottled", "", s3.Throttled, ""},
		{403, "OverLimit", "", s3.Throttled, ""},
		{403, "AWS.SimpleQueueService.OverLimit", "", s3.Throttled, ""},
		{403, "RequestThrottled", "", s3.Throttled, ""},
		{400, "ThrottlingException", "", s3.Throttled, ""},
		{500, "InternalFailure", "", s3.Transient, ""},
	} {
		t.Run(c.code, func(t *testing.T) {
			t.Parallel()
			server := newSQS(t)
			server.Queue("q", relaytest.SQSQueue{})
			q, err := newAccess(t, Options{Keys: static(testKeys), SQSEndpoint: server.URL}).Queue("arn:aws:sqs:us-east-1:111122223333:q")
			if err != nil {
				t.Fatal(err)
			}
			server.Set(relaytest.AWSFault{Status: c.status, Code: c.code, Message: c.message})
			_, err = q.Receive(t.Context(), 1, time.Minute)
			wantClass(t, err, c.class)
			if e, ok := errors.AsType[*s3.Error](err); ok && (!strings.Contains(e.Advice, c.advice) || (c.advice == "") != (e.Advice == "")) {
				t.Errorf("advice %q, want %q", e.Advice, c.advice)
			}
		})
	}
}

func TestEntriesOfABatch(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]s3.Class{
		"ReceiptHandleIsInvalid": s3.Gone, "AWS.SimpleQueueService.MessageNotInflight": s3.Gone, "InternalError": s3.Transient, "AccessDenied": s3.Denied, "RequestThrottled": s3.Throttled,
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			server := newSQS(t)
			url := server.Queue("q", relaytest.SQSQueue{})
			server.Send("q", "a", "b")
			q, err := newAccess(t, Options{Keys: static(testKeys)}).Queue(url)
			if err != nil {
				t.Fatal(err)
			}
			got, err := q.Receive(t.Context(), 10, time.Minute)
			if err != nil || len(got) != 2 {
				t.Fatalf("%v, %v", got, err)
			}
			server.Set(relaytest.AWSFault{Entry: code, Entries: []string{got[1].Handle}})
			outcomes, err := q.Delete(t.Context(), handles(got))
			if err != nil || outcomes[0] != nil {
				t.Fatalf("%v, %v", outcomes, err)
			}
			wantClass(t, outcomes[1], want)
			if server.Len("q") != 1 {
				t.Errorf("%d messages are left", server.Len("q"))
			}
		})
	}
}

func TestDeniedByThePolicyOfTheQueue(t *testing.T) {
	t.Parallel()
	server := newSQS(t)
	url := server.Queue("q", relaytest.SQSQueue{Deny: []string{"GetQueueAttributes"}})
	q, err := newAccess(t, Options{Keys: static(testKeys)}).Queue(url)
	if err != nil {
		t.Fatal(err)
	}
	_, err = q.Redrives(t.Context())
	wantDenied(t, err, "AccessDenied", "allow sqs:GetQueueAttributes on "+url+" for arn:aws:iam::111122223333:user/test")
}

func TestExpectedBucketOwner(t *testing.T) {
	t.Parallel()
	server := newS3(t)
	server.Bucket("logs", relaytest.Bucket{Owner: "444455556666"})
	server.Put("logs", "k", []byte("x"))
	right := newStore(t, Options{S3Endpoint: server.URL}, StoreOptions{ExpectedBucketOwner: "444455556666"})
	if got, err := gets(t.Context(), right, s3.Request{Bucket: "logs", Key: "k"}); err != nil || string(got) != "x" {
		t.Errorf("%q, %v", got, err)
	}
	wrong := newStore(t, Options{S3Endpoint: server.URL}, StoreOptions{ExpectedBucketOwner: "111122223333"})
	_, err := wrong.Get(t.Context(), s3.Request{Bucket: "logs", Key: "k"})
	wantDenied(t, err, "AccessDenied", "account 111122223333")
	wantClass(t, wrong.List(t.Context(), "logs", "", "", nil), s3.Denied)
}

// TestStrangersAnswers: what answers may be anything, and may send us nowhere.
func TestStrangersAnswers(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("a redirect was followed to %s", r.URL) }))
	t.Cleanup(other.Close)
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request)
		class  s3.Class
	}{
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		}, s3.Denied},
		"redirect to a region that is none": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amz-Bucket-Region", "evil.example.com/#")
			w.WriteHeader(http.StatusMovedPermanently)
		}, s3.Transient},
		"regions without end": {func(w http.ResponseWriter, r *http.Request) {
			region := "eu-west-1"
			if strings.Contains(r.Header.Get("Authorization"), region) {
				region = "eu-west-2"
			}
			w.Header().Set("X-Amz-Bucket-Region", region)
			w.WriteHeader(http.StatusMovedPermanently)
		}, s3.Denied},
		"page": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "<html>not found</html>")
		}, s3.Transient},
		"endless error": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			for range 64 {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}, s3.Denied},
		"other part": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 0-9/10")
			w.Header().Set("ETag", `"tag"`)
			w.WriteHeader(http.StatusPartialContent)
			_, _ = io.WriteString(w, "0123456789")
		}, s3.Transient},
		"whole for a part": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"tag"`)
			_, _ = io.WriteString(w, "0123456789")
		}, s3.Transient},
		"other object": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"other"`)
			_, _ = io.WriteString(w, "0123456789")
		}, s3.Changed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(c.answer))
			t.Cleanup(server.Close)
			s := newStore(t, Options{S3Endpoint: server.URL}, StoreOptions{})
			_, err := s.Get(t.Context(), s3.Request{Bucket: "logs", Key: "k", Offset: 5, IfMatch: "tag"})
			wantClass(t, err, c.class)
			if err != nil && len(err.Error()) > 4096 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	}
}
