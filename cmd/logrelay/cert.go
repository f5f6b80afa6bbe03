package main

import (
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

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

// serviceUser returns whom the relay runs as, seen by root: the owner of its state directory, else the user logrelay. False: it is not known, or who
// asks is not root, who alone can look through the eyes of others.
func serviceUser(stateDir string) (pki.User, bool) {
	if os.Geteuid() != 0 {
		return pki.User{}, false
	}
	var found *user.User
	var err error
	info, serr := os.Stat(stateDir)
	if serr == nil {
		st, ok := info.Sys().(*syscall.Stat_t)
		if !ok || st.Uid == 0 {
			return pki.User{}, false
		}
		found, err = user.LookupId(strconv.Itoa(int(st.Uid)))
	} else {
		found, err = user.Lookup("logrelay")
	}
	if err != nil {
		return pki.User{}, false
	}
	u := pki.User{Name: found.Username}
	groups, err := found.GroupIds()
	if err != nil {
		groups = []string{found.Gid}
	}
	for _, g := range groups {
		if gid, err := strconv.Atoi(g); err == nil {
			u.GIDs = append(u.GIDs, gid)
		}
	}
	u.UID, err = strconv.Atoi(found.Uid)
	return u, err == nil
}
