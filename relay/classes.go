package relay

// NetworkFlow is traffic between two endpoints as a device or a cloud counted or judged it. With Quiet it is the statement that
// there was no traffic, or that the source lost its records; Message then says so.
// Addresses are valid IP addresses and ports are 0 to 65535: what a source sends in their place goes to Event.Rest or makes the record unparsable.
type NetworkFlow struct {
	Common
	Connection
	Traffic
	Activity   FlowActivity // FlowUnset: traffic, or refused where Verdict says so
	Quiet      bool
	Start, End int64
	Src, Dst   Endpoint
	Verdict    Verdict
	User       User // who caused it, where a firewall knows
	TLS        TLS
}

// FlowActivity is what happened to a connection. It has the numbers of OCSF's activity_id of Network Activity.
type FlowActivity uint8

// Activities of a flow.
const (
	FlowUnset FlowActivity = iota
	FlowOpen
	FlowClose
	FlowReset
	FlowFail
	FlowRefuse
	FlowTraffic
)

func (*NetworkFlow) class() {}

// APICall is a call to an interface: of a cloud, of Kubernetes, of a store.
type APICall struct {
	Common
	Activity APIActivity
	API      API
	Actor    Actor
	Src, Dst Endpoint // Src is required by schemas: without one they fall back to API.Service
	HTTP     HTTP
	TLS      TLS

	Resources []Resource
	Verdict   Verdict // of an admission control or a network control
	Start     int64   // when the request came in, where the event's time is another
	Change    AccountChange
}

// APIActivity is what a call does. It has the numbers of OCSF's activity_id of API Activity; APIOther is API.Operation in its own word.
type APIActivity uint8

// Activities of a call.
const (
	APIUnset  APIActivity = 0
	APICreate APIActivity = 1
	APIRead   APIActivity = 2
	APIUpdate APIActivity = 3
	APIDelete APIActivity = 4
	APIOther  APIActivity = 99
)

func (*APICall) class() {}

// AccountChange says that a call changed a user's account, and how. The zero AccountChange: it did not.
type AccountChange struct {
	Activity   uint8 // OCSF's activity_id of Account Change: 1 create … 12 unlock, 99 other; 0: no account was changed
	User       User
	PolicyUID  string
	PolicyName string
}

// DNSQuery is a question to a resolver and what it answered.
type DNSQuery struct {
	Common
	Connection
	Activity          DNSActivity // DNSUnset: question and answer in one
	Name, Type, Class string      // Name as delivered, with its last dot
	Rcode             string      // "NOERROR", "NXDOMAIN": the source's word in upper case
	Answers           []Answer
	Src, Dst          Endpoint
	Verdict           Verdict
}

// DNSActivity has the numbers of OCSF's activity_id of DNS Activity.
type DNSActivity uint8

// Activities of a query.
const (
	DNSUnset DNSActivity = iota
	DNSQuestion
	DNSResponse
)

func (*DNSQuery) class() {}

// HTTPRequest is a request that a server, a proxy, a balancer or a firewall saw.
type HTTPRequest struct {
	Common
	Connection
	Traffic
	HTTP       HTTP
	Src, Dst   Endpoint
	Verdict    Verdict
	TLS        TLS
	User       User
	Start, End int64
	Balancer   string   // name or ARN of the load balancer, distribution, ...
	Upstream   Endpoint // the server that a proxy or balancer asked, where Dst is the proxy itself
}

func (*HTTPRequest) class() {}

// Authentication is a login, a logout, or another step of proving who one is.
type Authentication struct {
	Common
	Activity     AuthActivity
	ActivityName string // the source's word where Activity is AuthOther
	User         User   // whose login it is
	Actor        Actor  // who asked for it
	Session      Session
	Service      string // that was logged in to
	Protocol     string // OCSF's caption: "SAML", "OpenID", "Kerberos", "NTLM", "RADIUS", "Basic Authentication", "Other / Unknown"
	ProtocolID   uint8  // OCSF auth_protocol_id; 0 when absent
	LogonTypeID  uint8  // OCSF logon_type_id; 0 when absent: 2 interactive, 3 network, 10 remote interactive
	MFA          Truth
	Remote       Truth
	Src, Dst     Endpoint
	API          API
	HTTP         HTTP
	TLS          TLS
	Process      string // the program that did the login
}

// AuthActivity has the numbers of OCSF's activity_id of Authentication.
type AuthActivity uint8

// Activities of an authentication.
const (
	AuthUnset         AuthActivity = 0
	AuthLogon         AuthActivity = 1
	AuthLogoff        AuthActivity = 2
	AuthTicket        AuthActivity = 3
	AuthServiceTicket AuthActivity = 4
	AuthTicketRenewal AuthActivity = 5
	AuthPreauth       AuthActivity = 6
	AuthAccountSwitch AuthActivity = 7
	AuthOther         AuthActivity = 99
)

func (*Authentication) class() {}

// Finding is what a detector reports.
type Finding struct {
	Common
	Activity  FindingActivity
	UID       string
	Title     string
	Desc      string
	Types     []string
	Created   int64
	Modified  int64
	FirstSeen int64
	LastSeen  int64
	Count     Number
	URL       string // of the finding
	Detector  string // rule or detector that reports
	Score     string // the source's own severity, as a number or word
	Confidence,
	Risk Number // 0 to 100
	Tactics     []string // ATT&CK tactics by name
	Remediation string
	Resources   []Resource
	Src, Dst    Endpoint // of the traffic that it is about
	Connection  Connection
	HTTP        HTTP // of that traffic
	TLS         TLS
	Actor       Actor
	API         API
	DNSName     string // queried name that it is about
	Verdict     Verdict
	Start, End  int64
}

// FindingActivity has the numbers of OCSF's activity_id of Detection Finding.
type FindingActivity uint8

// Activities of a finding.
const (
	FindingUnset FindingActivity = iota
	FindingCreate
	FindingUpdate
	FindingClose
)

func (*Finding) class() {}

// Message is a line of text with the header that syslog gives it. Host, App and TimeText of Common are those of the header.
type Message struct {
	Common
	Format string // "rfc5424", "rfc3164", or "" for a line without a header
	PRI    Number // facility*8 + severity
	ProcID string
	MsgID  string
	Params []Param // structured data, in order
	Text   string
}

// Param is one parameter of RFC 5424 structured data. An element without parameters has an empty Name.
type Param struct{ Element, Name, Value string }

func (*Message) class() {}

// Other is an event of no known class. JSON is the whole record when that is a JSON value, Text otherwise. Message of Common is the
// sentence for people inside JSON, if it has one.
type Other struct {
	Common
	JSON string // one valid JSON value; it may hold line ends between tokens and bytes that are not UTF-8 inside strings
	Text string
}

func (*Other) class() {}
