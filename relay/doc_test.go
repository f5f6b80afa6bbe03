package relay_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// The walk in doc.go names functions and methods that exist.
func TestTheWalkIsTrue(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`([a-z][a-z0-9/]*)\.\(\*(\w+)\)\.(\w+)`).FindAllStringSubmatch(string(text), -1)
	if len(named) < 20 {
		t.Fatalf("doc.go names only %d methods", len(named))
	}
	for _, m := range named {
		dir := m[1]
		if dir == "relay" {
			dir = "."
		}
		if !hasMethod(t, dir, m[2], m[3]) {
			t.Errorf("doc.go speaks of %s, which does not exist", m[0])
		}
	}
}

func hasMethod(t *testing.T, dir, typ, method string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != method {
				continue
			}
			if p, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok {
				if id, ok := p.X.(*ast.Ident); ok && id.Name == typ {
					return true
				}
			}
		}
	}
	return false
}
