package relaytest

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// find returns the version asked for; nil when the answer was given.
func (x *s3Request) find() *version {
	x.data.Lock()
	defer x.data.Unlock()
	versions := x.bucket.objects[x.key]
	id := x.r.URL.Query().Get("versionId")
	if x.bucket.Deny != "" {
		message := x.bucket.Message
		if message == "" {
			message = denied(x.arn, "s3:GetObject", "arn:aws:s3:::"+x.name+"/"+x.key)
		}
		x.fail(http.StatusForbidden, x.bucket.Deny, message)
		return nil
	}
	if id != "" && id != "null" {
		i := slices.IndexFunc(versions, func(v *version) bool { return v.id == id })
		if i < 0 {
			x.fail(http.StatusNotFound, "NoSuchVersion", "The specified version does not exist.")
			return nil
		}
		if versions[i].marker {
			x.w.Header().Set("X-Amz-Delete-Marker", "true")
			x.fail(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
			return nil
		}
		return versions[i]
	}
	if len(versions) == 0 || versions[len(versions)-1].marker {
		if x.bucket.NoList {
			x.fail(http.StatusForbidden, "AccessDenied", "Access Denied")
			return nil
		}
		if len(versions) > 0 {
			x.w.Header().Set("X-Amz-Delete-Marker", "true")
		}
		x.fail(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		return nil
	}
	return versions[len(versions)-1]
}

func (x *s3Request) get() {
	v := x.find()
	if v == nil {
		return
	}
	etag := v.etag
	if x.fault.ETag != "" {
		etag = x.fault.ETag
	}
	h := x.w.Header()
	switch match := x.r.Header.Get("If-Match"); {
	case v.archived:
		x.fail(http.StatusForbidden, "InvalidObjectState", "The operation is not valid for the object's storage class")
		return
	case match != "" && strings.Trim(match, `"`) != etag:
		x.fail(http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
		return
	}
	from, to := int64(0), v.size
	status := http.StatusOK
	if spec := x.r.Header.Get("Range"); spec != "" {
		first, last, _ := strings.Cut(strings.TrimPrefix(spec, "bytes="), "-")
		from, _ = strconv.ParseInt(first, 10, 64)
		if n, err := strconv.ParseInt(last, 10, 64); err == nil {
			to = min(n+1, v.size)
		}
		if from >= v.size {
			h.Set("Content-Range", fmt.Sprintf("bytes */%d", v.size))
			x.fail(http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable")
			return
		}
		h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, v.size))
		status = http.StatusPartialContent
	}
	h.Set("ETag", `"`+etag+`"`)
	h.Set("Accept-Ranges", "bytes")
	h.Set("Last-Modified", v.modified.Format(http.TimeFormat))
	h.Set("Content-Length", strconv.FormatInt(to-from, 10))
	h.Set("Content-Type", "binary/octet-stream")
	if v.id != "" {
		h.Set("X-Amz-Version-Id", v.id)
	}
	if v.encoding != "" {
		h.Set("Content-Encoding", v.encoding)
	}
	x.w.WriteHeader(status)
	if x.r.Method != http.MethodHead {
		x.send(v.body, from, to)
	}
}

// send writes a body, as the fault wants it.
func (x *s3Request) send(body io.ReaderAt, from, to int64) {
	end := to
	if n := x.fault.CutAfter + x.fault.StallAfter; n > 0 {
		end = min(to, from+n)
	}
	for from < end {
		part := end - from
		if x.fault.Pause > 0 {
			part = min(part, 32<<10)
			timer := time.NewTimer(x.fault.Pause)
			select {
			case <-timer.C:
			case <-x.r.Context().Done():
			}
			timer.Stop()
		}
		n, err := io.Copy(x.w, io.NewSectionReader(body, from, part))
		if err != nil {
			return
		}
		from += n
	}
	if f, ok := x.w.(http.Flusher); ok {
		f.Flush()
	}
	if x.fault.StallAfter > 0 {
		x.wait(x.r)
	}
	if end < to {
		drop(x.w, false)
	}
}

// pageSize is how many keys a page of a listing has at most.
const pageSize = 1000

func (x *s3Request) list() {
	x.data.Lock()
	defer x.data.Unlock()
	q := x.r.URL.Query()
	if x.bucket.Deny != "" || x.bucket.NoList {
		x.fail(http.StatusForbidden, "AccessDenied", denied(x.arn, "s3:ListBucket", "arn:aws:s3:::"+x.name))
		return
	}
	start := q.Get("start-after")
	if token, err := base64.URLEncoding.DecodeString(q.Get("continuation-token")); err == nil && len(token) > 0 {
		start = string(token)
	}
	most := pageSize
	if n, err := strconv.Atoi(q.Get("max-keys")); err == nil {
		most = min(n, pageSize)
	}
	shown := escape
	if q.Get("encoding-type") == "url" {
		shown = func(s string) string { return escape(strings.ReplaceAll(url.QueryEscape(s), "%2F", "/")) }
	}
	var contents strings.Builder
	n, last, more := 0, "", false
	i, _ := slices.BinarySearch(x.bucket.keys, max(start, q.Get("prefix")))
	for _, key := range x.bucket.keys[i:] {
		versions := x.bucket.objects[key]
		v := versions[len(versions)-1]
		if key <= start || !strings.HasPrefix(key, q.Get("prefix")) || v.marker {
			continue
		}
		if n == most {
			more = true
			break
		}
		n, last = n+1, key
		fmt.Fprintf(&contents, "<Contents><Key>%s</Key><LastModified>%s</LastModified><ETag>&quot;%s&quot;</ETag><Size>%d</Size><StorageClass>STANDARD</StorageClass></Contents>",
			shown(key), v.modified.Format("2006-01-02T15:04:05.000Z"), v.etag, v.size)
	}
	x.w.Header().Set("Content-Type", "application/xml")
	fmt.Fprintf(x.w, `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>%s</Name><KeyCount>%d</KeyCount>`+
		`<MaxKeys>%d</MaxKeys><IsTruncated>%t</IsTruncated>`, escape(x.name), n, most, more)
	if q.Get("encoding-type") == "url" {
		fmt.Fprint(x.w, "<EncodingType>url</EncodingType>")
	}
	if more {
		fmt.Fprintf(x.w, "<NextContinuationToken>%s</NextContinuationToken>", base64.URLEncoding.EncodeToString([]byte(last)))
	}
	fmt.Fprint(x.w, contents.String(), "</ListBucketResult>")
}
