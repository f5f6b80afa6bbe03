package config

import "time"

// S3Input pulls the objects that the notifications on an SQS queue name.
type S3Input struct {
	InputCommon         `yaml:",inline"`
	Queue               string        `yaml:"queue"`                                 // URL or ARN
	Credentials         string        `yaml:"credentials"`                           // name of a block of "aws"; "" means the default chain
	Region              string        `yaml:"region"`                                // of the queue; Load fills it where only the queue states it
	S3Endpoint          string        `yaml:"s3_endpoint"`                           // URL; "" means AWS's
	SQSEndpoint         string        `yaml:"sqs_endpoint"`                          // likewise
	STSEndpoint         string        `yaml:"sts_endpoint"`                          // likewise
	PathStyle           bool          `yaml:"path_style"`                            // the bucket stands in the path of the URL, as S3 of one\'s own wants it
	FIPS                bool          `yaml:"fips"`                                  // endpoints that are validated by FIPS 140
	DualStack           bool          `yaml:"dual_stack"`                            // endpoints that have IPv6 addresses too
	CAFile              File          `yaml:"ca_file"`                               // PEM; trusted beside the system's
	Insecure            bool          `yaml:"insecure"`                              // endpoints other than on loopback may be http://
	Buckets             []string      `yaml:"buckets"`                               // globs: what notifications may name; empty means any bucket
	ExpectedBucketOwner string        `yaml:"expected_bucket_owner"`                 // account id, "" means anyone's
	Rules               []S3Rule      `yaml:"rules"`                                 // the first that fits the key counts
	Include             []string      `yaml:"include"`                               // globs of keys; empty means all
	Exclude             []string      `yaml:"exclude"`                               // globs of keys, which win over Include
	Workers             int           `yaml:"workers" min:"1" max:"256"`             // objects that are read at the same time
	VisibilityTimeout   time.Duration `yaml:"visibility_timeout" min:"30s" max:"1h"` // how long a message stays hidden once the relay has died
	MaxReceives         int           `yaml:"max_receives" min:"1" max:"1000"`       // after so many a message is set aside, where the queue does not do that
	MaxRecord           Bytes         `yaml:"max_record" min:"1KiB" max:"16MiB"`

	// Access is the block that Credentials names, or that of the default chain. Load fills it.
	Access AWSCredentials `yaml:"-"`
}

// S3Rule says what the objects are whose keys begin with Prefix.
type S3Rule struct {
	Prefix  string `yaml:"prefix"`
	Kind    Kind   `yaml:"kind"`
	Columns string `yaml:"columns"` // VPC flow logs: field names in their order
}

// AWSCredentials say who the relay is to AWS. What is unset is left to the SDK's default chain: environment, shared files, web identity, the
// role of the container, the role of the instance.
type AWSCredentials struct {
	Region                string        `yaml:"region"` // of inputs that state none
	AccessKeyID           Secret        `yaml:"access_key_id"`
	AccessKeyIDFile       File          `yaml:"access_key_id_file" into:"AccessKeyID"`
	SecretAccessKey       Secret        `yaml:"secret_access_key,omitempty" secret:"env"`
	SecretAccessKeyFile   File          `yaml:"secret_access_key_file" into:"SecretAccessKey"`
	SessionToken          Secret        `yaml:"session_token,omitempty" secret:"env"`
	SessionTokenFile      File          `yaml:"session_token_file" into:"SessionToken"`
	Profile               string        `yaml:"profile"`
	SharedConfigFile      File          `yaml:"shared_config_file"`                     // "" means ~/.aws/config
	SharedCredentialsFile File          `yaml:"shared_credentials_file" private:"true"` // "" means ~/.aws/credentials
	WebIdentityTokenFile  File          `yaml:"web_identity_token_file"`
	RoleARN               string        `yaml:"role_arn"` // assumed with the credentials that the other keys give
	ExternalID            string        `yaml:"external_id"`
	SessionName           string        `yaml:"session_name"`
	SessionDuration       time.Duration `yaml:"session_duration" min:"15m" max:"12h"`
}

// NewAWSCredentials returns a block with its defaults: the default chain.
func NewAWSCredentials() *AWSCredentials {
	return &AWSCredentials{SessionName: "logrelay", SessionDuration: time.Hour}
}
