package relay_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rule says what a package (of edges) may import, or where a module may be imported, and why nothing else.
type rule struct {
	of    string
	allow []string
	why   string
}

// edges says which packages of ours a package may import, and why no others. The first row that fits counts; "*" stands for one
// folder. Tests may import what they like but commands.
var edges = []rule{
	{"relay", nil, "everything imports relay: what it imported, all would"},
	{"relay/config", nil, "only the daemon turns configuration into Options, so that every package can be used and tested without a file"},
	{"pki", nil, "certificates serve any program; servers are given a *tls.Config"},
	{"pki/acme", nil, "it serves certificates to any program, and knows another source of them as a function"},
	{"pki/csr", nil, "a request is made from text and a key, and from nothing of ours"},
	{"relay/buffer", []string{"relay"}, "custody knows neither where records come from nor where they go"},
	{"relay/encode", []string{"relay"}, "a schema knows event classes, never kinds or destinations"},
	{"relay/status", []string{"relay"}, "status shows what it is given, so that it cannot hold up what it watches"},
	{"relay/status/page", []string{"relay", "relay/status"}, "the page shows what it is given too"},
	{"relay/ingest", []string{"relay"}, "what sources share knows no source"},
	{"relay/ingest/s3", []string{"relay", "relay/ingest", "relay/ingest/s3/notice", "relay/ingest/s3/object"}, "the source knows its queue and store as interfaces and not the AWS SDK"},
	{"relay/ingest/*", []string{"relay", "relay/ingest"}, "a source knows Sink and not the buffer, and no other source: another log can take the buffer's place"},
	{"relay/ingest/s3/notice", nil, "it reads text"},
	{"relay/ingest/s3/object", []string{"relay", "relay/ingest"}, "it cuts bytes and does not know where they come from"},
	{"relay/ingest/s3/access", []string{"relay", "relay/ingest/s3"}, "the AWS SDK behind the source's two interfaces"},
	{"relay/normalize", []string{"relay", "relay/normalize/*"}, "the table of kinds, and nothing that kinds could be tied to"},
	{"relay/normalize/jsondoc", []string{"relay"}, "it reads JSON, and knows no kind"},
	{"relay/normalize/field", []string{"relay"}, "it cuts and checks text, and knows no kind"},
	{"relay/normalize/*", []string{"relay", "relay/normalize/jsondoc", "relay/normalize/field"}, "a kind fills a class and knows neither schemas nor other kinds: K + S pieces of code and not K × S"},
	{"relay/rules", []string{"relay", "relay/normalize/jsondoc"}, "rules change events, and know neither kinds nor schemas"},
	{"relay/forward", []string{"relay"}, "the pump knows the ports of relay and no destination, and not the buffer: another log can take its place"},
	{"relay/forward/web", []string{"relay", "relay/forward"}, "what destinations over HTTP share knows none of them"},
	{"relay/forward/*", []string{"relay", "relay/forward", "relay/forward/web"}, "a destination knows its protocol; it is given its encoder, and knows neither retrying nor custody"},
	{"relay/relaytest", []string{"relay"}, "a contract suite that knew an implementation would test only that one"},
	{"relay/daemon", []string{
		"pki", "pki/acme", "relay", "relay/buffer", "relay/config", "relay/encode", "relay/forward", "relay/forward/*", "relay/ingest", "relay/ingest/*", "relay/ingest/s3/access",
		"relay/normalize", "relay/rules", "relay/status", "relay/status/page",
	}, "the daemon wires all stages, and nothing that is for tests or the command line"},
	{"relay/awsiam", []string{"relay"}, "it asks with the operator's credentials: a relay that imported it could be made to use its own"},
	{"relay/awstemplate", nil, "it is text, and knows nothing of a running relay"},
	{"etc", nil, "it is files that are installed"},
	{"packaging", nil, "it is scripts, and tests of what they make"},
	{"relay/mapping", []string{"relay", "relay/normalize", "relay/normalize/*", "relay/encode"}, "it tries what a field becomes, with the same normalizers and schemas as the relay"},
	{"cmd/*", []string{"etc", "pki", "pki/csr", "relay", "relay/awsiam", "relay/awstemplate", "relay/buffer", "relay/config", "relay/daemon", "relay/encode", "relay/ingest", "relay/ingest/s3/object", "relay/mapping", "relay/normalize", "relay/relaytest", "relay/rules", "relay/status", "relay/status/page"},
		"commands go through the daemon, or work offline on the log and on records: they do not wire a relay of their own"},
}

