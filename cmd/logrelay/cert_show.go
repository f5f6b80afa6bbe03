package main

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"logrelay/pki"
	"logrelay/relay"
)

func certShowCommand() *cli.Command {
	return &cli.Command{
		Name:  "show",
		Usage: "show a certificate with its chain and key, and what is wrong with them",
		Description: `Shows the pair that the configuration names, the override files included, or the relay's own. Exit status 3 when
something is wrong with it. "logrelay status" shows what the running relay serves.

   logrelay cert show
   logrelay cert show --cert relay.pem --key relay.key --ca-file ca.pem`,
		Flags: []cli.Flag{
			configFlag(),
			&cli.StringFlag{Name: "cert", Usage: "`FILE` to look at instead, PEM"},
			&cli.StringFlag{Name: "key", Usage: "`FILE` with its key, PEM"},
			&cli.StringFlag{Name: "ca-file", Usage: "`FILE` with certificates to trust, PEM"},
			jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			if name := c.Args().First(); name != "" {
				return usageError("files are named by flags: logrelay cert show --cert FILE --key FILE", "unexpected argument %q", name)
			}
			o, err := certOptions(c)
			if err != nil {
				return err
			}
			certFile, keyFile := c.String("cert"), c.String("key")
			if (certFile == "") != (keyFile == "") {
				return usageError("for example: logrelay cert show --cert relay.pem --key relay.key", "--cert and --key go together")
			}
			if certFile == "" {
				certFile, keyFile = o.Files()
			}
			roots, err := trusted(c.String("ca-file"))
			if err != nil {
				return err
			}
			r := inspectPair(certFile, keyFile, roots)
			if u, ok := pki.ServiceUser(filepath.Dir(o.Dir)); ok {
				r.addUnreadable(u)
			}
			return r.report(c.App.Writer, c.Bool("json"))
		},
	}
}

// trusted returns the system's authorities and those of a file; nil stands for the system's alone.
func trusted(file string) (*x509.CertPool, error) {
	conf, err := tlsOptions{caFile: file}.config("")
	if err != nil {
		return nil, err
	}
	return conf.RootCAs, nil
}

// certReport is what "logrelay cert show --json" and "cert check --json" print.
type certReport struct {
	Where     string      `json:"where"` // file, or host and port
	KeyFile   string      `json:"key_file,omitempty"`
	KeyType   string      `json:"key_type,omitempty"` // of the private key
	Match     bool        `json:"key_matches"`
	Protocol  string      `json:"protocol,omitempty"` // of a connection: "TLS 1.3"
	Cipher    string      `json:"cipher,omitempty"`
	Names     []string    `json:"names"`
	Chain     []certEntry `json:"chain"`
	TrustedBy string      `json:"trusted_by"`
	Faults    []certFault `json:"faults"`
}

// certEntry is one certificate of a chain.
type certEntry struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	KeyType   string    `json:"key_type"`
	Signature string    `json:"signature"`
	SHA256    string    `json:"sha256"`     // of the certificate, in hex
	PinSHA256 string    `json:"pin_sha256"` // of its public key, in base64
}

type certFault struct {
	Fault string `json:"fault"`
	Hint  string `json:"hint,omitempty"`
}

func inspectPair(certFile, keyFile string, roots *x509.CertPool) *certReport {
	i := pki.Inspect(certFile, keyFile)
	r := &certReport{Where: certFile, KeyFile: keyFile}
	if i.Key != nil {
		r.KeyType, r.Match = pki.KeyType(i.Key), i.Match
	}
	r.addChain(i.Chain, roots)
	for _, err := range i.Faults {
		r.addFault(err)
	}
	return r
}

func (r *certReport) addFault(err error) {
	r.Faults = append(r.Faults, certFault{err.Error(), relay.HintOf(err)})
}

// addChain describes certificates, and who trusts them.
func (r *certReport) addChain(chain []*x509.Certificate, roots *x509.CertPool) {
	r.Names, r.Chain, r.Faults = []string{}, []certEntry{}, []certFault{}
	for _, c := range chain {
		sum, pin := sha256.Sum256(c.Raw), sha256.Sum256(c.RawSubjectPublicKeyInfo)
		r.Chain = append(r.Chain, certEntry{
			Subject: c.Subject.String(), Issuer: c.Issuer.String(), NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(),
			KeyType: pki.KeyType(c.PublicKey), Signature: c.SignatureAlgorithm.String(),
			SHA256: hex.EncodeToString(sum[:]), PinSHA256: base64.StdEncoding.EncodeToString(pin[:]),
		})
	}
	if len(chain) == 0 {
		return
	}
	r.Names = append(r.Names, pki.NamesOf(chain[0])...)
	if root, err := pki.TrustedBy(chain, roots); err == nil {
		r.TrustedBy = "this host does, by " + root
	} else if last := chain[len(chain)-1]; pki.IsSelfSigned(chain[0]) {
		r.TrustedBy = `only who was given this certificate (it is self-signed): "logrelay cert export"`
	} else if pki.IsSelfSigned(last) {
		r.TrustedBy = "who trusts " + last.Subject.String() + "; this host does not"
	} else {
		r.TrustedBy = "who trusts " + last.Issuer.String() + "; this host does not"
	}
}

// addUnreadable looks at the files as the service's user would.
func (r *certReport) addUnreadable(u pki.User) {
	for _, err := range pki.Unreadable(r.Where, r.KeyFile, u) {
		r.addFault(err)
	}
}

// report prints what was found. Its error has the status exitUnhealthy when something is wrong.
func (r *certReport) report(w io.Writer, asJSON bool) error {
	if asJSON {
		if err := writeJSON(w, r); err != nil {
			return err
		}
	} else {
		r.print(w)
	}
	if len(r.Faults) > 0 {
		return withStatus(exitUnhealthy, fmt.Errorf("%s: %s", r.Where, count(len(r.Faults), "fault")))
	}
	return nil
}

func (r *certReport) print(w io.Writer) {
	line := func(name, text string) { fmt.Fprintf(w, "%-12s %s\n", name, printable(text, 10_000)) } // a hundred names
	line("certificate", r.Where)
	if r.KeyFile != "" {
		match := "does not belong to the certificate"
		if r.Match {
			match = "belongs to the certificate"
		}
		switch {
		case r.KeyType == "":
			match = "cannot be used"
		case len(r.Chain) == 0:
			match = "there is no certificate for it"
		}
		line("key", fmt.Sprintf("%s: %s, %s", r.KeyFile, dash(r.KeyType), match))
	}
	if r.Protocol != "" {
		line("connection", r.Protocol+", "+r.Cipher)
	}
	for i, c := range r.Chain {
		if i == 0 {
			line("names", dash(strings.Join(r.Names, ", ")))
			line("good until", fmt.Sprintf("%s (%s)", c.NotAfter.Format(time.RFC3339), remaining(c.NotAfter)))
			line("trusted by", r.TrustedBy)
			line("sha256", c.SHA256)
			line("pin_sha256", c.PinSHA256)
		}
		line(fmt.Sprintf("chain %d", i+1), fmt.Sprintf("%s, issued by %s, %s to %s, %s, %s",
			dash(c.Subject), dash(c.Issuer), c.NotBefore.Format(time.DateOnly), c.NotAfter.Format(time.DateOnly), c.KeyType, c.Signature))
	}
	for _, f := range r.Faults {
		line("FAULT", f.Fault)
		if f.Hint != "" {
			line("", "hint: "+f.Hint)
		}
	}
}

func remaining(end time.Time) string {
	if left := time.Until(end); left > 0 {
		return span(left) + " left"
	}
	return "expired"
}
