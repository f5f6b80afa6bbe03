package access

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Keys are static credentials.
type Keys struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string // "" for those of a user
}

// Options is one credential block. The zero value takes what the SDK's default chain finds: environment, shared files, web identity, the
// container's or the instance's role.
type Options struct {
	// Keys gives static keys. It is called again each minute, and when AWS refuses the ones in use, so that a rotated file is noticed.
	Keys KeySource
	// Profile of the shared files. "" means AWS_PROFILE or "default".
	Profile                       string
	ConfigFiles, CredentialsFiles []string // nil: ~/.aws/config and ~/.aws/credentials, or what the environment names

	// RoleARN is assumed with the credentials above. WebIdentityTokenFile is the token that takes their place.
	RoleARN              string
	WebIdentityTokenFile string
	ExternalID           string
	SessionName          string        // "" means "logrelay"
	Duration             time.Duration // of a session; 0 means one hour

	// Region to begin with. "" means that of the environment or profile, else the partition's first. RegionOf gives that of a queue.
	Region                               string
	S3Endpoint, SQSEndpoint, STSEndpoint string // "" means AWS's
	FIPS, DualStack                      bool
	PathStyle                            bool          // buckets in the path and not in the host name; always so at a custom endpoint with an address for a host
	CAFile                               []byte        // PEM content of a private CA, in addition to the system's roots
	Insecure                             bool          // endpoints may be plain http, also beyond loopback
	Connections                          int           // kept open to one host; 0 means 16
	ConnectTimeout, StallTimeout         time.Duration // 0 means 10 s, and 30 s in which nothing comes
	imdsEndpoint                         string
	imdsOff                              bool
}

const (
	sessionName    = "logrelay"
	connections    = 16
	connectTimeout = 10 * time.Second
	stallTimeout   = 30 * time.Second
)

// withDefaults checks o and fills in what is not set, but for the region.
func (o Options) withDefaults() (Options, error) {
	var errs []error
	for _, e := range []struct{ name, url string }{{"S3", o.S3Endpoint}, {"SQS", o.SQSEndpoint}, {"STS", o.STSEndpoint}} {
		if e.url != "" {
			if err := checkEndpoint(e.url, o.Insecure); err != nil {
				errs = append(errs, fmt.Errorf("endpoint of %s: %w", e.name, err))
			}
		}
	}
	if o.RoleARN != "" {
		if _, err := partitionOfRole(o.RoleARN); err != nil {
			errs = append(errs, err)
		}
	} else if o.WebIdentityTokenFile != "" || o.ExternalID != "" {
		errs = append(errs, errors.New("a web identity token or an external id needs the ARN of a role"))
	}
	if o.WebIdentityTokenFile != "" && (o.Keys != nil || o.ExternalID != "") {
		errs = append(errs, errors.New("a web identity token goes with neither keys nor an external id"))
	}
	if o.Keys != nil && o.Profile != "" {
		errs = append(errs, errors.New("keys and a profile cannot both be given"))
	}
	if o.Duration != 0 && (o.Duration < 15*time.Minute || o.Duration > 12*time.Hour) {
		errs = append(errs, fmt.Errorf("a session lasts 15 minutes to 12 hours, not %s", o.Duration))
	}
	o.SessionName = or(o.SessionName, sessionName)
	o.Duration = or(o.Duration, time.Hour)
	o.Connections = or(o.Connections, connections)
	o.ConnectTimeout = or(o.ConnectTimeout, connectTimeout)
	o.StallTimeout = or(o.StallTimeout, stallTimeout)
	return o, errors.Join(errs...)
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// checkEndpoint says whether requests may go to an endpoint: https, or http to this host, without anything that would end up in logs.
func checkEndpoint(endpoint string, insecure bool) error {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil:
		return errors.New("is no URL") // its error would repeat what may hold a password
	case u.User != nil:
		return errors.New("has a user name or password in it: they do not belong there")
	case u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("%q does not begin with https://HOST or http://HOST", endpoint)
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%q has more than a host and a path", endpoint)
	case u.Scheme == "http" && !insecure && !loopback(u.Hostname()):
		return fmt.Errorf("%q: over plain http everyone on the way reads along", endpoint)
	}
	return nil
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}
