package daemon

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"logrelay/pki"
	"logrelay/relay"
	"logrelay/relay/config"
	"logrelay/relay/encode"
	"logrelay/relay/forward"
	"logrelay/relay/forward/elastic"
	"logrelay/relay/forward/file"
	"logrelay/relay/forward/hec"
	"logrelay/relay/forward/https"
	"logrelay/relay/forward/syslog"
	"logrelay/relay/forward/web"
	"logrelay/relay/forward/xsiam"
)

// newDestination makes what delivers. It connects nowhere. A nil logger says that the destination is only going to be tried.
func newDestination(name string, cfg config.Output, logger *slog.Logger) (dest relay.Destination, err error) {
	common := cfg.Common()
	enc, err := encode.New(common.Schema, encode.Options{Raw: common.Raw, Observables: common.Observables, OCSFVersion: common.OCSFVersion})
	if err != nil {
		panic(fmt.Sprintf("BUG: a schema that the configuration let through: %s", err))
	}
	n := networkCommon(cfg)
	var clientTLS *tls.Config
	if n != nil {
		if clientTLS, err = newClientTLS(&n.TLS); err != nil {
			return nil, fmt.Errorf("output %s: %w", name, err)
		}
		if !n.TLS.Strict && logger != nil {
			logger.Warn("strict TLS is off: the far end is not verified", "output", name)
		}
	}
	switch c := cfg.(type) {
	case *config.SyslogOutput:
		wrapped := enc
		if c.Schema != "rfc5424" { // which has that header
			wrapped = encode.RFC5424(enc)
		}
		if c.Message == "rfc5424" {
			enc = wrapped
		}
		dest, err = syslog.New(syslog.Options{
			Transport: syslog.Transport(c.Transport), Addresses: c.Address, Balance: c.Mode == "balance",
			Newline: c.Framing == "newline", Encode: enc, Wrap: wrapped, TLS: clientTLS,
			ResendBytes: int64(c.ResendBytes), ConnectTimeout: c.ConnectTimeout, Stall: c.Timeout,
		})
	case *config.HTTPSOutput:
		dest, err = https.New(https.Options{
			Web: webOptions(&c.HTTPCommon, clientTLS, c.Compress, postCredentials(c), c.Headers), Format: https.Format(c.Format),
			Encode: enc, BatchBytes: int(c.BatchBytes),
		})
	case *config.HECOutput:
		credentials := []web.Credential{web.Splunk(c.Token.Reveal())}
		dest, err = hec.New(hec.Options{
			Web: webOptions(&c.HTTPCommon, clientTLS, c.Compress, credentials, nil), Encode: enc, JSON: c.JSON(), Raw: c.Endpoint == "raw",
			Index: c.Index, Sourcetype: c.Sourcetype, Source: c.Source, Host: c.Host, Ack: c.Ack, BatchBytes: int(c.BatchBytes),
		})
	case *config.ElasticOutput:
		dest, err = elastic.New(elasticOptions(c, clientTLS, enc))
	case *config.XSIAMOutput:
		credentials := []web.Credential{xsiam.Token(c.Token.Reveal())}
		dest, err = xsiam.New(xsiam.Options{
			Web: webOptions(&c.HTTPCommon, clientTLS, c.Compress, credentials, nil), Format: xsiam.Format(c.Format), Encode: enc, BatchBytes: int(c.BatchBytes),
		})
	case *config.FileOutput:
		dest = file.New(file.Options{Path: string(c.Path), MaxSize: int64(c.MaxSize), MaxAge: c.MaxAge, Keep: c.Keep, Encode: enc})
	case *config.StdoutOutput:
		dest = file.NewWriter(os.Stdout, enc)
	default:
		panic(fmt.Sprintf("BUG: an output of type %T", cfg))
	}
	if err != nil {
		return nil, fmt.Errorf("output %s: %w", name, err)
	}
	return dest, nil
}

