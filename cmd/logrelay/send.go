package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"
)

// sendOptions is what "logrelay send" was asked for.
type sendOptions struct {
	to        *url.URL
	format    string
	kind      string // of the records; "" leaves it to the relay
	framing   string
	user      string
	tokenFile string
	tls       tlsOptions
	rate      float64 // records a second; 0: as fast as they are taken
	count     int64   // records in all, repeating the input; 0: the input once
	json      bool
	files     []string
	stdin     io.Reader
	stdout    io.Writer
	stderr    io.Writer
	busy      func(wait time.Duration, why string)
}

// sendTarget is one protocol to send by. It is for one goroutine.
type sendTarget interface {
	// send returns nil when the batch is safe there, or, where nothing is acknowledged, handed over.
	send(ctx context.Context, b *sendBatch) error
	// close ends the connection in order.
	close(ctx context.Context) error
	// acknowledged reports whether nil from send means that the relay answered for the records.
	acknowledged() bool
}

func sendCommand() *cli.Command {
	return &cli.Command{
		Name:      "send",
		Usage:     "send files or standard input to a relay, over any protocol that it takes",
		ArgsUsage: "FILE... (- is standard input)",
		Description: `Examples:
   logrelay send --to https://relay:5443 --token-file token --ca-file logrelay.pem access.log
   logrelay send --to https://relay:5443 --token-file token --format hec app.ndjson
   tail -F /var/log/messages | logrelay send --to syslog+tls://relay:6514 --ca-file logrelay.pem -
   logrelay send --to syslog+udp://relay:514 --rate 100 --count 10000 sample.log

Over https, 200 means that the relay has the records on its disk. Syslog has no answer: there, sent
means handed over. Lines that are no syslog messages are wrapped in RFC 5424.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "to", Usage: "`URL`: https://, http://, syslog+tls://, syslog+tcp://, syslog+udp://"},
			&cli.StringFlag{Name: "format", Value: "text", Usage: "of https: text, ndjson, json, hec, hec-raw or firehose"},
			&cli.StringFlag{Name: "kind", Usage: "of https with text, ndjson or json: what the records are, such as vpcflow; \"logrelay mapping\" lists the kinds (default: the relay looks)"},
			&cli.StringFlag{Name: "framing", Usage: "of syslog: octet or newline (default: octet for TLS, newline for TCP)"},
			&cli.StringFlag{Name: "token-file", Usage: "`FILE` that holds the token, or the password of --user"},
			&cli.StringFlag{Name: "user", Usage: "basic authentication as this user"},
			&cli.StringFlag{Name: "ca-file", Usage: "`FILE` with certificates to trust, PEM"},
			&cli.StringFlag{Name: "cert", Usage: "`FILE` with the client certificate, PEM"},
			&cli.StringFlag{Name: "key", Usage: "`FILE` with its key, PEM"},
			&cli.BoolFlag{Name: "no-verify", Usage: "accept any certificate: anyone on the way can read and change what is sent"},
			&cli.Float64Flag{Name: "rate", Usage: "records a second", DefaultText: "as fast as they are taken"},
			&cli.Int64Flag{Name: "count", Usage: "repeat the input until `N` records are sent", DefaultText: "all of it once"},
			jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			o, err := readSendOptions(c)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(c.Context, os.Interrupt, syscall.SIGTERM)
			defer stop()
			context.AfterFunc(ctx, stop) // a second signal ends the program at once
			return send(ctx, o)
		},
	}
}

func readSendOptions(c *cli.Context) (sendOptions, error) {
	o := sendOptions{
		format: c.String("format"), kind: c.String("kind"), framing: c.String("framing"), user: c.String("user"), tokenFile: c.String("token-file"),
		tls:  tlsOptions{caFile: c.String("ca-file"), noVerify: c.Bool("no-verify"), certFile: c.String("cert"), keyFile: c.String("key")},
		rate: c.Float64("rate"), count: c.Int64("count"), json: c.Bool("json"),
		files: c.Args().Slice(), stdin: c.App.Reader, stdout: c.App.Writer, stderr: c.App.ErrWriter,
	}
	const example = "for example --to https://127.0.0.1:5443 or --to syslog+tls://127.0.0.1:6514"
	if c.String("to") == "" {
		return o, usageError(example, "--to is missing: where shall it go?")
	}
	var err error
	if o.to, err = url.Parse(c.String("to")); err != nil || o.to.Hostname() == "" {
		return o, usageError(example, "--to %q is no address", c.String("to"))
	}
	if o.to.User != nil {
		return o, usageError("give them with --user and --token-file", "--to holds a user or password, which everyone on this machine could read")
	}
	if len(o.files) == 0 {
		return o, usageError("name files, or - for standard input", "nothing to send")
	}
	if o.rate < 0 || o.count < 0 {
		return o, usageError("", "--rate and --count are not negative")
	}
	switch o.to.Scheme {
	case "https", "http":
		if o.framing != "" {
			return o, usageError("", "--framing is for syslog")
		}
	case "syslog+tls", "syslog+tcp", "syslog+udp":
		return o, o.checkSyslog(c)
	default:
		return o, usageError("schemes: https, http, syslog+tls, syslog+tcp, syslog+udp", "--to %s: unknown scheme %q", o.to, o.to.Scheme)
	}
	return o, nil
}

func (o *sendOptions) checkSyslog(c *cli.Context) error {
	if c.IsSet("format") || o.kind != "" || o.tokenFile != "" || o.user != "" {
		return usageError("syslog knows client certificates (--cert, --key) and source networks", "--format, --kind, --token-file and --user are for https")
	}
	switch {
	case o.framing == "" && o.to.Scheme == "syslog+tls":
		o.framing = "octet"
	case o.framing == "":
		o.framing = "newline"
	case o.framing != "octet" && o.framing != "newline":
		return usageError("framings: octet, newline", "unknown --framing %q", o.framing)
	}
	return nil
}

// syslogNetwork returns the network and the usual port of a syslog target.
func (o sendOptions) syslogNetwork() (network, port string) {
	switch o.to.Scheme {
	case "syslog+tls":
		return "tcp", "6514"
	case "syslog+tcp":
		return "tcp", "514"
	}
	return "udp", "514"
}

// target connects, or makes ready to.
func (o sendOptions) target(ctx context.Context) (sendTarget, error) {
	var conf *tls.Config
	if o.to.Scheme == "https" || o.to.Scheme == "syslog+tls" {
		var err error
		if conf, err = o.tls.config(o.to.Hostname()); err != nil {
			return nil, err
		}
		if o.tls.noVerify {
			say(o.stderr, "warning", "--no-verify: the far end is not checked")
		}
	}
	if strings.HasPrefix(o.to.Scheme, "syslog") {
		return dialSyslog(ctx, o, conf)
	}
	token, err := readToken(o.tokenFile)
	if err != nil {
		return nil, err
	}
	return newHTTPSTarget(o, token, conf)
}

// readToken returns the first line of a file, or "" for no file.
func readToken(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", withStatus(exitUsage, fmt.Errorf("reading --token-file: %w", err))
	}
	token, rest, _ := strings.Cut(string(text), "\n")
	token = strings.TrimRight(token, "\r")
	if token == "" || strings.TrimSpace(rest) != "" || strings.ContainsAny(token, " \t") {
		return "", usageError("the file holds the token alone, on one line", "--token-file %s is not a token", file)
	}
	return token, nil
}
