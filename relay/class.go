package relay

// Class is one of the typed event classes: NetworkFlow, APICall, DNSQuery, HTTPRequest, Authentication, Finding, Message, Other. A kind fills
// one; a schema knows them all. Empty strings, unset numbers and zero times are absent values; times are nanoseconds since 1970 UTC.
// Values are what the source means, parsed and checked; what does not fit goes to Event.Rest under the source's name.
type Class interface {
	class()
	// Head returns what all classes have in common. It is never nil.
	Head() *Common
}

// Common is what every class has: who wrote the record and what it says of itself.
type Common struct {
	Product Product
	Cloud   Cloud

	Message      string   // a sentence for people, where the record has one
	Severity     Severity // SeverityUnset counts as SeverityInformational
	Status       Status
	StatusCode   string // the source's own code of the outcome: log-status of a flow, errorCode of CloudTrail, an HTTP status
	StatusDetail string // its words: reject-reason, errorMessage

	EventID   string // the source's own id of the event
	EventCode string // the source's own name or number of this sort of event
	TimeText  string // the event's time as it stands in the record, where that is text
	Level     string // level of the log as its source names it: "Metadata", "info"
	Labels    []string

	Host string // the host that the record says it is about or comes from: a claim, other than Origin.Peer
	App  string // program that wrote the record: APP-NAME of syslog, container name
}

// Head returns c.
func (c *Common) Head() *Common { return c }

// Product is what wrote the record.
type Product struct {
	Vendor     string // "AWS", "Palo Alto Networks"; "" when the record does not tell
	Name       string // "Amazon VPC", "CloudTrail", "PAN-OS"
	Feature    string // "Flow Logs", "Management"
	FeatureUID string // ARN of the web ACL, ...
	Version    string // of the source's format or of the product
}

// Cloud is where in a cloud it happened.
type Cloud struct {
	Provider string // "AWS"; "" outside of any cloud: the rest is absent then
	Account  string // of the owner of the log
	Region   string
	Zone     string
	Org      string
}

// Severity has the numbers of OCSF's severity_id.
type Severity uint8

// Severities.
const (
	SeverityUnset Severity = iota
	SeverityInformational
	SeverityLow
	SeverityMedium
	SeverityHigh
	SeverityCritical
	SeverityFatal
)

// Status is how what the event tells of ended. It has the numbers of OCSF's status_id.
type Status uint8

// Outcomes.
const (
	StatusUnset Status = iota
	StatusSuccess
	StatusFailure
)

// Action is what a control did. It has the numbers of OCSF's action_id.
type Action uint8

// Actions.
const (
	ActionUnknown  Action = 0
	ActionAllowed  Action = 1
	ActionDenied   Action = 2
	ActionObserved Action = 3
	ActionModified Action = 4
	ActionOther    Action = 99
)

// Disposition is what became of what the control looked at. It has the numbers of OCSF's disposition_id.
type Disposition uint8

// Dispositions: those of OCSF that sources of ours name.
const (
	DispositionUnknown     Disposition = 0
	DispositionAllowed     Disposition = 1
	DispositionBlocked     Disposition = 2
	DispositionQuarantined Disposition = 3
	DispositionIsolated    Disposition = 4
	DispositionDeleted     Disposition = 5
	DispositionDropped     Disposition = 6
	DispositionApproved    Disposition = 8
	DispositionExonerated  Disposition = 10
	DispositionDetected    Disposition = 15
	DispositionNoAction    Disposition = 16
	DispositionLogged      Disposition = 17
	DispositionAlert       Disposition = 19
	DispositionCount       Disposition = 20
	DispositionReset       Disposition = 21
	DispositionCaptcha     Disposition = 22
	DispositionChallenge   Disposition = 23
	DispositionRejected    Disposition = 25
	DispositionOther       Disposition = 99
)

// Truth is a yes or no that may be absent.
type Truth uint8

// Truths.
const (
	TruthUnset Truth = iota
	TruthNo
	TruthYes
)

// TruthOf returns TruthYes or TruthNo.
func TruthOf(b bool) Truth {
	if b {
		return TruthYes
	}
	return TruthNo
}

// Number is an integer that may be absent.
type Number struct {
	Value int64
	Set   bool
}

// NumberOf returns n as a Number that is there.
func NumberOf(n int64) Number { return Number{Value: n, Set: true} }