// modules says where a module may be imported, and why not elsewhere.
var modules = []rule{
	{"github.com/aws/", []string{"relay/ingest/s3/access", "relay/awsiam"}, "the AWS SDK stays behind small interfaces"},
	{"github.com/parquet-go/parquet-go", []string{"relay/ingest/s3/object"}, "one package reads Parquet"},
	{"github.com/caddyserver/certmagic", []string{"pki/acme"}, "it brings a logger and an ACME client of its own"},
	{"github.com/mholt/acmez", []string{"pki/acme"}, "it comes with certmagic"},
	{"github.com/libdns/", []string{"pki/acme"}, "DNS providers answer ACME challenges, and nothing else"},
	{"go.uber.org/zap", []string{"pki/acme"}, "we log by log/slog"},
	{"github.com/coreos/go-systemd/v22/journal", []string{"cmd/logrelay"}, "the log is made where main is, and handed to everything else"},
	{"github.com/coreos/go-systemd/v22/activation", []string{"relay/daemon"}, "sockets are the daemon's affair"},
	{"github.com/coreos/go-systemd/v22/daemon", []string{"relay/daemon"}, "what the service manager is told is the daemon's affair"},
	{"github.com/urfave/cli", []string{"cmd/*"}, "packages take Options and know no flags"},
	{"charm.land/bubbletea", []string{"cmd/logrelay"}, "one command draws windows"},
	{"github.com/expr-lang/expr", []string{"relay/rules"}, "one package has expressions"},
	{"github.com/influxdata/go-syslog", []string{"relay/normalize/syslogmsg"}, "framing is ours; its stream parsers lose what they cannot read"},
	{"go.yaml.in/yaml", []string{"relay/config"}, "one package reads the configuration"},
	{"gopkg.in/yaml", nil, "it is no longer maintained; use go.yaml.in/yaml/v3"},
	{"github.com/spf13/viper", nil, "configuration is typed"},
	{"github.com/sirupsen/logrus", nil, "we log by log/slog"},
	{"github.com/pkg/errors", nil, `the standard library wraps errors with "%w"`},
	{"github.com/stretchr/testify", nil, "tests are plain, with go-cmp"},
	{"net/http/pprof", []string{"relay/status"}, "importing it adds handlers to the default mux"},
	{"expvar", nil, "metrics are Prometheus's"},
	{"math/rand", nil, "use math/rand/v2, or crypto/rand for what strangers must not guess"},
}

type goPackage struct {
	ImportPath, Dir                    string
	GoFiles                            []string
	Imports, TestImports, XTestImports []string
}

// packages lists the module's packages by their path inside the module.
func packages(t *testing.T) map[string]goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,GoFiles,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	all := map[string]goPackage{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		all[strings.TrimPrefix(p.ImportPath, "logrelay/")] = p
	}
	if len(all) < 5 {
		t.Fatalf("go list found only %d packages", len(all))
	}
	return all
}

func fits(pattern, pkg string) bool {
	ok, err := filepath.Match(pattern, pkg)
	return ok && err == nil
}

func fitsAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return fits(p, pkg) })
}

func TestImportsFlowOneWay(t *testing.T) {
	t.Parallel()
	for path, p := range packages(t) {
		row := slices.IndexFunc(edges, func(r rule) bool { return fits(r.of, path) })
		if row < 0 {
			t.Errorf("%s has no row in the table of imports_test.go: which packages may it import, and why no others?", path)
			continue
		}
		for _, imported := range p.Imports {
			if ours, ok := strings.CutPrefix(imported, "logrelay/"); ok && !fitsAny(edges[row].allow, ours) {
				t.Errorf("%s imports %s: %s", path, ours, edges[row].why)
			}
			if path == "relay" && strings.Contains(imported, ".") {
				t.Errorf("relay imports %s: it has the standard library alone; %s", imported, edges[row].why)
			}
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if strings.HasPrefix(imported, "logrelay/cmd/") {
				t.Errorf("a test of %s imports %s: nothing imports commands", path, imported)
			}
		}
	}
}

func TestModulesStayWhereTheyAreUsed(t *testing.T) {
	t.Parallel()
	for path, p := range packages(t) {
		for _, m := range modules {
			for _, imported := range p.Imports {
				inside := imported == m.of || strings.HasPrefix(imported, strings.TrimSuffix(m.of, "/")+"/")
				if inside && imported != "math/rand/v2" && !fitsAny(m.allow, path) {
					t.Errorf("%s imports %s: %s", path, imported, m.why)
				}
			}
		}
	}
}

// What runs before main cannot fail with an error, and what is shared by a whole process cannot be tested side by side.
func TestNoHiddenState(t *testing.T) {
	t.Parallel()
	for path, p := range packages(t) {
		command := strings.HasPrefix(path, "cmd/")
		for _, name := range p.GoFiles {
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Errorf("%v", err)
				continue
			}
			for _, im := range file.Imports {
				if im.Name != nil && im.Name.Name == "_" && im.Path.Value != `"embed"` {
					t.Errorf("%s: blank import of %s: nothing is registered by importing it", fset.Position(im.Pos()), im.Path.Value)
				}
			}
			for _, d := range file.Decls {
				switch d := d.(type) {
				case *ast.FuncDecl:
					if d.Recv == nil && d.Name.Name == "init" {
						t.Errorf("%s: func init: make it a constructor", fset.Position(d.Pos()))
					}
					if !command {
						ast.Inspect(d, func(n ast.Node) bool { return noExit(t, fset, n) })
					}
				case *ast.GenDecl:
					for _, spec := range d.Specs {
						if v, ok := spec.(*ast.ValueSpec); ok && d.Tok == token.VAR && !command && isState(v) {
							t.Errorf("%s: package-level variable %s without a value: only errors, tables and compiled constants live there", fset.Position(v.Pos()), v.Names[0])
						}
					}
				}
			}
		}
	}
}

// isState reports whether a variable is there to be filled later. An array of zeros is a table, and embedded files are a constant.
func isState(v *ast.ValueSpec) bool {
	_, array := v.Type.(*ast.ArrayType)
	sel, ok := v.Type.(*ast.SelectorExpr)
	embedded := ok && sel.Sel.Name == "FS"
	return len(v.Values) == 0 && !array && !embedded
}

func noExit(t *testing.T, fset *token.FileSet, n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return true
	}
	if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Exit" {
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == "os" {
			t.Errorf("%s: os.Exit outside of a command: return an error", fset.Position(call.Pos()))
		}
	}
	return true
}
