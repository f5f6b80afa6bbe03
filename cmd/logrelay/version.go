package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

// version is set by the linker in released builds: -ldflags "-X main.version=1.2.3".
var version string

// buildVersion is what "logrelay version --json" prints.
type buildVersion struct {
	Version  string `json:"version"`     // "1.2.3", or "devel" when it was not built for a release
	Revision string `json:"revision"`    // commit, when known
	Modified bool   `json:"modified"`    // the tree had changes that were not committed
	Built    string `json:"commit_time"` // time of the commit, RFC 3339
	Go       string `json:"go"`          // Go version
	Platform string `json:"platform"`    // "linux/amd64"
}

func versionCommand() *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the version",
		Description: `   logrelay version
   logrelay version --json       with commit and platform`,
		Flags: []cli.Flag{jsonFlag()},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return printVersion(c.App.Writer, readVersion(), c.Bool("json"))
		},
	}
}

func readVersion() buildVersion {
	v := buildVersion{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if ok && v.Version == "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	if v.Version == "" {
		v.Version = "devel"
	}
	if !ok {
		return v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.time":
			v.Built = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}

func printVersion(w io.Writer, v buildVersion, asJSON bool) error {
	if asJSON {
		return writeJSON(w, v)
	}
	line := "logrelay " + v.Version
	if v.Revision != "" {
		line += " (" + v.Revision[:min(12, len(v.Revision))]
		if v.Modified {
			line += ", modified"
		}
		line += ")"
	}
	_, err := fmt.Fprintf(w, "%s %s %s\n", line, v.Go, v.Platform)
	return err
}
