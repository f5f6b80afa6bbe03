package config

import (
	"os"
	"strings"
	"testing"
)

// Each key stands in the reference, with a meaning: who looks a key up finds more than its name.
func TestReferenceExplainsEveryKey(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	page, err := Reference(text)
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(string(page), "\n")
	for _, row := range rows {
		if strings.HasPrefix(row, "| `") && strings.HasSuffix(row, "|  |") {
			t.Errorf("no meaning: %s (a comment above the key in etc/logrelay.yaml)", row)
		}
	}
	for _, want := range []string{
		"## outputs.NAME of type hec",
		"| `drain_timeout` | duration, at most 1h | `30s` | How long a stop waits",
		"| `tls.acme.challenge` | `http-01`, `tls-alpn-01`, `dns-01` | `http-01` | ",
		"| `tokens[].token` | text, *environment* |  | In the place of `token_file`. |",
		"| `listen` | text | `:5443` | The port",
		"| `listen` | text |  | Default: \":6514\"",
		"| `schema` | `raw`, `json`, `ocsf`, `ecs`, `cef`, `leef`, `rfc5424` | `ecs` | ",
		"| `rules[]` | [keys](#outputsnamerules) |",
		"| `products` | list of: text |  | Vendors and products that CEF and LEEF may name, since SIEMs sort by them: [Fortinet/Fortigate, \"Palo Alto Networks/\\*\"]",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if len(rows) < 300 {
		t.Errorf("%d lines", len(rows))
	}
}
