package daemon

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"logrelay/relay"
	"logrelay/relay/buffer"
	"logrelay/relay/config"
	"logrelay/relay/encode"
	"logrelay/relay/forward"
	"logrelay/relay/forward/file"
	"logrelay/relay/forward/hec"
	"logrelay/relay/forward/https"
	"logrelay/relay/forward/syslog"
	"logrelay/relay/forward/web"
	"logrelay/relay/normalize"
	"logrelay/relay/status"
)

// output is one destination with its pump and its place in the log.
type output struct {
	name   string
	cfg    config.Output
	cursor *buffer.Cursor
	dest   relay.Destination
	pump   *forward.Pump
	pulse  relay.Pulse
	stop   context.CancelFunc
	done   chan struct{} // closed when Run of the pump has returned

	using  sync.RWMutex // held by redeliver, and by close
	closed context.Context
	end    context.CancelFunc // of closed
}

// newOutput opens the output's cursor and makes its pump. It connects nowhere.
func (d *Daemon) newOutput(name string, cfg config.Output) (*output, error) {
	c := cfg.Common()
	out := &output{name: name, cfg: cfg, done: make(chan struct{})}
	out.closed, out.end = context.WithCancel(context.Background())
	var err error
	if out.dest, err = newDestination(name, cfg, d.o.Logger); err != nil {
		out.end()
		return nil, err
	}
	from := buffer.FromNow
	if c.From == "oldest" {
		from = buffer.FromOldest
	}
	if out.cursor, err = d.buffer.Cursor(name, from); err != nil {
		out.close()
		return nil, fmt.Errorf("output %s: %w", name, err)
	}
	o := forward.Options{
		Name: name, Cursor: out.cursor, Destination: out.dest, Select: selection(c), DeadLetters: d.letters,
		BatchRecords: c.BatchRecords, BatchBytes: int(c.BatchBytes), Budget: d.deliveryBudget,
		Logger: d.o.Logger, Registerer: d.registry, Pulse: &out.pulse,
	}
	if h := httpCommon(cfg); h != nil {
		o.Ordered, o.MaxConcurrency = h.Ordered, h.MaxConcurrency
	}
	if c.Schema != "raw" || len(c.Kinds) > 0 { // what a record is may have to be seen in its bytes
		o.Normalize = func() relay.NormalizeFunc { return normalize.New().Append }
	}
	out.pump = forward.NewPump(o)
	return out, nil
}

// selection turns the output's lists into a question; nil when it takes everything.
func selection(c *config.OutputCommon) func(*relay.Origin, relay.Kind) bool {
	if len(c.Inputs) == 0 && len(c.Tenants) == 0 && len(c.Kinds) == 0 {
		return nil
	}
	in := func(list []string, s string) bool { return len(list) == 0 || slices.Contains(list, s) }
	return func(o *relay.Origin, k relay.Kind) bool {
		return in(c.Inputs, o.Input) && in(c.Tenants, o.Tenant) && in(c.Kinds, string(k))
	}
}

// newDestination makes what delivers. It connects nowhere. A nil logger says that the destination is only going to be tried.
func newDestination(name string, cfg config.Output, logger *slog.Logger) (dest relay.Destination, err error) {
	enc, err := encode.New(cfg.Common().Schema, encode.Options{})
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
		wrapped := encode.RFC5424(enc)
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
			Web: webOptions(&c.HTTPCommon, clientTLS, c.Compress, credentials, nil), Encode: enc, JSON: c.Schema != "raw", Raw: c.Endpoint == "raw",
			Index: c.Index, Sourcetype: c.Sourcetype, Source: c.Source, Host: c.Host, Ack: c.Ack, BatchBytes: int(c.BatchBytes),
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
		pem, err := os.ReadFile(string(c.CAFile))
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

// redeliver sends one dead letter beside the pump. It ends when the output is closed.
func (out *output) redeliver(ctx context.Context, l relay.DeadLetter) error {
	out.using.RLock()
	defer out.using.RUnlock()
	if out.closed.Err() != nil {
		return errors.New("this output was replaced or removed meanwhile")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(out.closed, cancel)()
	return out.pump.Redeliver(ctx, l)
}

// close gives up connections. The pump does not run.
func (out *output) close() {
	out.end()
	out.using.Lock()
	defer out.using.Unlock()
	if out.dest != nil {
		_ = out.dest.Close() // what was unconfirmed stays in the log
	}
}

// settle moves records whose dead letters were all retried or dropped to another term of the sum. A letter may be stored, and even
// settled, before the cursor has passed its record, hence the bounds; what has an open letter is never called settled.
func settle(o relay.Outcome, r buffer.DeadRecords) relay.Outcome {
	settled := min(r.Retried+r.Dropped, o.DeadLettered-min(r.Open, o.DeadLettered))
	dropped := min(r.Dropped, settled)
	o.DeadLettered -= settled
	o.Discarded += dropped
	o.Delivered += settled - dropped
	return o
}

func (out *output) status(letters buffer.DeadLetterStats) status.Output {
	c, p := out.cursor.Stats(), out.pump.Stats()
	o := settle(c.Outcome, letters.Records)
	st := status.Output{
		Name: out.name, Type: out.cfg.Common().Type, Target: target(out.cfg), State: p.State,
		Sum:         status.NewSum(c.End-c.Start, c.Waiting, o),
		WaitingSize: uint64(c.WaitingBytes), InFlight: c.Leased, Unconfirmed: uint64(p.Unconfirmed), Retries: p.Retries,
		Concurrency: p.Concurrency, LastError: p.Error, Hint: p.Hint, Strict: true,
	}
	if c.Oldest != 0 && c.Waiting > 0 {
		st.WaitingFor = time.Since(time.Unix(0, c.Oldest)).Seconds()
	}
	if n := networkCommon(out.cfg); n != nil {
		st.Strict = n.TLS.Strict
	}
	if !p.Since.IsZero() {
		since := p.Since.UTC()
		st.Since = &since
	}
	if !p.LastSuccess.IsZero() {
		st.LastSuccess = &p.LastSuccess
	}
	return st
}
