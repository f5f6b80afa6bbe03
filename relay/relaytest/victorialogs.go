//go:build integration

package relaytest

import (
	"path/filepath"
	"testing"
)

// Whom VictoriaLogs lets in.
const (
	VictoriaLogsUser     = "relaytest"
	VictoriaLogsPassword = "relaytest-password"
)

// VictoriaLogs starts a server that takes Elasticsearch's bulk requests below /insert/elasticsearch, and keeps records of all times.
func VictoriaLogs(t testing.TB) (url string) {
	t.Helper()
	return program{
		variable: "LOGRELAY_TEST_VICTORIALOGS", what: "VictoriaLogs", path: "/health",
		args: func(dir string, ports [2]string) []string {
			return []string{
				"-storageDataPath=" + filepath.Join(dir, "data"), "-httpListenAddr=127.0.0.1:" + ports[0], "-retentionPeriod=100y",
				"-httpAuth.username=" + VictoriaLogsUser, "-httpAuth.password=" + VictoriaLogsPassword,
			}
		},
	}.start(t)
}
