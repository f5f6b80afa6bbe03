package main

import (
	"path/filepath"

	"github.com/urfave/cli/v2"

	"logrelay/pki"
	"logrelay/relay/config"
	"logrelay/relay/daemon"
)

func certCommand() *cli.Command {
	return &cli.Command{
		Name:  "cert",
		Usage: "look at, try, install and renew the relay's certificate",
		Subcommands: []*cli.Command{
			certShowCommand(),
			certCheckCommand(),
			certImportCommand(),
			certRenewCommand(),
			certExportCommand(),
		},
	}
}

// certOptions says where the certificate of the relay is that the flags name. Without --config a file that cannot be used
// means the usual places: certificates are looked at while things are being repaired.
func certOptions(c *cli.Context) (pki.Options, error) {
	return pairOptions(configOptions(c), c.IsSet("config"))
}

func pairOptions(o config.Options, needed bool) (pki.Options, error) {
	conf, err := config.Load(o)
	if err != nil && needed {
		return pki.Options{}, err
	}
	if err != nil {
		conf = config.Default()
	}
	return daemon.PairOptions(conf, nil), nil
}

// ownDir is where the relay keeps a pair of its own: where it makes one, and where one is imported to.
func ownDir(o pki.Options) string {
	certFile, _ := pki.Options{Dir: o.Dir, SelfSignedDir: o.SelfSignedDir}.Files()
	return filepath.Dir(certFile)
}
