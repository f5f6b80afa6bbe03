package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"logrelay/pki"
	"logrelay/pki/csr"
)

// maxAttempts is how often a question is asked whose answers are wrong.
const maxAttempts = 5

// ask fills the subject from the fields of a file, and without a file from usual ones, and asks on a terminal. Without a file it proposes the
// names and addresses of this host. Elsewhere the defaults stand, and a field without one is left out.
func (o csrOptions) ask(conf *csr.Config, r *csr.Request) error {
	in := bufio.NewReader(o.stdin)
	if !o.terminal() {
		in = nil
	}
	fields := conf.Fields
	var host []csr.Name
	if o.config == "" {
		host = hostNames()
		fields = usualFields(host, r.Names)
	}
	if in != nil && len(fields) > 0 {
		fmt.Fprintln(o.stderr, `Enter takes what is in brackets, "." leaves a field empty.`)
	}
	for _, f := range fields {
		a, err := o.askField(in, f)
		if err != nil {
			return err
		}
		if a != nil {
			a.Joined = f.Joined && len(r.Subject) > 0
			r.Subject = append(r.Subject, *a)
		}
	}
	if o.config == "" && len(r.Names) == 0 {
		return o.askNames(in, host, r)
	}
	return nil
}

// usualFields are those of a subject without a file. The common name is the first name that was given, else this host's.
func usualFields(host, given []csr.Name) []csr.Field {
	name := ""
	if len(given) > 0 {
		name = given[0].Value
	} else if len(host) > 0 {
		name = host[0].Value
	}
	return []csr.Field{
		{Name: "countryName", Prompt: "Country (2 letters)"},
		{Name: "stateOrProvinceName", Prompt: "State or province"},
		{Name: "localityName", Prompt: "City"},
		{Name: "organizationName", Prompt: "Organization"},
		{Name: "organizationalUnitName", Prompt: "Unit"},
		{Name: "commonName", Prompt: "Name of the relay, as senders call it", Default: name},
	}
}

// askField returns nil for a field that is left out. A nil reader means that nobody can be asked.
func (o csrOptions) askField(in *bufio.Reader, f csr.Field) (*csr.Attribute, error) {
	for attempt := 1; ; attempt++ {
		value := f.Default
		if f.Prompt != "" && in != nil {
			var err error
			if value, err = o.question(in, f.Prompt, f.Default); err != nil {
				return nil, err
			}
		}
		if value = strings.TrimSpace(value); value == "" || value == "." {
			return nil, nil
		}
		a, err := csr.NewAttribute(f.Name, value)
		if err == nil {
			return &a, nil
		}
		if f.Prompt == "" || in == nil || attempt == maxAttempts {
			return nil, err
		}
		fmt.Fprintln(o.stderr, err)
	}
}

func (o csrOptions) askNames(in *bufio.Reader, host []csr.Name, r *csr.Request) error {
	var proposal []string
	if cn, ok := csr.HostName(r.Subject.CommonName()); ok {
		host = append([]csr.Name{cn}, host...)
	}
	var names []csr.Name
	for _, n := range host {
		names = csr.AddName(names, n)
	}
	for _, n := range names {
		proposal = append(proposal, n.String())
	}
	text := strings.Join(proposal, ",")
	for attempt := 1; ; attempt++ {
		answer := text
		if in != nil {
			var err error
			if answer, err = o.question(in, "Alternative names", text); err != nil {
				return err
			}
		}
		if strings.TrimSpace(answer) == "." {
			return nil
		}
		names, err := csr.ParseNames(answer)
		if err == nil {
			r.Names = names
			return nil
		}
		if in == nil || attempt == maxAttempts {
			return err
		}
		fmt.Fprintln(o.stderr, err)
	}
}

func (o csrOptions) question(in *bufio.Reader, prompt, byDefault string) (string, error) {
	fmt.Fprintf(o.stderr, "%s [%s]: ", printable(prompt, 200), printable(byDefault, 1000))
	line, err := in.ReadString('\n')
	if err != nil && !(errors.Is(err, io.EOF) && line != "") {
		return "", fmt.Errorf("reading the answer: %w", err)
	}
	if line = strings.TrimSpace(line); line == "" {
		return byDefault, nil
	}
	return line, nil
}

// hostNames are the names and addresses by which others may know this host.
func hostNames() []csr.Name {
	var names []csr.Name
	for _, name := range pki.HostNames(nil) {
		if ip := net.ParseIP(name); name == "localhost" || ip != nil && ip.IsLoopback() {
			continue
		}
		if n, ok := csr.HostName(name); ok {
			names = append(names, n)
		}
	}
	return names
}
