package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"
)

// sign signs a request for S3 whose URL has no query, its body left out (Amazon S3 API reference, "Authenticating Requests: Using the
// Authorization Header").
func sign(r *http.Request, keyID, secret string, now time.Time) {
	const region, unsigned, signed = "us-east-1", "UNSIGNED-PAYLOAD", "host;x-amz-content-sha256;x-amz-date"
	stamp := now.UTC().Format("20060102T150405Z")
	day := stamp[:8]
	r.Header.Set("X-Amz-Date", stamp)
	r.Header.Set("X-Amz-Content-Sha256", unsigned)
	canonical := r.Method + "\n" + r.URL.EscapedPath() + "\n\nhost:" + r.URL.Host + "\nx-amz-content-sha256:" + unsigned + "\nx-amz-date:" + stamp + "\n\n" + signed + "\n" + unsigned
	scope := day + "/" + region + "/s3/aws4_request"
	sum := sha256.Sum256([]byte(canonical))
	key := []byte("AWS4" + secret)
	for _, part := range []string{day, region, "s3", "aws4_request", "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hex.EncodeToString(sum[:])} {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(part))
		key = h.Sum(nil)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+keyID+"/"+scope+", SignedHeaders="+signed+", Signature="+hex.EncodeToString(key))
}
