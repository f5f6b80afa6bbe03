package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"logrelay/relay/config"
	"logrelay/relay/daemon"
	"logrelay/relay/relaytest"
	"logrelay/relay/status"
)

// demoOptions is what "logrelay demo" was asked for. Ports of 0 take any that is free.
type demoOptions struct {
	httpsPort, syslogPort, adminPort int
	dir                              string // "" makes one
	records                          int    // of each sort
	once                             bool
	stdout, stderr                   io.Writer
}

// maxDemoRecords bounds what the demo sends of each sort.
const maxDemoRecords = 1_000_000

// demoPatience bounds the wait for the stand-in SIEM.
const demoPatience = 60 * time.Second

func demoCommand() *cli.Command {
	return &cli.Command{
		Name:  "demo",
		Usage: "see real logs go in over TLS and come out normalized",
		Description: `Starts the real relay on loopback, and a stand-in SIEM that speaks Splunk HEC and syslog over TLS. Sends VPC flow logs, JSON and syslog
through the real ports, shows what the SIEM received and whether the sums add up, and keeps running until Ctrl-C, so that you can send something yourself.

   logrelay demo
   logrelay demo --once --https-port 15443 --syslog-port 16514 --admin-port 15480`,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "https-port", Value: 5443, Usage: "for HTTPS"},
			&cli.IntFlag{Name: "syslog-port", Value: 6514, Usage: "for syslog over TLS"},
			&cli.IntFlag{Name: "admin-port", Value: 5480, Usage: "for health and metrics"},
			&cli.StringFlag{Name: "dir", Usage: "`DIR` for state and configuration (default: a new temporary one)"},
			&cli.IntFlag{Name: "records", Value: 500, Usage: "of each of the four sorts"},
			&cli.BoolFlag{Name: "once", Usage: "end after the sums: exit status 0 when they add up, 1 when not"},
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if n := c.Int("records"); n < 1 || n > maxDemoRecords {
				return usageError("", "--records %d: allowed: 1 to %d", n, maxDemoRecords)
			}
			return demo(c.Context, demoOptions{
				c.Int("https-port"), c.Int("syslog-port"), c.Int("admin-port"), c.String("dir"), c.Int("records"), c.Bool("once"),
				c.App.Writer, c.App.ErrWriter,
			})
		},
	}
}

func demo(ctx context.Context, o demoOptions) error {
	ctx, kill, end := stopSignals(ctx)
	defer end()
	dir, err := demoDir(o.dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.stdout, "State, configuration and log of this demo: %s\n", dir)
	siem, err := startDemoSIEM(dir)
	if err != nil {
		return err
	}
	defer siem.Close()
	file := filepath.Join(dir, "logrelay.yaml")
	if err := os.WriteFile(file, siem.config(o), 0o640); err != nil {
		return fmt.Errorf("writing the demo's configuration: %w", err)
	}
	cfg, err := config.Load(config.Options{Path: file, Environ: []string{}, OverrideFiles: []string{}})
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(dir, "logrelay.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
	if err != nil {
		return fmt.Errorf("opening the demo's log: %w", err)
	}
	defer log.Close()
	d, err := daemon.New(ctx, daemon.Options{Config: cfg, Version: readVersion().Version, Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		return fmt.Errorf("%w (--https-port, --syslog-port and --admin-port choose other ports)", err)
	}
	stop, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- d.Run(stop, kill) }()
	err = demoShow(ctx, o, d, siem, dir)
	if err == nil && !o.once {
		printDemoHelp(o.stdout, d.Snapshot(), cfg, dir)
		select {
		case <-ctx.Done():
		case err = <-done:
			done <- nil
		}
	}
	cancel()
	return errors.Join(err, <-done)
}

// demoDir returns an absolute, existing directory.
func demoDir(dir string) (string, error) {
	if dir == "" {
		made, err := os.MkdirTemp("", "logrelay-demo-")
		if err != nil {
			return "", fmt.Errorf("making the demo's directory: %w", err)
		}
		return made, nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", fmt.Errorf("making the demo's directory: %w", err)
	}
	return filepath.Abs(dir)
}

// demoShow sends, waits until everything is delivered, and prints what happened.
func demoShow(ctx context.Context, o demoOptions, d *daemon.Daemon, siem *demoSIEM, dir string) error {
	began := d.Snapshot()
	if err := demoSend(ctx, o, began, dir); err != nil {
		return err
	}
	s, err := demoWait(ctx, d, began, 4*o.records)
	if err != nil {
		return err
	}
	siem.print(o.stdout)
	return printDemoSums(o.stdout, began, s, siem)
}

// demoSend sends the samples with the code of "logrelay send".
func demoSend(ctx context.Context, o demoOptions, s status.Snapshot, dir string) error {
	now := time.Now()
	fmt.Fprintf(o.stdout, "\nSending %d records of each sort:\n", o.records)
	for _, part := range []struct {
		what, input, scheme, format string
		header                      string
		line                        func([]byte, uint64, time.Time) []byte
	}{
		{"VPC flow logs, 26 fields, over HTTPS", "https", "https", "text", relaytest.VPCFlowHeader + "\n", relaytest.VPCFlowWide},
		{"JSON lines over HTTPS", "https", "https", "ndjson", "", relaytest.JSON},
		{"syslog RFC 5424 over TLS", "syslog", "syslog+tls", "", "", relaytest.RFC5424},
		{"syslog RFC 3164 over TLS", "syslog", "syslog+tls", "", "", relaytest.RFC3164},
	} {
		body := bytes.NewBufferString(part.header)
		for seq := range uint64(o.records) {
			body.Write(append(part.line(body.AvailableBuffer(), seq, now), '\n'))
		}
		address := demoAddress(s, part.input)
		so := sendOptions{
			to: &url.URL{Scheme: part.scheme, Host: address}, format: part.format,
			tls: tlsOptions{caFile: demoCert(dir)}, files: []string{"-"}, stdin: body, stdout: io.Discard, stderr: o.stderr,
		}
		if part.scheme == "https" {
			so.tokenFile = demoToken(dir)
		} else {
			so.framing = "octet"
		}
		fmt.Fprintf(o.stdout, "  %-38s → %s://%s\n", part.what, part.scheme, address)
		if err := send(ctx, so); err != nil {
			return fmt.Errorf("sending %s: %w", part.what, err)
		}
	}
	return nil
}

func demoCert(dir string) string  { return filepath.Join(dir, "state", "tls", "logrelay.pem") }
func demoToken(dir string) string { return filepath.Join(dir, "state", "tokens", "https") }

func demoAddress(s status.Snapshot, input string) string {
	for _, in := range s.Inputs {
		if in.Name == input {
			_, port, err := net.SplitHostPort(in.Address)
			if err != nil {
				panic("BUG: an input's address without a port: " + in.Address)
			}
			return net.JoinHostPort("localhost", port)
		}
	}
	panic("BUG: the demo has no input " + input)
}

// demoWait waits until the sums have grown by what was sent and nothing waits but what a protocol without answers keeps for a resend.
func demoWait(ctx context.Context, d *daemon.Daemon, began status.Snapshot, sent int) (status.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, demoPatience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		s, settled := d.Snapshot(), true
		for i, out := range s.Outputs {
			grown := out.Sum.Accepted - began.Outputs[i].Sum.Accepted
			settled = settled && grown >= uint64(sent) && out.Sum.Waiting == 0
		}
		if settled {
			return s, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return s, fmt.Errorf("the stand-in SIEM did not get everything: %w", ctx.Err())
		}
	}
}

