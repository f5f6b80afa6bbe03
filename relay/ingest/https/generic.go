package https

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"logrelay/relay"
	"logrelay/relay/ingest"
)

// serveGeneric takes text lines or JSON and answers {"records":N}.
func (rq *request) serveGeneric() error {
	format, err := formatOf(rq.r.Header.Get("Content-Type"), rq.kind)
	if err != nil {
		return err
	}
	release, err := rq.receive()
	if err != nil {
		return err
	}
	defer release()
	n, err := rq.store(rq.r.Context(), rq.split(rq.body.data, format), nil)
	if err != nil {
		return err
	}
	rq.reply(http.StatusOK, append(strconv.AppendInt([]byte(`{"records":`), int64(n), 10), '}'))
	return nil
}

// split cuts a body of the request.
func (rq *request) split(data []byte, format ingest.Format) *ingest.Splitter {
	return ingest.NewSplitter(data, ingest.SplitOptions{
		Format:    format,
		MaxRecord: rq.s.limits.Record,
		Columns:   rq.kind == relay.KindAuto || rq.kind == relay.KindVPCFlow,
		Fields:    rq.kind == relay.KindCloudFront,
	})
}

// formatOf says how a content type is cut. Clients often send none, or the one of forms: then the kind decides, else the first bytes.
func formatOf(contentType string, kind relay.Kind) (ingest.Format, error) {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil && contentType != "" {
		media, _, _ = strings.Cut(contentType, ";")
	}
	switch media {
	case "application/json", "text/json":
		return ingest.FormatJSON, nil
	case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/jsonlines", "application/stream+json":
		return ingest.FormatNDJSON, nil
	case "application/msgpack", "application/x-msgpack", "application/x-protobuf", "application/protobuf", "application/grpc":
		return 0, errType
	}
	switch {
	case strings.HasSuffix(media, "+json"):
		return ingest.FormatJSON, nil
	case strings.HasPrefix(media, "multipart/"):
		return 0, errType
	case strings.HasPrefix(media, "text/"), kind == relay.KindText:
		return ingest.FormatText, nil
	case kind == relay.KindJSON:
		return ingest.FormatJSON, nil
	}
	return ingest.FormatAuto, nil
}

// serveHealth says that the server answers. It knows nothing of disks and far ends.
func (rq *request) serveHealth() error {
	rq.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	rq.send(http.StatusOK, []byte("ok\n"))
	return nil
}

// reply sends a JSON answer.
func (rq *request) reply(status int, body []byte) {
	rq.w.Header().Set("Content-Type", "application/json")
	rq.send(status, body)
}

func (rq *request) send(status int, body []byte) {
	// An error means a transport without deadlines, as in tests: nothing to do.
	_ = http.NewResponseController(rq.w).SetWriteDeadline(time.Now().Add(writeTime))
	rq.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	rq.w.WriteHeader(status)
	_, _ = rq.w.Write(body) // a sender that is gone comes again
	rq.s.metrics.Request(strconv.Itoa(status))
}
