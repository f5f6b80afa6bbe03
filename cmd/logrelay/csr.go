package main

import (
	"crypto"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"logrelay/pki"
	"logrelay/pki/csr"
	"logrelay/relay"
	"logrelay/relay/config"
)

// csrOptions is what "logrelay csr" was asked for.
type csrOptions struct {
	key     string // file; made when it is not there
	newKey  string // algorithm of a key that has to be new; "" when the one that is there will do
	algo    string // algorithm of a key that is not there
	subject string // in the form of -subj
	names   []string
	addext  []string
	config  string // file in the form of openssl
	out     string // file; "" is standard output
	text    bool
	noCN    bool // the common name is not copied into the names
	json    bool
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
}

func csrCommand() *cli.Command {
	return &cli.Command{
		Name:      "csr",
		Usage:     "make a certificate request for a CA, as openssl req -new does",
		ArgsUsage: " ",
		Description: `Examples:
   logrelay csr -out relay.csr                     asks, and proposes the names and addresses of this host
   logrelay csr --subj /C=US/O=Example/CN=relay.example.com --san DNS:logs.example.com,IP:192.0.2.10 --out relay.csr
   logrelay csr -new rsa:2048 -key relay.key -nodes -out relay.csr -config relay.cnf

The request is for the relay's own key, or for that of --key, which is made when it is not there. Give the request to your CA,
and what comes back to "logrelay cert import". One dash or two, as you like.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "key", Aliases: []string{"keyout"}, Usage: "`FILE` with the private key, made when it is not there (default: the relay's)"},
			&cli.StringFlag{Name: "newkey", Usage: "make a new key of `ALGORITHM`: " + strings.Join(pki.Algorithms, ", ")},
			&cli.StringFlag{Name: "subj", Usage: "`SUBJECT`, for example /C=US/ST=TX/O=Example/CN=relay.example.com"},
			&cli.GenericFlag{Name: "san", Value: &texts{}, Usage: "`NAMES`, for example DNS:relay.example.com,IP:192.0.2.10"},
			&cli.GenericFlag{Name: "addext", Value: &texts{}, Usage: "`EXTENSION`, for example subjectAltName=DNS:relay.example.com"},
			&cli.StringFlag{Name: "config", Usage: "`FILE` in the form of openssl: [ req ] and what it names"},
			&cli.StringFlag{Name: "out", Usage: "`FILE` for the request (default: standard output)"},
			&cli.BoolFlag{Name: "text", Usage: "print the request readably too"},
			&cli.BoolFlag{Name: "no-cn-san", Usage: "do not copy the common name into the alternative names"},
			&cli.BoolFlag{Name: "new", Usage: "as with openssl; it is what this command does anyway"},
			&cli.BoolFlag{Name: "sha256", Usage: "as with openssl; nothing weaker is used anyway"},
			&cli.BoolFlag{Name: "nodes", Usage: "as with openssl; a key is never encrypted, since a service could not open it"},
			jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			o, err := readCSROptions(c)
			if err != nil {
				return err
			}
			return makeCSR(o)
		},
	}
}

// texts is a flag that may stand several times, whatever its values hold.
type texts struct{ values []string }

func (t *texts) Set(s string) error { t.values = append(t.values, s); return nil }
func (t *texts) String() string     { return strings.Join(t.values, " ") }

func readCSROptions(c *cli.Context) (csrOptions, error) {
	o := csrOptions{
		key: c.String("key"), newKey: c.String("newkey"), subject: c.String("subj"), config: c.String("config"), out: c.String("out"),
		text: c.Bool("text"), noCN: c.Bool("no-cn-san"), json: c.Bool("json"),
		names: c.Generic("san").(*texts).values, addext: c.Generic("addext").(*texts).values,
		stdin: c.App.Reader, stdout: c.App.Writer, stderr: c.App.ErrWriter,
	}
	for _, word := range c.Args().Slice() {
		// Guides write "-new rsa:2048" where they mean "-newkey", and older versions of openssl passed over it.
		if !pki.IsAlgorithm(word) || !c.Bool("new") {
			return o, usageError("", "unexpected argument %q", word)
		}
		o.algo = word
	}
	if o.newKey != "" && !pki.IsAlgorithm(o.newKey) {
		return o, usageError("allowed: "+strings.Join(pki.Algorithms, ", "), "--newkey %s: no such keys are made", o.newKey)
	}
	if o.out != "" && o.out == o.key {
		return o, usageError("", "--out and --key name the same file")
	}
	if o.key == "" {
		p, err := pairOptions(config.Options{}, false)
		if err != nil {
			return o, err
		}
		_, o.key = p.Files()
	}
	return o, nil
}

// csrResult is what "logrelay csr --json" prints.
type csrResult struct {
	Subject string   `json:"subject"`
	Names   []string `json:"names"`
	Key     string   `json:"key"`
	KeyType string   `json:"key_type"`
	NewKey  bool     `json:"new_key"`
	File    string   `json:"file,omitempty"` // that the request was written to
	PEM     string   `json:"pem"`
}

func makeCSR(o csrOptions) error {
	wanted, bits, err := o.request()
	if err != nil {
		return withStatus(exitUsage, err)
	}
	if o.algo == "" && bits != 0 {
		o.algo = fmt.Sprintf("rsa:%d", bits)
	}
	key, made, err := o.openKey()
	if err != nil {
		return err
	}
	der, err := wanted.Create(key)
	if err != nil {
		return err
	}
	r := csrResult{
		Subject: wanted.Subject.String(), Names: []string{}, Key: o.key, KeyType: pki.KeyType(key.Public()), NewKey: made, File: o.out,
		PEM: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})),
	}
	for _, n := range wanted.Names {
		r.Names = append(r.Names, n.String())
	}
	if made {
		say(o.stderr, "info", fmt.Sprintf("made a key (%s): %s", r.KeyType, o.key))
	}
	if sameFile(o.out, o.key) { // by other words or a link, which readCSROptions does not see
		return usageError("", "--out and --key name the same file")
	}
	if o.out != "" {
		if err := os.WriteFile(o.out, []byte(r.PEM), 0o644); err != nil {
			return fmt.Errorf("writing the request: %w", err)
		}
		say(o.stderr, "info", "wrote the request: "+o.out)
	}
	return r.print(o)
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

func (r csrResult) print(o csrOptions) error {
	if o.json {
		return writeJSON(o.stdout, r)
	}
	if o.text {
		fmt.Fprintf(o.stdout, "Subject: %s\nNames:   %s\nKey:     %s, %s\n", r.Subject, dash(strings.Join(r.Names, ", ")), r.KeyType, r.Key)
	} else {
		say(o.stderr, "info", fmt.Sprintf("subject %s; names %s", dash(r.Subject), dash(strings.Join(r.Names, ", "))))
	}
	if o.out == "" {
		_, err := io.WriteString(o.stdout, r.PEM)
		return err
	}
	return nil
}

// openKey returns the key of the request, and whether it was made. A key that is there is never replaced.
func (o csrOptions) openKey() (key crypto.Signer, made bool, err error) {
	algorithm := o.newKey
	if algorithm == "" {
		algorithm = o.algo
	}
	if algorithm == "" {
		algorithm = pki.DefaultAlgorithm
	}
	key, err = pki.ReadKey(o.key)
	switch {
	case err == nil && o.newKey != "":
		return nil, false, withStatus(exitUsage, relay.WithHint(fmt.Errorf("%s: there is a key, and --newkey would replace it", o.key),
			"leave --newkey out to use it, or name another file with --key"))
	case err == nil:
		return key, false, nil
	case errors.Is(err, fs.ErrPermission):
		return nil, false, relay.WithHint(err, "run this as root, or name a key of your own with --key")
	case !errors.Is(err, fs.ErrNotExist):
		return nil, false, err
	}
	if key, err = pki.NewKey(algorithm); err != nil {
		return nil, false, withStatus(exitUsage, err)
	}
	if err := pki.WriteKey(o.key, key); err != nil {
		return nil, false, fmt.Errorf("making a key: %w", err)
	}
	return key, true, nil
}

// request gathers what is asked for, asking for it where somebody can answer, and the size of a new RSA key that the file wants.
func (o csrOptions) request() (csr.Request, int, error) {
	conf := &csr.Config{}
	if o.config != "" {
		text, err := os.ReadFile(o.config)
		if err != nil {
			return csr.Request{}, 0, fmt.Errorf("reading --config: %w", err)
		}
		if conf, err = csr.ParseConfig(text, os.LookupEnv); err != nil {
			return csr.Request{}, 0, relay.WithHint(fmt.Errorf("reading %s: %w", o.config, err),
				"--config of this command is a file in the form of openssl, with a section [ req ]")
		}
	}
	for _, n := range o.names {
		names, err := csr.ParseNames(n)
		if err != nil {
			return csr.Request{}, 0, fmt.Errorf("--san: %w", err)
		}
		for _, n := range names {
			conf.Names = csr.AddName(conf.Names, n)
		}
	}
	for _, x := range o.addext {
		if err := conf.AddExtension(x); err != nil {
			return csr.Request{}, 0, fmt.Errorf("--addext: %w", err)
		}
	}
	r := csr.Request{Names: conf.Names, Extensions: conf.Extensions}
	var err error
	if o.subject != "" {
		r.Subject, err = csr.ParseSubject(o.subject)
	} else {
		err = o.ask(conf, &r)
	}
	if err != nil {
		return r, 0, err
	}
	for _, text := range conf.Ignored {
		say(o.stderr, "warning", text)
	}
	o.copyCommonName(&r)
	for _, n := range r.Names {
		if n.IsMisplaced() {
			say(o.stderr, "warning", fmt.Sprintf("%s is an address among the host names; clients look for IP:%s", n, n.Value))
		}
	}
	return r, conf.Bits, nil
}

func (o csrOptions) copyCommonName(r *csr.Request) {
	if !o.noCN {
		if n, ok := r.CopyCommonName(); ok {
			say(o.stderr, "info", fmt.Sprintf("the common name was added to the alternative names as %s, since strict clients look at nothing else (--no-cn-san leaves it out)", n))
		}
	}
	if len(r.Names) == 0 {
		say(o.stderr, "warning", fmt.Sprintf("there are no alternative names, and the common name %q counts for none: strict clients will refuse the certificate; give --san", r.Subject.CommonName()))
	}
}

// terminal reports whether somebody can be asked.
func (o csrOptions) terminal() bool {
	f, ok := o.stdin.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
