package config

import (
	"path/filepath"
	"time"
)

// Config is everything that can be configured. Default returns it with every default; Load fills it. It is not changed after
// Load and may be shared.
type Config struct {
	StateDir     Path          `yaml:"state_dir"`
	MemoryLimit  Bytes         `yaml:"memory_limit" min:"64MiB"`
	DrainTimeout time.Duration `yaml:"drain_timeout" max:"1h"`

	Log     Log                        `yaml:"log"`
	TLS     TLS                        `yaml:"tls"`
	Buffer  Buffer                     `yaml:"buffer"`
	Admin   Admin                      `yaml:"admin"`
	Tenants map[string]*Tenant         `yaml:"tenants"`
	AWS     map[string]*AWSCredentials `yaml:"aws"` // blocks of credentials, which inputs name
	Inputs  map[string]Input           `yaml:"inputs"`
	Outputs map[string]Output          `yaml:"outputs"`

	// Warnings are findings that do not stop the program: to be logged at every start and shown in status.
	Warnings Problems `yaml:"-"`
}

// Log says how the program logs.
type Log struct {
	Level  string `yaml:"level" allowed:"debug|info|warn|error"`
	Format string `yaml:"format" allowed:"text|json"`
}

// TLS names the relay's own certificate (PEM, with its chain) and key. Both empty: package pki makes a self-signed pair. Whether
// they can be read is for package pki to say, which goes on with the last good pair.
type TLS struct {
	CertFile Path `yaml:"cert_file"`
	KeyFile  Path `yaml:"key_file"`

	// Policy is what the inputs speak: "intermediate" is TLS 1.2 and 1.3, "modern" is TLS 1.3.
	Policy string `yaml:"policy" allowed:"intermediate|modern"`

	ACME ACME `yaml:"acme"` // instead of a pair of files

	// Legacy says that files made for another program name the pair: one that was imported for the relay goes before it.
	Legacy bool `yaml:"-"`
}

// Buffer is the log on disk.
type Buffer struct {
	Dir             Path  `yaml:"dir"`               // filled by Load: "buffer" in the state directory
	Quota           Bytes `yaml:"quota" min:"1MiB"`  // bytes of the log
	Reserve         Bytes `yaml:"reserve"`           // bytes of the file system that stay free
	DeadLetterQuota Bytes `yaml:"dead_letter_quota"` // bytes of the dead-letter log
}

// Admin is where the operator's tools and browser connect.
type Admin struct {
	Listen string      `yaml:"listen"` // host:port; another than loopback needs TLS and Users; "" for none
	TLS    bool        `yaml:"tls"`    // with the relay's own certificate
	Socket Path        `yaml:"socket"` // unix socket; "" for none
	Users  []AdminUser `yaml:"users"`
}

// AdminUser may log in at the status page.
type AdminUser struct {
	Name         string `yaml:"name"`
	PasswordHash Secret `yaml:"password_hash"` // argon2id, in the PHC string format
}

// Tenant is what is kept apart for one tenant.
type Tenant struct {
	BufferShare Percent `yaml:"buffer_share"`
}

func newTenant() *Tenant { return &Tenant{BufferShare: 100} }

// Default returns the configuration of an empty file: no inputs, no outputs.
func Default() *Config {
	return &Config{
		StateDir:     "/var/lib/logrelay",
		MemoryLimit:  512 << 20,
		DrainTimeout: 30 * time.Second,
		Log:          Log{Level: "info", Format: "text"},
		TLS:          TLS{Policy: "intermediate", ACME: ACME{Directory: ACMEProduction, Challenge: "http-01"}},
		Buffer:       Buffer{Quota: 10 << 30, Reserve: 1 << 30, DeadLetterQuota: 1 << 30},
		Admin:        Admin{Listen: "127.0.0.1:5480", Socket: "/run/logrelay/admin.sock"},
		Tenants:      map[string]*Tenant{},
		AWS:          map[string]*AWSCredentials{},
		Inputs:       map[string]Input{},
		Outputs:      map[string]Output{},
	}
}

// GeneratedTokenFile returns where the token of an input with "auth: generated" is kept.
func (c *Config) GeneratedTokenFile(input string) string {
	return filepath.Join(string(c.StateDir), "tokens", input)
}

// TenantShare returns the share of the buffer that a tenant may fill.
func (c *Config) TenantShare(tenant string) Percent {
	if t := c.Tenants[tenant]; t != nil {
		return t.BufferShare
	}
	return 100
}
