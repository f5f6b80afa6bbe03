package daemon

import (
	"crypto/sha256"
	"os"

	"logrelay/relay/config"
)

// contents is the hash of what the files hold that an input or output reads once, when it is made: the configuration only names them. Files that are read
// each time they are needed, and secrets, which are part of the configuration, are not among them.
type contents [sha256.Size]byte

// contentsOf reads them. One that cannot be read counts as empty: who makes the input or output says what is wrong with it.
func contentsOf(cfg any) (c contents) {
	h := sha256.New()
	for _, f := range readOnce(cfg) {
		if b, err := os.ReadFile(string(f)); f != "" && err == nil {
			h.Write(b)
		}
	}
	h.Sum(c[:0])
	return c
}

func readOnce(cfg any) []config.File {
	switch c := cfg.(type) {
	case config.ListeningInput:
		return []config.File{c.Listening().ClientCAFile}
	case *config.S3Input:
		return []config.File{c.CAFile}
	case config.Output:
		if n := networkCommon(c); n != nil {
			return []config.File{n.TLS.CAFile}
		}
	}
	return nil
}
