package config

import "time"

// Output is one of *HECOutput, *HTTPSOutput, *ElasticOutput, *XSIAMOutput, *SyslogOutput, *FileOutput and *StdoutOutput.
type Output interface {
	// Common returns what outputs of all types have. It is part of the output, not a copy.
	Common() *OutputCommon
}

// OutputCommon are the keys of all outputs.
type OutputCommon struct {
	Type         string   `yaml:"type"`
	Schema       string   `yaml:"schema" allowed:"raw|json|ocsf|ecs|cef|leef|rfc5424"`
	Raw          bool     `yaml:"raw"`                                // beside the event, in the schemas that have a place for it
	Observables  bool     `yaml:"observables"`                        // of schema ocsf
	OCSFVersion  string   `yaml:"ocsf_version" allowed:"1.8.0|1.1.0"` // of schema ocsf
	From         string   `yaml:"from" allowed:"now|oldest"`          // where a new output starts in the log
	Inputs       []string `yaml:"inputs"`                             // names; empty means all
	Tenants      []string `yaml:"tenants"`                            // names; empty means all
	Kinds        []Kind   `yaml:"kinds"`                              // empty means all
	BatchRecords int      `yaml:"batch_records" min:"1" max:"8192"`
	BatchBytes   Bytes    `yaml:"batch_bytes" min:"1KiB" max:"64MiB"`
	Rules        []Rule   `yaml:"rules"`
	Enrich       Enrich   `yaml:"enrich"`
	PassUnparsed bool     `yaml:"pass_unparsed"` // although rules redact, and such a record goes out as it came
}

// Common returns c.
func (c *OutputCommon) Common() *OutputCommon { return c }

// JSON reports whether every event is a JSON object.
func (c *OutputCommon) JSON() bool {
	return c.Schema == "json" || c.Schema == "ocsf" || c.Schema == "ecs"
}

// NetworkCommon are the keys of outputs that connect.
type NetworkCommon struct {
	Mode           string        `yaml:"mode" allowed:"failover|balance"` // what several addresses are for
	ConnectTimeout time.Duration `yaml:"connect_timeout" min:"100ms" max:"5m"`
	Timeout        time.Duration `yaml:"timeout" min:"100ms" max:"1h"` // of one request or write, until it is answered
	TLS            ClientTLS     `yaml:"tls"`
}

// ClientTLS says how a far end proves itself, and we to it.
type ClientTLS struct {
	Strict     bool     `yaml:"strict"`     // chain, host name, TLS 1.2 or newer
	CAFile     File     `yaml:"ca_file"`    // PEM; trusted beside the system's
	PinSHA256  []string `yaml:"pin_sha256"` // base64 of the SHA-256 of a public key of the chain; empty means any
	CertFile   File     `yaml:"cert_file"`  // our own certificate
	KeyFile    File     `yaml:"key_file" private:"true"`
	ServerName string   `yaml:"server_name"` // "" means the host of the address
}

// HTTPCommon are the keys of outputs that speak HTTP.
type HTTPCommon struct {
	NetworkCommon  `yaml:",inline"`
	URL            []string `yaml:"url"`
	Insecure       bool     `yaml:"insecure"` // credentials may go over http://
	Ordered        bool     `yaml:"ordered"`  // one request at a time
	MaxConcurrency int      `yaml:"max_concurrency" min:"1" max:"256"`
}

// HECOutput delivers to a Splunk HTTP Event Collector.
type HECOutput struct {
	OutputCommon `yaml:",inline"`
	HTTPCommon   `yaml:",inline"`
	Token        Secret `yaml:"token,omitempty" secret:"env"`
	TokenFile    File   `yaml:"token_file" into:"Token"`
	Endpoint     string `yaml:"endpoint" allowed:"event|raw"`
	Compress     string `yaml:"compress" allowed:"none|gzip"`
	Ack          bool   `yaml:"ack"` // wait for the indexer's acknowledgement
	Index        string `yaml:"index"`
	Sourcetype   string `yaml:"sourcetype"`
	Source       string `yaml:"source"`
	Host         string `yaml:"host"`
}

// HTTPSOutput delivers by POST requests.
type HTTPSOutput struct {
	OutputCommon  `yaml:",inline"`
	HTTPCommon    `yaml:",inline"`
	Format        string            `yaml:"format" allowed:"ndjson|array|lines"`
	Compress      string            `yaml:"compress" allowed:"none|gzip|zstd"`
	Headers       map[string]string `yaml:"headers"`
	SecretHeaders map[string]Secret `yaml:"-"` // by header name, from HeaderFiles
	HeaderFiles   map[string]File   `yaml:"header_files" into:"SecretHeaders"`
	Bearer        Secret            `yaml:"bearer,omitempty" secret:"env"`
	BearerFile    File              `yaml:"bearer_file" into:"Bearer"`
	Basic         Basic             `yaml:"basic"`
}

