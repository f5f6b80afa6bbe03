//go:build integration

package packaging

import (
	"slices"
	"strings"
	"testing"
)

// TestHelp looks at the manual and the completion as a user of the installed package does.
func TestHelp(t *testing.T) {
	t.Parallel()
	b := newBox(t, "help")
	b.copyIn(pkg(t, "first", "deb"), "/root/first.deb")
	b.run("dpkg", "-i", "/root/first.deb")

	manual := b.run("env", "MANWIDTH=100", "man", "--warnings", "logrelay")
	for _, want := range []string{"takes custody of logs", "logrelay cert import", "--config-only", "/etc/logrelay/logrelay.yaml", "SEE ALSO"} {
		contains(t, manual, want, "man logrelay")
	}
	if strings.Contains(manual, "warning:") {
		t.Errorf("man warns:\n%s", manual)
	}
	contains(t, b.run("whatis", "logrelay"), "takes custody", "whatis")

	for line, want := range map[string][]string{
		"logrelay ":                      {"cert", "check", "csr", "run", "send", "status"},
		"logrelay ce":                    {"cert"},
		"logrelay cert ":                 {"check", "export", "import", "renew", "show"},
		"logrelay cert import --ch":      {"--chain"},
		"logrelay completion ":           {"bash", "fish", "zsh"},
		"logrelay send --ca-file /etc/h": {"/etc/hosts", "/etc/hostname"},
	} {
		got := strings.Fields(b.run("bash", "-c", complete, "bash", line))
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("bash offers for %q: %v, and not %s", line, got, w)
			}
		}
	}
}

// complete prints what an interactive bash would offer behind the line $1.
const complete = `source /usr/share/bash-completion/bash_completion
COMP_LINE=$1 COMP_POINT=${#1}
read -ra COMP_WORDS <<<"$1"
[[ $1 != *' ' ]] || COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_completion_loader logrelay
compopt() { COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")); }
_logrelay
echo "${COMPREPLY[@]}"`
