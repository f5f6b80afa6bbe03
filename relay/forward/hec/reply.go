package hec

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"logrelay/relay"
	"logrelay/relay/forward/web"
)

// reply is what a collector answers.
type reply struct {
	Text    string  `json:"text"`
	Code    int     `json:"code"` // -1: not an answer of HEC
	Invalid *int    `json:"invalid-event-number"`
	AckID   *uint64 `json:"ackId"`
}

const (
	codeNoData = 5
	codeIndex  = 7
)

// holdCodes are those that speak of settings: no event will pass until a person changes one.
var holdCodes = map[int]string{
	1:         "the token is disabled in Splunk: enable it or use another one",
	2:         "the far end saw no token: check token and whether a proxy removes the Authorization header",
	3:         "the far end does not understand the Authorization header: check the token",
	4:         "the far end does not know this token: check token",
	codeIndex: "the index does not exist, or the token may not write to it: check index here and the token's allowed indexes in Splunk",
	10:        "the far end wants a channel and did not see ours: check whether a proxy removes the X-Splunk-Request-Channel header",
	11:        "the far end does not accept our channel: check whether a proxy changes the X-Splunk-Request-Channel header",
	14:        "turn indexer acknowledgement on for this token in Splunk, or set ack: false",
	16:        "remove token= from the url: the token belongs into token",
}

// rejectCodes speak of events.
var rejectCodes = map[int]bool{codeNoData: true, 6: true, 12: true, 13: true, 15: true}

// read sorts the answer to a post of as many events as chosen has elements, which say whether the sender chose the event's index.
func read(a *web.Answer, name string, chosen []bool) (reply, error) {
	r := reply{Code: -1}
	if json.Unmarshal(a.Body, &r) != nil {
		r = reply{Code: -1}
	}
	if a.Status >= 200 && a.Status < 300 {
		switch r.Code {
		case 0:
			return r, nil
		case -1:
			return r, &relay.HoldError{
				Hint: "something else answers in place of the collector: check url and port",
				Err:  fmt.Errorf("%s answers %s, which is not an answer of HEC", name, a.Words()),
			}
		}
		return r, fmt.Errorf("%s answers %s", name, a.Words())
	}
	err := a.Err(name)
	known := r.Invalid != nil && *r.Invalid >= 0 && *r.Invalid < len(chosen)
	theirs := r.Code == codeIndex && (known && chosen[*r.Invalid] || !known && slices.Contains(chosen, true))
	if hint := holdCodes[r.Code]; hint != "" && !theirs {
		return r, &relay.HoldError{Hint: hint, Err: fmt.Errorf("%s answers %s", name, a.Words())}
	}
	if a.Status == 400 && known && (rejectCodes[r.Code] || theirs) {
		return r, refused(*r.Invalid, a, fmt.Errorf("%s answers %d, code %d", name, a.Status, r.Code))
	}
	return r, err
}

// refused: event i is at fault and those before it are indexed.
func refused(i int, a *web.Answer, err error) error {
	reject := &relay.RejectError{Events: []int{i}, Answer: a.Words(), Err: err}
	if i == 0 {
		return reject
	}
	before := make([]int, i)
	for k := range before {
		before[k] = k
	}
	return &relay.PartialError{Delivered: before, Err: reject}
}

// readAck reads {"acks":{"7":true}}.
func readAck(a *web.Answer, name string, id uint64) (bool, error) {
	var r struct {
		Acks map[string]bool `json:"acks"`
	}
	if err := json.Unmarshal(a.Body, &r); err != nil {
		return false, fmt.Errorf("reading the acknowledgement of %s: %w", name, err)
	}
	return r.Acks[strconv.FormatUint(id, 10)], nil
}