func elasticOptions(c *config.ElasticOutput, t *tls.Config, enc relay.EncodeFunc) elastic.Options {
	var credentials []web.Credential
	if !c.APIKey.IsZero() {
		credentials = append(credentials, web.APIKey(c.APIKey.Reveal()))
	}
	if c.Basic.User != "" {
		credentials = append(credentials, web.Basic(c.Basic.User, c.Basic.Password.Reveal()))
	}
	o := elastic.Options{
		Web: webOptions(&c.HTTPCommon, t, c.Compress, credentials, nil), Encode: enc, Index: c.Index,
		Timestamp: c.Schema != "ecs", BatchBytes: int(c.BatchBytes),
	}
	if o.Index == "" {
		o.Index, o.DataStream = c.DataStream, true
	}
	return o
}

func webOptions(c *config.HTTPCommon, t *tls.Config, compress string, credentials []web.Credential, header map[string]string) web.Options {
	o := web.Options{
		URLs: c.URL, Balance: c.Mode == "balance", TLS: t, Insecure: c.Insecure, Header: header, Compress: web.Compression(compress),
		Timeout: c.Timeout, ConnectTimeout: c.ConnectTimeout,
	}
	if credentials != nil {
		o.Credentials = func() ([]web.Credential, error) { return credentials, nil } // a reload brings new ones
	}
	return o
}

// postCredentials returns what the configuration has; nil for none.
func postCredentials(c *config.HTTPSOutput) (all []web.Credential) {
	if !c.Bearer.IsZero() {
		all = append(all, web.Bearer(c.Bearer.Reveal()))
	}
	if c.Basic.User != "" {
		all = append(all, web.Basic(c.Basic.User, c.Basic.Password.Reveal()))
	}
	for name, value := range c.SecretHeaders {
		all = append(all, web.SecretHeader(name, value.Reveal()))
	}
	return all
}

func newClientTLS(c *config.ClientTLS) (*tls.Config, error) {
	o := forward.TLSOptions{Insecure: !c.Strict, Pins: c.PinSHA256, ServerName: c.ServerName}
	if c.CAFile != "" {
		pem, err := pki.ReadPEM(string(c.CAFile))
		if err != nil {
			return nil, fmt.Errorf("reading tls.ca_file: %w", err)
		}
		o.CAFile = pem
	}
	if c.CertFile != "" {
		o.Certificate = func() (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(string(c.CertFile), string(c.KeyFile)) // at each handshake: it may have been renewed
			if err != nil {
				return nil, fmt.Errorf("reading our own certificate: %w", err)
			}
			return &pair, nil
		}
		if _, err := o.Certificate(); err != nil {
			return nil, relay.WithHint(err, "tls.cert_file and tls.key_file have to be a PEM certificate and its key")
		}
	}
	return forward.TLSConfig(o)
}

// networkCommon returns what outputs that connect have in common; nil for the others.
func networkCommon(cfg config.Output) *config.NetworkCommon {
	if s, ok := cfg.(*config.SyslogOutput); ok {
		return &s.NetworkCommon
	}
	if h := httpCommon(cfg); h != nil {
		return &h.NetworkCommon
	}
	return nil
}

func httpCommon(cfg config.Output) *config.HTTPCommon {
	switch c := cfg.(type) {
	case *config.HTTPSOutput:
		return &c.HTTPCommon
	case *config.HECOutput:
		return &c.HTTPCommon
	case *config.ElasticOutput:
		return &c.HTTPCommon
	case *config.XSIAMOutput:
		return &c.HTTPCommon
	}
	return nil
}

// target is where an output goes, in words.
func target(cfg config.Output) string {
	switch c := cfg.(type) {
	case *config.SyslogOutput:
		return c.Transport + "://" + strings.Join(c.Address, ", ")
	case *config.FileOutput:
		return string(c.Path)
	case *config.StdoutOutput:
		return "standard output"
	}
	return strings.Join(httpCommon(cfg).URL, ", ")
}
