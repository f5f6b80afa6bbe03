package relay

import (
	"strconv"
	"time"
)

// ID is the 128-bit part of a record's identity: the random id of the segment that holds it, or, for a delivery
// that can be repeated, a hash of what names the delivery. See Record.ID.
type ID [16]byte

// IsZero reports whether the id is unset.
func (id ID) IsZero() bool { return id == ID{} }

// Attr is one name and value that came beside a record, or that the parser needs: an HEC source, a log group.
type Attr struct{ Key, Value string }

// Names of attributes. Sources set them, kinds and schemas read them.
const (
	AttrTime        = "time"       // event time stated by the envelope: decimal nanoseconds since 1970 UTC
	AttrHost        = "host"       // HEC host
	AttrSource      = "source"     // HEC source
	AttrSourcetype  = "sourcetype" // HEC sourcetype
	AttrIndex       = "index"      // HEC index
	AttrFields      = "fields"     // HEC fields: a JSON object
	AttrID          = "id"         // the source's own id of the event
	AttrPart        = "part"       // "G:N" part N (from 1) of the over-long line G of this delivery; see FlagMore
	AttrLogGroup    = "log_group"  // CloudWatch Logs
	AttrLogStream   = "log_stream" // CloudWatch Logs
	AttrOwner       = "owner"      // CloudWatch Logs: account id
	AttrDeliveryARN = "source_arn" // Firehose: the delivery stream
	AttrZone        = "zone"       // IANA zone of times that state none (RFC 3164)
	AttrProducts    = "products"   // vendors and products that CEF and LEEF of this input may name: "vendor/product" a line, "*" for any product
)

// Origin is what the records of one connection, request or object have in common. It is immutable once a record
// refers to it, so it may be shared by goroutines and kept for as long as one likes.
type Origin struct {
	Input    string // name of the input in the configuration
	Kind     Kind   // KindAuto where only the content can tell
	Tenant   string // from the token, else the input; never from content
	Source   string // source label of the token or input
	Peer     string // address of the sender ("192.0.2.7:41532"), or s3://bucket/key
	Identity string // who the transport says it is: token name, certificate subject
	Columns  string // VPC flow logs, CloudFront: field names separated by blanks, when the header or the configuration gave them
	Attrs    []Attr // what else the parser needs; compared by content when blocks are built

	// Delivery names what may be delivered again with the same content (S3 object version, Firehose request);
	// empty for all else. DeliveryID is its hash and stands in for the segment id in the ids of its records.
	Delivery   string
	DeliveryID ID
}

// Flag marks how a record was cut.
type Flag uint16

const (
	// FlagMore: the line was longer than the record limit; the rest follows as the next record of this origin.
	FlagMore Flag = 1 << iota
	// FlagContinued: the record continues the one before it of this origin.
	FlagContinued
	// FlagTruncated: the sender ended in the middle of the record (connection closed inside a frame, datagram cut).
	FlagTruncated
	// FlagResync: bytes that were no frame came before the record or are the record.
	FlagResync
)

// Record is one entry as it arrived, read back from custody. Raw and Meta live as long as the lease they came from.
type Record struct {
	Raw      []byte
	Meta     []byte  // encoded attributes of this record alone, see AppendMeta; nil as a rule
	Origin   *Origin // never nil
	Received int64   // when we took it: nanoseconds since 1970 UTC
	Number   uint64  // place in the log: the n-th record ever accepted, from 0
	Base     ID      // the segment's id, or Origin.DeliveryID
	Ordinal  uint64  // place inside Base
	Flags    Flag
}

// AppendID appends the record's id: 32 hex digits, "-", the ordinal in decimal. It is the same across redelivery and
// never used twice.
func (r *Record) AppendID(dst []byte) []byte {
	const digits = "0123456789abcdef"
	var id [2*len(r.Base) + 1]byte
	for i, c := range r.Base {
		id[2*i], id[2*i+1] = digits[c>>4], digits[c&15]
	}
	id[len(id)-1] = '-'
	return strconv.AppendUint(append(dst, id[:]...), r.Ordinal, 10)
}

// ID returns the record's id as text; see AppendID.
func (r *Record) ID() string { return string(r.AppendID(make([]byte, 0, 53))) }

// ReceivedTime returns Received as a time in UTC.
func (r *Record) ReceivedTime() time.Time { return time.Unix(0, r.Received).UTC() }

// Attr returns the value of an attribute of the record, else of its origin, else "". The result is a copy only when it
// comes from Meta.
func (r *Record) Attr(key string) string {
	for m := r.Meta; len(m) > 0; {
		var k, v []byte
		if k, v, m = nextMeta(m); string(k) == key {
			return string(v)
		}
	}
	for _, a := range r.Origin.Attrs {
		if a.Key == key {
			return a.Value
		}
	}
	return ""
}
