package https

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"logrelay/relay"
)

// firehoseTime is how long Firehose waits for an answer, less some slack (Firehose developer guide, "HTTP endpoint delivery request and
// response specifications": 3 minutes).
const firehoseTime = 170 * time.Second

// Bounds on what names a Firehose request, in bytes. The documentation's are smaller.
const (
	maxRequestID  = 512
	maxSourceARN  = 2048
	maxAttributes = 50
)

// serveFirehose takes one delivery of Amazon Data Firehose. Each is stored once: a retry of one that is done is answered and not stored, one of a part goes on
// where that ended, and one that comes while the first is under way waits for it.
func (rq *request) serveFirehose() error {
	id, arn := rq.requestID(), rq.r.Header.Get("X-Amz-Firehose-Source-Arn")
	if id == "" || len(id) > maxRequestID || len(arn) > maxSourceARN {
		return badFirehose("X-Amz-Firehose-Request-Id is missing, or the request is named at too great a length")
	}
	if err := rq.commonAttributes(arn); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(rq.r.Context(), firehoseTime)
	defer cancel()
	d := &delivery{id: deliveryID(rq.tenant, arn, id), name: "firehose:" + arn + "/" + id}
	leave, err := rq.s.opt.Flights.Enter(ctx, d.id)
	if err != nil {
		return errBusy
	}
	defer leave()
	cut := cutting{record: rq.s.limits.Record, columns: rq.kind == relay.KindAuto || rq.kind == relay.KindVPCFlow}
	done, err := rq.resume(d, &cut)
	if err != nil {
		return err
	}
	if done {
		return rq.skipBody()
	}
	release, err := rq.receive()
	if err != nil {
		return err
	}
	defer release()
	records, err := newFirehoseRecords(rq, cut)
	if err != nil {
		return err
	}
	defer records.close()
	if _, err := rq.store(ctx, records, d); err != nil {
		return err
	}
	rq.replyFirehose(http.StatusOK, "")
	return nil
}

func (rq *request) requestID() string { return rq.r.Header.Get("X-Amz-Firehose-Request-Id") }

func badFirehose(text string) *refusal { return &refusal{status: 400, reason: "firehose", text: text} }

// deliveryID names a delivery. The tenant is in it, so that one cannot make the deliveries of another look done.
func deliveryID(tenant, arn, id string) (out relay.ID) {
	h := sha256.New()
	io.WriteString(h, arn)
	h.Write([]byte{0})
	io.WriteString(h, id)
	if tenant != "" {
		h.Write([]byte{0})
		io.WriteString(h, tenant)
	}
	copy(out[:], h.Sum(nil))
	return out
}

// resume asks the ledger how far the delivery has come.
func (rq *request) resume(d *delivery, c *cutting) (done bool, err error) {
	d.splitter = c.String()
	if rq.s.opt.Ledger == nil {
		return false, nil
	}
	m, seen, err := rq.s.opt.Ledger.Lookup(d.id)
	switch {
	case err != nil:
		return false, &putError{fmt.Errorf("looking a Firehose delivery up: %w", err)}
	case !seen:
		return false, nil
	case m.Done:
		return true, nil
	}
	if err := c.parse(m.Splitter); err != nil { // begun by another version: ids must not be used again for other records
		d.name += " " + d.splitter
		d.id = deliveryID(rq.tenant, d.name, "")
		return false, nil
	}
	d.next, d.splitter = m.Next, m.Splitter
	return false, nil
}

// cutting is what decides how many records a delivery has.
type cutting struct {
	record  int
	columns bool
}

func (c cutting) String() string {
	return fmt.Sprintf("firehose/1 record=%d columns=%t", c.record, c.columns)
}

func (c *cutting) parse(s string) error {
	var stored cutting
	if _, err := fmt.Sscanf(s, "firehose/1 record=%d columns=%t", &stored.record, &stored.columns); err != nil || stored.record <= 0 || stored.record > relay.MaxRecord {
		return fmt.Errorf("splitter %q is not known", s)
	}
	*c = stored
	return nil
}

// skipBody answers a delivery that is in custody. The body is read, or the sender might not see the answer.
func (rq *request) skipBody() error {
	in := &slowReader{rc: http.NewResponseController(rq.w), r: rq.r.Body, s: rq.s, start: time.Now()}
	defer in.done()
	if _, err := io.Copy(io.Discard, in); err != nil {
		return err
	}
	rq.received = true
	rq.replyFirehose(http.StatusOK, "")
	return nil
}

// commonAttributes makes attributes of the delivery stream's name and of what its owner configured there. Their names get a prefix,
// so that none stands for something of ours.
func (rq *request) commonAttributes(arn string) error {
	if arn != "" {
		rq.attrs = append(rq.attrs, relay.Attr{Key: relay.AttrDeliveryARN, Value: arn})
	}
	header := rq.r.Header.Get("X-Amz-Firehose-Common-Attributes")
	if header == "" {
		return nil
	}
	var h struct {
		Common json.RawMessage `json:"commonAttributes"`
	}
	var common map[string]string
	if json.Unmarshal([]byte(header), &h) != nil || len(h.Common) > 0 && json.Unmarshal(h.Common, &common) != nil || len(common) > maxAttributes {
		return badFirehose("X-Amz-Firehose-Common-Attributes is not what it should be")
	}
	for _, k := range slices.Sorted(maps.Keys(common)) {
		rq.attrs = append(rq.attrs, relay.Attr{Key: "firehose." + k, Value: common[k]})
	}
	return nil
}

// refuseFirehose never answers 413, which would make Firehose drop the delivery for good.
func (rq *request) refuseFirehose(r *refusal) {
	status := r.status
	if status == http.StatusRequestEntityTooLarge {
		status = http.StatusBadRequest
	}
	rq.replyFirehose(status, r.text)
}

func (rq *request) replyFirehose(status int, message string) {
	rq.reply(status, mustJSON(struct {
		RequestID string `json:"requestId"`
		Timestamp int64  `json:"timestamp"`
		Message   string `json:"errorMessage,omitempty"`
	}{rq.requestID(), time.Now().UnixMilli(), message}))
}
