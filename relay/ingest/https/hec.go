package https

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"logrelay/relay"
	"logrelay/relay/ingest"
)

// Codes of the HTTP Event Collector (Splunk, "Troubleshoot HTTP Event Collector", "Possible error codes").
const (
	hecSuccess        = 0
	hecTokenDisabled  = 1
	hecTokenRequired  = 2
	hecInvalidAuth    = 3
	hecInvalidToken   = 4
	hecNoData         = 5
	hecInvalidFormat  = 6
	hecInternal       = 8
	hecBusy           = 9
	hecBadChannel     = 11
	hecEventRequired  = 12
	hecEventBlank     = 13
	hecAckDisabled    = 14
	hecBadFields      = 15
	hecQueryToken     = 16
	hecHealthy        = 17
	hecUnhealthyQueue = 18
	hecShuttingDown   = 23
	hecTooLarge       = 26
)

var hecTexts = map[int]string{
	hecSuccess:        "Success",
	hecTokenDisabled:  "Token disabled",
	hecTokenRequired:  "Token is required",
	hecInvalidAuth:    "Invalid authorization",
	hecInvalidToken:   "Invalid token",
	hecNoData:         "No data",
	hecInvalidFormat:  "Invalid data format",
	hecInternal:       "Internal server error",
	hecBusy:           "Server is busy",
	hecBadChannel:     "Invalid data channel",
	hecEventRequired:  "Event field is required",
	hecEventBlank:     "Event field cannot be blank",
	hecAckDisabled:    "ACK is disabled",
	hecBadFields:      "Error in handling indexed fields",
	hecQueryToken:     "Query string authorization is not enabled",
	hecHealthy:        "HEC is healthy",
	hecUnhealthyQueue: "HEC is unhealthy, queues are full",
	hecShuttingDown:   "Server is shutting down",
	hecTooLarge:       "Content is too large",
}

var (
	errNoData  = &refusal{status: 400, reason: "no_data", text: "the body is empty", hec: hecNoData}
	errChannel = &refusal{status: 400, reason: "channel", text: "the channel is no GUID", hec: hecBadChannel}
	errAck     = &refusal{status: 400, reason: "ack", text: "a 200 means custody already; there is nothing to ask for", hec: hecAckDisabled}
)

// serveHECEvent takes event envelopes. Those before a bad one are stored, and the answer says which one it is.
func (rq *request) serveHECEvent() error {
	release, err := rq.receive()
	if err != nil {
		return err
	}
	defer release()
	var fixed HECFields
	if t := rq.grant.token; t != nil {
		fixed = t.HEC
	}
	rq.fix(fixed)
	events := &hecEvents{body: rq.body.data, limit: rq.s.limits.Record, fixed: fixed}
	if err := events.tooLong(); err != nil {
		return err
	}
	if _, err := rq.store(rq.r.Context(), events, nil); err != nil {
		return err
	}
	switch {
	case events.bad != nil:
		return events.bad
	case events.count == 0:
		return errNoData
	}
	rq.replyHEC(http.StatusOK, hecSuccess, nil)
	return nil
}

// serveHECRaw takes lines; the query string says what they are, within what the token leaves open. A channel is not needed, because acknowledgement
// is never on, but when there is one it has to be a GUID.
func (rq *request) serveHECRaw() error {
	query := rq.r.URL.Query()
	channel := rq.r.Header.Get("X-Splunk-Request-Channel")
	if channel == "" {
		channel = query.Get("channel")
	}
	if channel != "" && !isGUID(channel) {
		return errChannel
	}
	release, err := rq.receive()
	if err != nil {
		return err
	}
	defer release()
	if len(rq.body.data) == 0 {
		return errNoData
	}
	var fixed HECFields
	if t := rq.grant.token; t != nil {
		fixed = t.HEC
	}
	rq.describe(query, fixed)
	if _, err := rq.store(rq.r.Context(), rq.split(rq.body.data, ingest.FormatText), nil); err != nil {
		return err
	}
	rq.replyHEC(http.StatusOK, hecSuccess, nil)
	return nil
}

// fix makes attributes of what the token says.
func (rq *request) fix(f HECFields) {
	for _, a := range [...]relay.Attr{{Key: relay.AttrHost, Value: f.Host}, {Key: relay.AttrSource, Value: f.Source}, {Key: relay.AttrSourcetype, Value: f.Sourcetype}, {Key: relay.AttrIndex, Value: f.Index}} {
		if a.Value != "" {
			rq.attrs = append(rq.attrs, a)
		}
	}
}

// describe makes attributes of the query of a raw request, and of what the token says, which wins.
func (rq *request) describe(query url.Values, fixed HECFields) {
	fields := HECFields{
		Host:       cmp.Or(fixed.Host, query.Get("host")),
		Source:     cmp.Or(fixed.Source, query.Get("source")),
		Sourcetype: cmp.Or(fixed.Sourcetype, query.Get("sourcetype")),
		Index:      cmp.Or(fixed.Index, query.Get("index")),
	}
	rq.fix(fields)
	if at, ok := parseTime([]byte(query.Get("time"))); ok {
		rq.attrs = append(rq.attrs, relay.Attr{Key: relay.AttrTime, Value: strconv.FormatInt(at, 10)})
	}
}

// unhealthyFor is how long health says "full" after the buffer last was, while nothing else is tried.
const unhealthyFor = 30 * time.Second

func (rq *request) serveHECHealth() error {
	if at := rq.s.fullAt.Load(); at != 0 && time.Since(time.Unix(0, at)) < unhealthyFor {
		rq.replyHEC(http.StatusServiceUnavailable, hecUnhealthyQueue, nil)
		return nil
	}
	rq.replyHEC(http.StatusOK, hecHealthy, nil)
	return nil
}

// refuseHEC answers with HEC's codes. The code decides between 401 and 403.
func (rq *request) refuseHEC(r *refusal) {
	status, code := r.status, r.hec
	switch {
	case code == hecTokenDisabled || code == hecInvalidToken:
		status = http.StatusForbidden
	case code != 0:
	case status == http.StatusServiceUnavailable:
		code = hecBusy
	case status == http.StatusRequestEntityTooLarge:
		code = hecTooLarge
	default:
		code = hecInvalidFormat
	}
	var event *int
	if r.hasEvent {
		event = &r.event
	}
	rq.replyHEC(status, code, event)
}

func (rq *request) replyHEC(status, code int, event *int) {
	rq.reply(status, mustJSON(struct {
		Text  string `json:"text"`
		Code  int    `json:"code"`
		Event *int   `json:"invalid-event-number,omitempty"`
	}{hecTexts[code], code, event}))
}

func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'f':
		default:
			return false
		}
	}
	return true
}
