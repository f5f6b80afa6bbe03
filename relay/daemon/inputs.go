package daemon

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"time"

	"logrelay/pki"
	"logrelay/relay"
	"logrelay/relay/buffer"
	"logrelay/relay/config"
	"logrelay/relay/ingest"
	"logrelay/relay/ingest/https"
	"logrelay/relay/ingest/s3/access"
	"logrelay/relay/ingest/syslog"
	"logrelay/relay/status"
)

// input is one source with its listener.
type input struct {
	name   string
	cfg    config.Input
	read   contents
	source source
	pulse  relay.Pulse
	listen net.Listener // nil for UDP
	packet []net.PacketConn
	access *access.Access // of an input that pulls
	stop   context.CancelFunc
	done   chan struct{} // closed when Run of the source has returned
}

// source is what the daemon needs of a source beyond its contract.
type source interface {
	relay.Source
	Stats() ingest.Stats
}

// newInput binds the input's address and makes its source. It starts nothing.
func (d *Daemon) newInput(name string, cfg config.Input) (*input, error) {
	in := &input{name: name, cfg: cfg, read: contentsOf(cfg), done: make(chan struct{})}
	var err error
	switch c := cfg.(type) {
	case *config.HTTPSInput:
		err = d.newHTTPS(in, c)
	case *config.SyslogInput:
		err = d.newSyslog(in, c)
	case *config.S3Input:
		err = d.newS3(context.Background(), in, c)
	default:
		panic(fmt.Sprintf("BUG: an input of type %T", cfg))
	}
	if err != nil {
		in.close()
		return nil, err
	}
	if text := in.elsewhere(); text != "" {
		d.log.Error("an input "+text, "input", name, "hint", hintElsewhere)
	}
	return in, nil
}

// elsewhere says where an input listens that was given another socket than its configuration wants; "" when that is as it should be.
func (in *input) elsewhere() string {
	c, ok := in.cfg.(config.ListeningInput)
	bound := in.bound()
	if !ok || sameAddress(c.Listening().Listen, bound) {
		return ""
	}
	return fmt.Sprintf("listens on %s, which the service manager passed, and not on %s", bound, c.Listening().Listen)
}

// bound is the address of the input's socket, nil for one that pulls.
func (in *input) bound() net.Addr {
	switch {
	case in.listen != nil:
		return in.listen.Addr()
	case len(in.packet) > 0:
		return in.packet[0].LocalAddr()
	}
	return nil
}

func (d *Daemon) newHTTPS(in *input, c *config.HTTPSInput) error {
	auth, err := d.httpsAuth(in.name, c)
	if err != nil {
		return err
	}
	serverTLS, err := d.serverTLS(&c.ListenCommon, "h2", "http/1.1")
	if err != nil {
		return fmt.Errorf("input %s: %w", in.name, err)
	}
	if in.listen, err = d.sockets.listen(in.name, c.Listen); err != nil {
		return err
	}
	in.source, err = https.New(https.Options{
		Name: in.name, Listener: in.listen, TLS: serverTLS, Auth: auth,
		Limits: https.Limits{
			Body: int64(c.MaxBody), Decoded: int64(c.MaxDecompressed), Record: int(c.MaxRecord), Connections: c.MaxConnections,
			BodyTime: c.ReadTimeout, IdleTime: c.IdleTimeout, DrainTime: d.cfg.DrainTimeout,
		},
		Kind: relay.Kind(c.Kind), Source: c.Source, Tenant: c.Tenant, Columns: c.Columns, Products: c.Products,
		ProxyFrom: config.Prefixes(c.ProxyProtocol),
		Ledger:    d.buffer, Flights: &d.flights, Budget: d.inputBudget(), SpoolDir: d.spoolDir(),
		Logger: d.o.Logger, Registerer: d.registry, Pulse: &in.pulse,
	})
	return err
}

// httpsAuth turns the input's access rules into those of the source, making the generated token if it is not there yet.
func (d *Daemon) httpsAuth(name string, c *config.HTTPSInput) (https.Auth, error) {
	if c.Auth == config.AuthNone && len(c.Networks) == 0 {
		return https.Auth{None: true}, nil
	}
	a := https.Auth{Networks: config.Prefixes(c.Networks)}
	if len(c.ClientSubjects) > 0 {
		a.Admits = func(cert *x509.Certificate) bool { return pki.IsSubject(cert, c.ClientSubjects) }
	}
	if c.ClientCAFile != "" {
		pool, err := pki.LoadClientCA(string(c.ClientCAFile))
		if err != nil {
			return a, fmt.Errorf("input %s: %w", name, err)
		}
		a.ClientCAs = pool
	}
	for _, t := range c.Tokens {
		a.Tokens = append(a.Tokens, token(t.Name, "", t.Token, t.TokenHash, t.Labels))
	}
	for _, u := range c.Users {
		a.Tokens = append(a.Tokens, token(u.Name, u.Name, u.Password, u.PasswordHash, u.Labels))
	}
	if c.Auth == config.AuthGenerated {
		file := d.cfg.GeneratedTokenFile(name)
		secret, made, err := generatedToken(file)
		if err != nil {
			return a, fmt.Errorf("input %s: %w", name, err)
		}
		if made {
			d.log.Info("made a token for this input", "input", name, "file", file)
		}
		a.Tokens = append(a.Tokens, https.Token{Name: "generated", Secret: secret})
	}
	// The handshake asks for the certificate in any case (serverTLS); it is enough where no token is configured, or where either will do.
	a.Certificates = a.ClientCAs != nil && (len(a.Tokens) == 0 || c.ClientCert == config.ClientCertOptional)
	return a, nil
}