// DefaultDataStream is where an Elastic output writes that names nothing.
const DefaultDataStream = "logs-logrelay-default"

// ElasticOutput delivers to Elasticsearch or OpenSearch.
type ElasticOutput struct {
	OutputCommon `yaml:",inline"`
	HTTPCommon   `yaml:",inline"`
	DataStream   string `yaml:"data_stream"` // may hold {kind} and {tenant}, as Index may; not used where Index is set
	Index        string `yaml:"index"`       // an index or alias instead
	Compress     string `yaml:"compress" allowed:"none|gzip"`
	APIKey       Secret `yaml:"api_key,omitempty" secret:"env"` // base64 of id:key, or id:key
	APIKeyFile   File   `yaml:"api_key_file" into:"APIKey"`
	Basic        Basic  `yaml:"basic"`
}

// XSIAMOutput delivers to an HTTP log collector of Cortex XSIAM or XDR.
type XSIAMOutput struct {
	OutputCommon `yaml:",inline"` // Load fills an empty Schema by Format
	HTTPCommon   `yaml:",inline"`
	Token        Secret `yaml:"token,omitempty" secret:"env"`
	TokenFile    File   `yaml:"token_file" into:"Token"`
	Format       string `yaml:"format" allowed:"json|raw|cef|leef"` // as the collector was made
	Compress     string `yaml:"compress" allowed:"none|gzip"`       // as the collector was made
}

// Basic is a user of HTTP basic authentication; an empty User means none.
type Basic struct {
	User         string `yaml:"user"`
	Password     Secret `yaml:"password,omitempty" secret:"env"`
	PasswordFile File   `yaml:"password_file" into:"Password"`
}

// SyslogOutput delivers over TLS, TCP or UDP.
type SyslogOutput struct {
	OutputCommon  `yaml:",inline"`
	NetworkCommon `yaml:",inline"`
	Transport     string   `yaml:"transport" allowed:"tls|tcp|udp"`
	Address       []string `yaml:"address"` // host:port
	Framing       string   `yaml:"framing" allowed:"octet|newline"`
	Message       string   `yaml:"message" allowed:"rfc5424|raw"` // raw: the record as it arrived, without a header of ours
	ResendBytes   Bytes    `yaml:"resend_bytes" max:"256MiB"`     // kept to be sent again when a connection ends
}

// FileOutput appends to a file.
type FileOutput struct {
	OutputCommon `yaml:",inline"`
	Path         Path          `yaml:"path"`
	MaxSize      Bytes         `yaml:"max_size" min:"4KiB"`
	MaxAge       time.Duration `yaml:"max_age"`           // 0 means rotate by size alone
	Keep         int           `yaml:"keep" max:"100000"` // rotated files; 0 means all
}

// StdoutOutput writes to the standard output.
type StdoutOutput struct {
	OutputCommon `yaml:",inline"`
}

// NewOutput returns an output of a type with its defaults, or nil for an unknown type.
func NewOutput(typ string) Output {
	common := OutputCommon{Type: typ, Schema: "json", OCSFVersion: "1.8.0", From: "now", BatchRecords: 2000, BatchBytes: 1 << 20}
	network := NetworkCommon{
		Mode: "failover", ConnectTimeout: 10 * time.Second, Timeout: 30 * time.Second, TLS: ClientTLS{Strict: true},
	}
	http := HTTPCommon{NetworkCommon: network, MaxConcurrency: 8}
	switch typ {
	case "hec":
		return &HECOutput{OutputCommon: common, HTTPCommon: http, Endpoint: "event", Compress: "gzip"}
	case "https":
		return &HTTPSOutput{
			OutputCommon: common, HTTPCommon: http, Format: "ndjson", Compress: "none",
			Headers: map[string]string{}, SecretHeaders: map[string]Secret{}, HeaderFiles: map[string]File{},
		}
	case "elastic":
		common.Schema, common.BatchRecords, common.BatchBytes = "ecs", 5000, 5<<20
		return &ElasticOutput{OutputCommon: common, HTTPCommon: http, DataStream: DefaultDataStream, Compress: "gzip"}
	case "xsiam":
		common.Schema, common.BatchRecords, common.BatchBytes = "", 8192, 5<<20
		return &XSIAMOutput{OutputCommon: common, HTTPCommon: http, Format: "json", Compress: "gzip"}
	case "syslog":
		return &SyslogOutput{
			OutputCommon: common, NetworkCommon: network, Transport: "tls", Framing: "octet", Message: "rfc5424",
			ResendBytes: 8 << 20,
		}
	case "file":
		return &FileOutput{OutputCommon: common, MaxSize: 100 << 20, MaxAge: 24 * time.Hour, Keep: 10}
	case "stdout":
		return &StdoutOutput{OutputCommon: common}
	}
	return nil
}

// OutputTypes are the types that NewOutput knows.
var OutputTypes = []string{"hec", "https", "elastic", "xsiam", "syslog", "file", "stdout"}
