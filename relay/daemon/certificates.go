package daemon

import (
	"crypto/x509"
	"fmt"
	"time"

	"logrelay/pki"
	"logrelay/relay/config"
	"logrelay/relay/status"
)

// certificateEvery is how often the file of an output's certificate is looked at for the Snapshot, which has to be cheap.
const certificateEvery = time.Minute

// certificate is what an output shows to its far end. The zero value has not looked yet.
type certificate struct {
	read time.Time
	leaf *x509.Certificate // nil when err is set
	err  error
}

// look reads the file again when it was read long ago.
func (c *certificate) look(file config.File, now time.Time) {
	if age := now.Sub(c.read); !c.read.IsZero() && age >= 0 && age < certificateEvery {
		return
	}
	c.read, c.leaf = now, nil
	chain, err := pki.ReadChain(string(file))
	if c.err = err; err == nil {
		c.leaf = chain[0]
	}
}

// addCertificate puts the certificate that the output shows to its far end into the Snapshot, if it has one.
func (out *output) addCertificate(s *status.Snapshot) {
	n := networkCommon(out.cfg)
	if n == nil || n.TLS.CertFile == "" {
		return
	}
	file := n.TLS.CertFile
	out.shows.look(file, s.Now)
	where, hint := "output "+out.name, fmt.Sprintf("put a new one in the place of %s, and its key: both are read for each connection", file)
	c := status.Certificate{Output: out.name}
	if out.shows.err != nil {
		c.Problem = "cannot be read"
		s.Add(status.Problem{Health: status.Red, Where: where, What: "its certificate cannot be read: " + out.shows.err.Error(), Hint: hint})
	} else {
		leaf := out.shows.leaf
		left := leaf.NotAfter.Sub(s.Now)
		c.Subject, c.NotAfter, c.DaysLeft = leaf.Subject.String(), leaf.NotAfter.UTC(), int(left/(24*time.Hour))
		switch {
		case left < 0:
			c.Problem = "ended"
			s.Add(status.Problem{Health: status.Red, Where: where, What: "its certificate ended at " + c.NotAfter.Format(time.RFC3339), Hint: hint})
		case c.DaysLeft < amberDays:
			s.Add(status.Problem{Health: status.Amber, Where: where, What: fmt.Sprintf("its certificate ends in %d days", c.DaysLeft), Hint: hint})
		}
	}
	s.Certificates = append(s.Certificates, c)
}