func token(name, user string, secret, hash config.Secret, l config.Labels) https.Token {
	return https.Token{
		Name: name, User: user, Secret: secret.Reveal(), Hash: hash.Reveal(), NotBefore: l.NotBefore, Expires: l.Expires,
		Tenant: l.Tenant, Source: l.Source, Kind: relay.Kind(l.Kind),
		HEC: https.HECFields{Host: l.Host, Source: l.Source, Sourcetype: l.Sourcetype, Index: l.Index},
	}
}

func (d *Daemon) newSyslog(in *input, c *config.SyslogInput) (err error) {
	o := syslog.Options{
		Name: in.name, Transport: syslog.Transport(c.Transport),
		Networks: config.Prefixes(c.Networks), AuthNone: c.Auth == config.AuthNone, ProxyTrusted: config.Prefixes(c.ProxyProtocol),
		MaxMessage: int(c.MaxMessage), ReadTimeout: c.ReadTimeout, IdleTimeout: c.IdleTimeout, MaxConnections: c.MaxConnections,
		Tenant: c.Tenant, Source: c.Source, Kind: relay.Kind(c.Kind), Zone: c.Zone, Columns: c.Columns, Products: c.Products,
		Budget: d.inputBudget(), Logger: d.o.Logger, Registerer: d.registry, Pulse: &in.pulse,
	}
	if o.Transport == syslog.TLS {
		if o.TLS, err = d.serverTLS(&c.ListenCommon); err != nil {
			return fmt.Errorf("input %s: %w", in.name, err)
		}
	}
	if o.Transport == syslog.UDP {
		if in.packet, err = d.sockets.packet(in.name); err == nil && in.packet == nil {
			if in.packet, err = syslog.ListenUDP(context.Background(), c.Listen, c.Sockets); err != nil {
				err = listenError("input "+in.name, c.Listen, err)
			}
		}
		o.PacketConns = in.packet
	} else if in.listen, err = d.sockets.listen(in.name, c.Listen); err == nil {
		o.Listeners = []net.Listener{in.listen}
	}
	if err != nil {
		return err
	}
	in.source, err = syslog.New(o)
	return err
}

// serverTLS is the relay's side of a TLS connection. With a client CA, senders need a certificate of it, or may have one.
func (d *Daemon) serverTLS(c *config.ListenCommon, protocols ...string) (*tls.Config, error) {
	o := pki.ServerOptions{
		GetCertificate: d.pair.GetCertificate, Subjects: c.ClientSubjects, NextProtos: protocols,
		Optional: c.ClientCert == config.ClientCertOptional, Modern: d.cfg.TLS.Policy == "modern",
	}
	if c.ClientCAFile != "" {
		pool, err := pki.LoadClientCA(string(c.ClientCAFile))
		if err != nil {
			return nil, err
		}
		o.ClientCAs = pool
	}
	served := pki.ServerConfig(o)
	if d.acme != nil {
		served = d.acme.ServerConfig(served)
	}
	return served, nil
}

// minInputMemory keeps many inputs from being starved by their number.
const minInputMemory = 16 << 20

func (d *Daemon) inputBudget() *relay.Budget {
	share := int64(d.cfg.MemoryLimit) / sourceMemory / int64(max(1, len(d.cfg.Inputs)))
	return relay.NewBudget(max(share, minInputMemory))
}

func (d *Daemon) spoolDir() string { return filepath.Join(string(d.cfg.StateDir), "spool") }

// close gives the listener back if the source never ran; a source that runs closes it itself.
func (in *input) close() {
	if in.listen != nil {
		in.listen.Close()
	}
	for _, p := range in.packet {
		p.Close()
	}
	if in.access != nil {
		in.access.Close()
	}
}

func (in *input) status(letters buffer.DeadLetterStats) status.Input {
	c, s := in.cfg.Common(), in.source.Stats()
	st := status.Input{
		Name: in.name, Type: c.Type, Records: uint64(s.Records), Bytes: uint64(s.Bytes),
		Connections: s.Connections, Rejected: uint64(s.Rejected), LastReject: s.LastReject, LastError: s.LastError,
	}
	if p, ok := in.source.(puller); ok {
		st.Pull = pullStatus(p.Pull(), letters, time.Now())
		if in.access != nil {
			st.Pull.AccessKey = status.KeyEnd(in.access.KeyID())
		}
	}
	if c, ok := in.cfg.(*config.S3Input); ok {
		st.Address = c.Queue
	}
	if c, ok := in.cfg.(*config.SyslogInput); ok {
		st.Type += "/" + c.Transport
	}
	if at := in.bound(); at != nil {
		st.Address = at.String()
	}
	if !s.LastSeen.IsZero() {
		st.LastSeen = &s.LastSeen
	}
	return st
}

// shares are the parts of the quota that inputs and tenants may fill.
func shares(c *config.Config) (s []shareOf) {
	for name, in := range c.Inputs {
		if p := in.Common().BufferShare; p < 100 {
			s = append(s, shareOf{Input: name, Bytes: int64(p.Of(c.Buffer.Quota))})
		}
	}
	for name := range c.Tenants {
		if p := c.TenantShare(name); p < 100 {
			s = append(s, shareOf{Tenant: name, Bytes: int64(p.Of(c.Buffer.Quota))})
		}
	}
	slices.SortFunc(s, func(a, b shareOf) int { return len(a.Input) - len(b.Input) })
	return s
}