// printDemoSums prints the reconciliation. Its error says that something does not add up. The SIEM counts since this demo began, the
// relay since the first one in the same directory.
func printDemoSums(w io.Writer, began, s status.Snapshot, siem *demoSIEM) error {
	fmt.Fprintf(w, "\nDo the sums add up? accepted = delivered + dead-lettered + waiting\n")
	var bad []string
	for i, out := range s.Outputs {
		sum, got := out.Sum, siem.received(out.Name)
		verdict := "yes"
		if !sum.AddsUp || sum.DeadLettered+sum.Waiting > 0 || got < sum.Delivered-began.Outputs[i].Sum.Delivered {
			verdict = "NO"
			bad = append(bad, out.Name)
		}
		fmt.Fprintf(w, "  %-12s %d = %d + %d + %d   %s (the SIEM itself counted %d)\n",
			out.Name, sum.Accepted, sum.Delivered, sum.DeadLettered, sum.Waiting, verdict, got)
	}
	if bad != nil {
		return fmt.Errorf("the sums of %v do not add up", bad)
	}
	return nil
}

func printDemoHelp(w io.Writer, s status.Snapshot, cfg *config.Config, dir string) {
	https, syslog := demoAddress(s, "https"), demoAddress(s, "syslog")
	fmt.Fprintf(w, `
The relay keeps running (Ctrl-C ends it). Send something yourself:

  curl --cacert %[1]s -H "Authorization: Bearer $(cat %[2]s)" \
    --data-binary 'hello from curl' https://%[3]s/

  printf '<13>1 - - demo - - - hello over syslog\n' |
    openssl s_client -quiet -no_ign_eof -verify_quiet -connect %[4]s -CAfile %[1]s

and look at it, also in a browser, at http://%[5]s/:

  tail -f %[7]s
  curl http://%[5]s/api/v1/status
  logrelay status --config %[6]s
`, demoCert(dir), demoToken(dir), https, syslog, cfg.Admin.Listen, filepath.Join(dir, "logrelay.yaml"), filepath.Join(dir, "received.log"))
}

// config is the embedded default: two inputs, two outputs, everything on loopback.
func (s *demoSIEM) config(o demoOptions) []byte {
	quote := strconv.Quote
	return fmt.Appendf(nil, `# The configuration of the demo.
state_dir: state
admin: {listen: %s, socket: admin.sock}
buffer: {quota: 256MiB, reserve: 0}
inputs:
  https:
    type: https
    listen: %s
    auth: generated
  syslog:
    type: syslog
    transport: tls
    listen: %s
    networks: [127.0.0.0/8, "::1"]
outputs:
  siem_hec:
    type: hec
    url: %s
    token_file: siem-token
    schema: ocsf
    tls: {ca_file: siem-ca.pem}
  siem_syslog:
    type: syslog
    address: %s
    message: rfc5424
    schema: json
    tls: {ca_file: siem-ca.pem}
`, quote(loopback(o.adminPort)), quote(loopback(o.httpsPort)), quote(loopback(o.syslogPort)), quote("https://"+s.hec), quote(s.syslog))
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
