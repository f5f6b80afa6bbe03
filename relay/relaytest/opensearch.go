//go:build integration

package relaytest

import (
	"path/filepath"
	"testing"
)

// OpenSearch starts a server of one node, without security.
func OpenSearch(t testing.TB) (url string) {
	t.Helper()
	return program{
		variable: "LOGRELAY_TEST_OPENSEARCH", what: "OpenSearch", path: "/",
		args: func(dir string, ports [2]string) []string {
			return []string{filepath.Join(dir, "node"), ports[0], ports[1]}
		},
	}.start(t)
}
