package relay

// Number is an integer that may be absent.
type Number struct {
	Value int64
	Set   bool
}

// NetworkFlow is traffic between two endpoints as a device or a cloud counted or judged it. With a Status of NODATA or SKIPDATA
// it is the statement that there was no traffic, or that the source lost its records; Message then says so.
// Empty strings and unset numbers are absent values. Addresses are valid IP addresses and ports are 0 to 65535: what a source
// sends in their place goes to Event.Rest or makes the record unparsable.
type NetworkFlow struct {
	Product, Vendor, Feature, Version string // what wrote the record: "Amazon VPC", "AWS", "Flow Logs", "5"

	// Message is a sentence for people, where the record needs one: what a row without a flow means.
	Message string

	Start, End int64 // nanoseconds since 1970 UTC; 0 when absent
	Src, Dst   Endpoint
	Protocol   Number // IANA number
	IPVersion  string // "IPv4", "IPv6", or the source's own word
	TCPFlags   Number
	Direction  string // "ingress", "egress" or ""
	Path       Number // AWS traffic-path
	Bytes      Number
	Packets    Number
	Action     string // the source's word: ACCEPT, REJECT
	Status     string // log-status: OK, NODATA, SKIPDATA
	Reason     string

	Account, Region, Zone string // where the cloud saw it
}

// Endpoint is one side of a flow.
type Endpoint struct {
	IP           string
	Intermediate string // the address at this hop, where it is not IP
	Port         Number
	Interface    string
	VPC          string
	Subnet       string
	Instance     string
	Zone         string
	Service      string
	Hostname     string
}

func (*NetworkFlow) class() {}

// Message is a line of text with the header that syslog gives it.
type Message struct {
	Format   string // "rfc5424", "rfc3164", or "" for a line without a header
	PRI      Number // facility*8 + severity
	Hostname string
	App      string
	ProcID   string
	MsgID    string
	Params   []Param // structured data, in order
	Text     string
	TimeText string // the timestamp as it stands in the record
}

// Param is one parameter of RFC 5424 structured data. An element without parameters has an empty Name.
type Param struct{ Element, Name, Value string }

func (*Message) class() {}

// Other is an event of no known class. JSON is the whole record when that is a JSON value, Text otherwise.
type Other struct {
	JSON    string // one valid JSON value; it may hold line ends between tokens and bytes that are not UTF-8 inside strings
	Message string // the sentence for people inside JSON, if it has one
	Text    string
}

func (*Other) class() {}
