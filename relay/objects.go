package relay

// Endpoint is one side of a connection or a call.
type Endpoint struct {
	IP            string   // a valid address
	HopIP         string   // a valid address: what the source gives beside IP as the address at the observer; it may be the same
	Intermediates []string // valid addresses between this side and the observer: of this hop where IP is the one of the packet, proxies
	Port          Number   // 0 to 65535
	Hostname      string   // a name that stands for this one machine
	Domain        string   // a name that stands for a service or a network: "cloudformation.amazonaws.com"
	UID           string   // the source's id of the endpoint: VPC endpoint, distribution
	MAC           string
	Country       string // ISO 3166-1 alpha-2
	Interface     string // id of the network interface, or its name
	Named         bool   // Interface is a name: "eth0", "inside"
	VPC           string
	Subnet        string
	Instance      string
	Zone          string
	Service       string // "AMAZON", "S3": the service behind the address
	NATIP         string // the address that it was translated to or from
	NATPort       Number
	Scope         Scope  // by the networks of the configuration, where it names them
	PortName      string // IANA's name of Port, where the configuration asks for it
}

// Scope says whether an address is inside of the configured networks. It has the numbers of OCSF's network_scope_id.
type Scope uint8

// Scopes.
const (
	ScopeUnset Scope = iota
	ScopeInternal
	ScopeExternal
)

// Connection is how two endpoints talk.
type Connection struct {
	Protocol     Number // IANA number
	ProtocolName string // where the source names it and the number is not known: lower case
	IPVersion    string // "IPv4", "IPv6", or the source's own word
	VersionSaid  bool   // the source states IPVersion; else it is that of the addresses
	TCPFlags     Number
	Direction    string // "ingress", "egress", "lateral", "local", or the source's own word
	Path         Number // AWS traffic-path
	SessionID    string // the source's id of the connection
	Application  string // application protocol: "ssl", "dns", "http"
}

// Traffic is what went over a connection. In is towards the source of the connection, Out away from it.
type Traffic struct {
	Bytes, BytesIn, BytesOut       Number
	Packets, PacketsIn, PacketsOut Number
}

// Verdict is what a control decided about a connection, a request or a query. Present is false where no control had a say.
type Verdict struct {
	Present     bool
	Action      Action
	Disposition Disposition
	Word        string // the source's own word for it
	Alert       bool   // the source says that this is an alert
	Rule        Rule
}

// Rule is the rule that decided.
type Rule struct{ UID, Name, Type, Category, Policy string }

// User is an account.
type User struct {
	Type      string // the source's word: "IAMUser", "AssumedRole"
	TypeID    uint8  // OCSF user.type_id: 0 unknown, 1 user, 2 admin, 3 system, 4 service, 99 other
	Name      string
	UID       string // ARN, SID, uid
	UIDAlt    string // principal id
	Account   string // cloud account that it belongs to
	Domain    string
	Email     string
	AccessKey string // id of the programmatic credential in use
	Groups    []string
}

// Session is the login under which something was done.
type Session struct {
	UID        string
	UIDAlt     string
	Created    int64
	Expires    int64
	MFA        Truth
	Issuer     string // ARN, or name, of what issued it
	Role       Role   // what else is known of the issuer
	Credential string // id of the credential that it uses
	Terminal   string
}

// Role is the identity that issued a session: the role behind an assumed role, the user behind a federated one.
type Role struct {
	Type    string // the source's word: "Role"
	Name    string
	UID     string // principal id
	Account string
}

// Actor is who did it.
type Actor struct {
	User             User
	Session          Session
	IDP              string // name of the identity provider
	App              string // program or service through which it was done
	Process          string // name of the program that did it on a host
	PID              Number
	ProcessCmd       string
	ImpersonatedUser string
}

// API is a call to an interface.
type API struct {
	Operation    string
	Service      string
	Version      string
	Group        string
	RequestUID   string
	Request      string // JSON value of the parameters; "" when absent
	Response     string // JSON value of the answer; "" when absent
	Code         Number // of the answer: HTTP status
	Error        string // code of the error
	ErrorMessage string
	Message      string // of the answer
}

// HTTP is a request and what its answer says.
type HTTP struct {
	UID           string
	Method        string // as sent
	Version       string // "HTTP/1.1"
	Scheme        string
	Host          string // of the URL
	Port          Number
	Path          string
	Query         string // without "?"
	URL           string // whole, as the source gives it
	UserAgent     string
	Referrer      string
	XForwardedFor []string // valid addresses
	Headers       []Header // in the order of the wire
	Length        Number   // bytes of the request
	Status        Number   // of the answer
	AnswerLength  Number   // bytes of the answer
	AnswerBody    Number   // bytes of its body alone
	ContentType   string   // of the answer
	Latency       Number   // milliseconds until the answer
}

// Header is a field of an HTTP header.
type Header struct{ Name, Value string }

// TLS is what is known of the handshake.
type TLS struct {
	Version     string
	Cipher      string
	SNI         string
	JA3         string // MD5 in hex
	JA3S        string
	JA4         string
	Certificate string // ARN or serial number
	Subject     string // of the server's certificate
	Issuer      string

	ClientSubject string // of the client's certificate
}

// Resource is something that was acted upon.
type Resource struct {
	UID       string // ARN
	Name      string
	Type      string
	Namespace string
	Version   string
	Account   string // of its owner
	Region    string
	Data      string // JSON value: what else the source says of it
}

// Answer is one record of a DNS answer.
type Answer struct {
	Data, Type, Class string
	TTL               Number
}
