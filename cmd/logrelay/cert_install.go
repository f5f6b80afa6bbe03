package main

import (
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"logrelay/pki"
	"logrelay/relay"
)

func certImportCommand() *cli.Command {
	return &cli.Command{
		Name:  "import",
		Usage: "check a certificate and key of a CA, and install them for the relay",
		Description: `Copies the pair to where the relay keeps its own, with modes that let it read them and nobody else; a running relay takes
it within seconds. The pair that was there stays beside it, with .old behind its name. Keys may be PKCS#8, PKCS#1 or SEC1.

   logrelay cert import --cert relay.pem --chain ca-chain.pem
   logrelay cert import --cert relay.pem --key relay.key`,
		Flags: []cli.Flag{
			configFlag(),
			&cli.StringFlag{Name: "cert", Usage: "`FILE` with the certificate, PEM, with or without its chain"},
			&cli.StringFlag{Name: "key", Usage: "`FILE` with the key, PEM (default: the relay's own, of logrelay csr)"},
			&cli.StringFlag{Name: "chain", Usage: "`FILE` with the certificates of the CA that follow it, PEM"},
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if c.String("cert") == "" {
				return usageError("for example: logrelay cert import --cert relay.pem --key relay.key", "--cert is missing")
			}
			o, err := certOptions(c)
			if err != nil {
				return err
			}
			dir := ownDir(o)
			certFile, keyFile := pki.Options{Dir: dir}.Files()
			from := pki.ImportOptions{CertFile: c.String("cert"), KeyFile: c.String("key"), ChainFile: c.String("chain"), Dir: dir}
			if from.KeyFile == "" {
				from.KeyFile = keyFile
			}
			if err := pki.Import(from); err != nil {
				return err
			}
			fmt.Fprintf(c.App.Writer, "installed %s and %s\n", certFile, keyFile)
			return adviseImport(c, o, certFile, keyFile)
		},
	}
}

// adviseImport says what is left to do before the imported pair serves. before is what the configuration said until now.
func adviseImport(c *cli.Context, before pki.Options, certFile, keyFile string) error {
	now, err := certOptions(c)
	if err != nil {
		return err
	}
	was, _ := before.Files()
	named, _ := now.Files()
	switch {
	case named != certFile:
		say(c.App.ErrWriter, "warning", fmt.Sprintf("the configuration names %s, and that is what serves: name %s and %s there, or remove that (tls:, LOGRELAY_TLS_CERT and _KEY in the override files)",
			named, certFile, keyFile))
	case was != certFile:
		say(c.App.ErrWriter, "info", fmt.Sprintf("it goes before %s from now on: systemctl reload logrelay", was))
	}
	return nil
}

func certRenewCommand() *cli.Command {
	return &cli.Command{
		Name:  "renew",
		Usage: "make a new self-signed certificate, for the same key and the names that this host has now",
		Description: `The relay does this by itself before its certificate ends, with the names of the old one. Devices that trust the certificate itself need
the new one (logrelay cert export); those that pin the key notice nothing. The old one stays beside it, with .old behind its name.

   logrelay cert renew`,
		Flags: []cli.Flag{configFlag()},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			o, err := certOptions(c)
			if err != nil {
				return err
			}
			dir := ownDir(o)
			certFile, _ := pki.Options{Dir: dir}.Files()
			if named, _ := o.Files(); named != certFile {
				return relay.WithHint(fmt.Errorf("the configuration names %s, which is not the relay's own", named), "renew it at the CA that issued it")
			}
			if err := pki.Renew(dir, nil); err != nil {
				return explainMissing(err)
			}
			fmt.Fprintf(c.App.Writer, "renewed %s\n", certFile)
			return nil
		},
	}
}

func certExportCommand() *cli.Command {
	return &cli.Command{
		Name:  "export",
		Usage: "print the self-signed certificate for the trust store of a device",
		Description: `   logrelay cert export --out logrelay.pem
   logrelay cert export --format der --out logrelay.cer`,
		Flags: []cli.Flag{
			configFlag(),
			&cli.StringFlag{Name: "format", Value: "pem", Usage: "pem or der"},
			&cli.StringFlag{Name: "out", Usage: "`FILE` (default: standard output)"},
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if f := c.String("format"); f != "pem" && f != "der" {
				return usageError("formats: pem, der", "unknown --format %q", f)
			}
			o, err := certOptions(c)
			if err != nil {
				return err
			}
			certFile, keyFile := o.Files()
			chain := pki.Inspect(certFile, keyFile).Chain
			if chain == nil {
				_, err := os.Stat(certFile)
				if err == nil {
					err = fmt.Errorf("no certificate in %s", certFile)
				}
				return explainMissing(err)
			}
			if !pki.IsSelfSigned(chain[0]) {
				return relay.WithHint(fmt.Errorf("%s is not self-signed: %s issued it", certFile, chain[0].Issuer),
					"devices have to trust the CA and not this certificate: get the CA's own from there")
			}
			text := chain[0].Raw
			if c.String("format") == "pem" {
				text = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: text})
			}
			if out := c.String("out"); out != "" {
				if err := os.WriteFile(out, text, 0o644); err != nil {
					return fmt.Errorf("writing the certificate: %w", err)
				}
				say(c.App.ErrWriter, "info", "wrote "+out)
				return nil
			}
			_, err = c.App.Writer.Write(text)
			return err
		},
	}
}

func explainMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return relay.WithHint(err, "the relay makes its certificate at the first start; --config FILE says where")
	}
	return err
}
