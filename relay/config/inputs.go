package config

import "time"

// Input is one of *HTTPSInput, *SyslogInput and *S3Input.
type Input interface {
	// Common returns what inputs of all types have. It is part of the input, not a copy.
	Common() *InputCommon
}

// ListeningInput is an Input that senders connect to.
type ListeningInput interface {
	Input
	// Listening returns what those inputs have. It is part of the input, not a copy.
	Listening() *ListenCommon
}

// Words of the key "auth" of an input.
const (
	AuthRequired  = "required"  // senders need what the other keys name: token or user, client certificate, network
	AuthGenerated = "generated" // as required, and one token that the relay makes at its first start is good too
	AuthNone      = "none"      // everyone may send, or everyone in networks where there are any
)

// ClientCertOptional lets senders in that have a certificate of client_ca_file, and those whom another rule lets in.
const ClientCertOptional = "optional"

// InputCommon are the keys of all inputs.
type InputCommon struct {
	Type        string  `yaml:"type"`
	Kind        Kind    `yaml:"kind"`         // "" means by content
	Columns     string  `yaml:"columns"`      // VPC flow logs: field names in their order, "" means from the header line
	Tenant      string  `yaml:"tenant"`       // of records whose token names none
	Source      string  `yaml:"source"`       // source label, likewise
	BufferShare Percent `yaml:"buffer_share"` // of buffer.quota
}

// Common returns c.
func (c *InputCommon) Common() *InputCommon { return c }

// ListenCommon are the keys of inputs that senders connect to.
type ListenCommon struct {
	Listen         string        `yaml:"listen"`         // host:port; an empty host means all addresses
	Networks       []Network     `yaml:"networks"`       // who may connect; empty means everyone
	ProxyProtocol  []Network     `yaml:"proxy_protocol"` // load balancers that state the sender's address
	MaxConnections int           `yaml:"max_connections" min:"1" max:"1000000"`
	IdleTimeout    time.Duration `yaml:"idle_timeout" min:"1s"` // a connection on which nothing comes is closed
	ReadTimeout    time.Duration `yaml:"read_timeout" min:"1s"` // a request or frame that began has to be complete
	ClientCAFile   File          `yaml:"client_ca_file"`        // PEM; set: senders need a certificate of it
	ClientCert     string        `yaml:"client_cert" allowed:"required|optional"`
	Products       []string      `yaml:"products"`        // vendor/product that CEF and LEEF may name, "vendor/*" for all of one; empty means any
	ClientSubjects []string      `yaml:"client_subjects"` // common or alternative names that are let in, a leading dot for all that end so; empty means all of that CA
}

// Listening returns c.
func (c *ListenCommon) Listening() *ListenCommon { return c }

// HTTPSInput takes requests.
type HTTPSInput struct {
	InputCommon     `yaml:",inline"`
	ListenCommon    `yaml:",inline"`
	Auth            string  `yaml:"auth" allowed:"required|generated|none"`
	Tokens          []Token `yaml:"tokens"`
	Users           []User  `yaml:"users"`
	MaxBody         Bytes   `yaml:"max_body" min:"1KiB" max:"1GiB"`         // as it arrives
	MaxDecompressed Bytes   `yaml:"max_decompressed" min:"1KiB" max:"4GiB"` // of one request
	MaxRecord       Bytes   `yaml:"max_record" min:"1KiB" max:"16MiB"`
}

// Labels are what a token or user stands for. Empty ones come from the input or, for HEC, from the sender.
type Labels struct {
	Tenant     string    `yaml:"tenant"`
	Source     string    `yaml:"source"`
	Kind       Kind      `yaml:"kind"`
	Index      string    `yaml:"index"`
	Sourcetype string    `yaml:"sourcetype"`
	Host       string    `yaml:"host"`
	NotBefore  time.Time `yaml:"not_before,omitempty"`
	Expires    time.Time `yaml:"expires,omitempty"`
}

// Token lets senders in that know it: as bearer, HEC token, or Firehose access key. Exactly one of Token and TokenHash is set.
type Token struct {
	Name      string `yaml:"name"`
	Token     Secret `yaml:"token,omitempty" secret:"env"`
	TokenFile File   `yaml:"token_file" into:"Token"`
	TokenHash Secret `yaml:"token_hash"` // "sha256:" and 64 hex digits
	Labels    `yaml:",inline"`
}

// User lets senders in by HTTP basic authentication. Exactly one of Password and PasswordHash is set.
type User struct {
	Name         string `yaml:"name"`
	Password     Secret `yaml:"password,omitempty" secret:"env"`
	PasswordFile File   `yaml:"password_file" into:"Password"`
	PasswordHash Secret `yaml:"password_hash"` // bcrypt, "$2a$", "$2b$" or "$2y$", as htpasswd -B makes it
	Labels       `yaml:",inline"`
}

// SyslogInput takes syslog over TLS, TCP or UDP.
type SyslogInput struct {
	InputCommon  `yaml:",inline"`
	ListenCommon `yaml:",inline"`
	Transport    string `yaml:"transport" allowed:"tls|tcp|udp"`
	Auth         string `yaml:"auth" allowed:"required|none"`
	MaxMessage   Bytes  `yaml:"max_message" min:"480" max:"16MiB"` // longer ones come in parts
	Zone         string `yaml:"zone"`                              // IANA name: of RFC 3164 times, which state none
	Sockets      int    `yaml:"sockets" max:"256"`                 // UDP: sockets that share the port; 0 means one for each CPU
}

// NewInput returns an input of a type with its defaults, or nil for an unknown type.
func NewInput(typ string) Input {
	common := InputCommon{Type: typ, Tenant: "default", BufferShare: 100}
	listen := ListenCommon{MaxConnections: 2000, ReadTimeout: time.Minute, ClientCert: "required"}
	switch typ {
	case "https":
		listen.Listen, listen.IdleTimeout = ":5443", 2*time.Minute
		return &HTTPSInput{
			InputCommon: common, ListenCommon: listen, Auth: AuthRequired,
			MaxBody: 64 << 20, MaxDecompressed: 512 << 20, MaxRecord: 1 << 20,
		}
	case "syslog":
		common.Kind, listen.IdleTimeout = "syslog", 24*time.Hour
		return &SyslogInput{
			InputCommon: common, ListenCommon: listen, Transport: "tls", Auth: AuthRequired,
			MaxMessage: 64 << 10, Zone: "UTC",
		}
	case "s3":
		return &S3Input{
			InputCommon: common, Workers: 16, VisibilityTimeout: 2 * time.Minute, MaxReceives: 10, MaxRecord: 1 << 20,
		}
	}
	return nil
}

// InputTypes are the types that NewInput knows.
var InputTypes = []string{"https", "syslog", "s3"}
