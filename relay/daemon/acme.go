package daemon

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"logrelay/pki"
	"logrelay/pki/acme"
	"logrelay/relay/config"
	"logrelay/relay/ingest/s3/access"
	"logrelay/relay/status"
)

// openACME makes ready what gets certificates from a CA, where that is asked for. Until Run nobody is connected to. The relay's own certificate
// serves while there is no other.
func (d *Daemon) openACME(ctx context.Context) error {
	c, a := d.cfg, &d.cfg.TLS.ACME
	if !a.On() {
		return nil
	}
	o := acme.Options{
		Dir: acmeDir(c), Names: a.Names, Directory: a.Directory, Email: a.Email, Challenge: acme.Challenge(a.Challenge), Listen: a.Listen,
		HostedZone: a.HostedZone, Fallback: d.pair.GetCertificate, Logger: d.o.Logger,
	}
	switch a.Directory {
	case config.ACMEProduction:
		o.Directory = acme.Production
	case config.ACMEStaging:
		o.Directory = acme.Staging
	}
	if a.CAFile != "" {
		roots, err := pki.LoadClientCA(string(a.CAFile))
		if err != nil {
			return fmt.Errorf("tls.acme.ca_file: %w", err)
		}
		o.Roots = roots
	}
	if o.Challenge == acme.DNS01 {
		var err error
		if d.dns, err = access.NewAccess(ctx, accessOptions(a.Access)); err != nil {
			return fmt.Errorf("tls.acme: %w", err)
		}
		o.AWS = d.dnsKeys
	}
	var err error
	d.acme, err = acme.New(o)
	return err
}

// lasting is a configuration without what is read from files again while the relay runs.
func lasting(a config.ACME) config.ACME {
	if a.Access == nil {
		return a
	}
	c := *a.Access
	for file, value := range map[config.File]*config.Secret{c.AccessKeyIDFile: &c.AccessKeyID, c.SecretAccessKeyFile: &c.SecretAccessKey, c.SessionTokenFile: &c.SessionToken} {
		if file != "" {
			*value = config.Secret{}
		}
	}
	a.Access = &c
	return a
}

// dnsKeys sign what is asked of Route 53.
func (d *Daemon) dnsKeys(ctx context.Context) (acme.AWSKeys, error) {
	k, err := d.dns.Keys(ctx)
	return acme.AWSKeys{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey, SessionToken: k.SessionToken, Region: d.dns.Region()}, err
}

func acmeDir(c *config.Config) string { return filepath.Join(string(c.StateDir), "acme") }

// addACME puts the certificate of the first name in the place of the relay's own, and says what is wrong with any. How many days are left is no
// measure of it: some CAs give certificates for six.
func (d *Daemon) addACME(s *status.Snapshot) {
	if d.acme == nil {
		return
	}
	for i, n := range d.acme.States() {
		if i == 0 && n.Leaf != nil {
			s.TLS = acmeStatus(n, s.Now)
			s.TLS.Path = acmeDir(d.cfg)
		}
		where, hint := "certificate "+n.Name, cmp.Or(n.Hint, "look at the log")
		switch {
		case n.Leaf == nil && n.Problem == "":
			s.Add(status.Problem{Health: status.Amber, Where: where, What: "is being asked for; the relay's own serves meanwhile", Hint: "wait a minute"})
		case n.Leaf == nil:
			s.Add(status.Problem{Health: status.Red, Where: where, What: "the CA has given none, the relay's own serves: " + n.Problem + next(n), Hint: hint})
		case s.Now.After(n.Leaf.NotAfter):
			s.Add(status.Problem{Health: status.Red, Where: where, What: "ended at " + n.Leaf.NotAfter.UTC().Format(time.RFC3339) + ": " + n.Problem + next(n), Hint: hint})
		case n.Problem != "":
			s.Add(status.Problem{Health: status.Amber, Where: where, What: "cannot be renewed: " + n.Problem + next(n), Hint: hint})
		}
	}
}

func next(n acme.State) string {
	if n.Next.IsZero() {
		return ""
	}
	return "; next attempt at " + n.Next.Format(time.RFC3339)
}

func acmeStatus(n acme.State, now time.Time) *status.TLS {
	return &status.TLS{
		Subject: cmp.Or(n.Leaf.Subject.String(), "CN="+n.Name), Names: namesOf(n.Leaf), Issuer: n.Leaf.Issuer.String(), NotAfter: n.Leaf.NotAfter.UTC(),
		DaysLeft: int(n.Leaf.NotAfter.Sub(now) / (24 * time.Hour)), Problem: n.Problem,
	}
}

func namesOf(c *x509.Certificate) []string {
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

// checkACME says what the CA has to be able to reach, and tries whether the relay could answer there.
func checkACME(ctx context.Context, c *config.Config, configOnly, running bool) []CheckResult {
	a := &c.TLS.ACME
	if !a.On() {
		return nil
	}
	const name = "acme"
	names := strings.Join(a.Names, ", ")
	if a.Challenge == string(acme.DNS01) {
		return append([]CheckResult{{Name: name, Result: CheckNotTested, Detail: names + ": dns-01: no port has to be reachable. The relay needs route53:ListHostedZonesByName, " +
			"route53:ListResourceRecordSets, route53:ChangeResourceRecordSets and route53:GetChange"}}, checkDNSKeys(ctx, name, a, configOnly)...)
	}
	want := strings.TrimPrefix(acme.Challenge(a.Challenge).DefaultListen(), ":")
	detail := fmt.Sprintf("%s: %s: the CA connects to port %s of each name, on no other port", names, a.Challenge, want)
	_, port, _ := net.SplitHostPort(a.Listen) // which config has checked
	if port != want {
		detail += fmt.Sprintf("; forward port %s to %s", want, a.Listen)
	}
	r := CheckResult{Name: name, Result: CheckOK, Hint: "open port " + want + " in every firewall on the way (the relay listens there only while the CA looks), or use challenge: dns-01"}
	switch at := inputAt(c, port); {
	case at != "" && a.Challenge == string(acme.TLSALPN01):
		detail += "; input " + at + " answers there"
	case at != "":
		r.Result, r.Hint = CheckFailed, "give the input another port, or use challenge: dns-01"
		detail += "; but " + a.Listen + " belongs to input " + at
	case configOnly:
		r.Result = CheckNotTested
	default:
		l := checkListen(name, "tcp", a.Listen, running)
		r.Result = l.Result
		r.Hint = cmp.Or(l.Hint, r.Hint)
		detail += "; " + l.Detail
	}
	r.Detail = detail
	return []CheckResult{r}
}

// checkDNSKeys finds out who the relay is to AWS when it writes to Route 53.
func checkDNSKeys(ctx context.Context, name string, c *config.ACME, configOnly bool) []CheckResult {
	a, err := access.NewAccess(ctx, accessOptions(c.Access))
	if err != nil {
		return []CheckResult{failed(name, err)}
	}
	defer a.Close()
	if configOnly {
		return nil
	}
	return []CheckResult{checkIdentity(ctx, name, a)}
}

// inputAt returns the input over TCP that listens on a port, "" for none.
func inputAt(c *config.Config, port string) string {
	for _, name := range slices.Sorted(maps.Keys(c.Inputs)) {
		in, ok := c.Inputs[name].(config.ListeningInput)
		if !ok {
			continue
		}
		if s, ok := in.(*config.SyslogInput); ok && s.Transport == "udp" {
			continue
		}
		if _, p, err := net.SplitHostPort(in.Listening().Listen); err == nil && p == port {
			return name
		}
	}
	return ""
}
