package pki

import (
	"bytes"
	"crypto/x509"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Files as they come: from editors of Windows, joined with cat, cut off on the way. What can be read whole is taken; a certificate that cannot be
// is never passed over, or clients would see a chain with a hole in it.
func TestFilesAsTheyCome(t *testing.T) {
	t.Parallel()
	root := testCA(t, "root", nil)
	between := testCA(t, "between", root)
	_, leaf, key := issue(t, named("a"), between)
	rest := encodeChain([]*x509.Certificate{between.Leaf})
	whole := slices.Concat(leaf, rest)
	bom := []byte("\xef\xbb\xbf")
	crlf := func(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")) }
	cut := func(text []byte) []byte { return append(slices.Clone(text[:len(text)/2]), '\n') }
	for _, tt := range []struct {
		name      string
		cert, key []byte
		want      string // "" is good
		hint      string
	}{
		{"byte order mark", slices.Concat(bom, whole), slices.Concat(bom, key), "", ""},
		{"line ends of Windows", crlf(whole), crlf(key), "", ""},
		{"text before", slices.Concat([]byte("Bag Attributes\n    friendlyName: relay\n"), leaf, []byte("issuer=CN = root\n"), rest), slices.Concat([]byte("Key Attributes: <No Attributes>\n"), key), "", ""},
		{"UTF-16", []byte("\xff\xfe-\x00-\x00"), key, "UTF-16", "iconv"},
		{"UTF-16 key", whole, []byte("\xfe\xff\x00-\x00-"), "UTF-16", "iconv"},
		{"joined without a line end", slices.Concat(bytes.TrimSpace(leaf), rest), key, "begin in this file: 2, that can be read: 0", "a line has to end"},
		{"first one cut off", slices.Concat(cut(leaf), rest), key, "begin in this file: 2, that can be read: 1", "export it again"},
		{"last one cut off", slices.Concat(leaf, cut(rest)), key, "begin in this file: 2, that can be read: 1", "export it again"},
		{"key cut off", whole, cut(key), "begins and cannot be read to its end", "damaged"},
	} {
		certFile, keyFile := files(t, tt.cert, tt.key)
		err := CheckPair(certFile, keyFile)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(hintOf(err), tt.hint)) {
			t.Errorf("%s: %v, hint %q; want %q, hint %q", tt.name, err, hintOf(err), tt.want, tt.hint)
		}
		if i := Inspect(certFile, keyFile); tt.want == "" && len(i.Chain) != 2 {
			t.Errorf("%s: %d certificates, want 2", tt.name, len(i.Chain))
		}
	}
}

// A name that turns out to be a pipe is an error, and nobody waits for its writer.
func TestPipeIsNoFile(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	if _, err := ReadKey(pipe); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("ReadKey of a pipe = %v", err)
	}
}

// Certificate and chain may overlap, as the files of ACME clients do: each certificate is installed once.
func TestImportOfOverlappingFiles(t *testing.T) {
	t.Parallel()
	root := testCA(t, "root", nil)
	between := testCA(t, "between", root)
	_, leaf, key := issue(t, named("a"), between)
	chain := encodeChain([]*x509.Certificate{between.Leaf, root.Leaf})
	full := slices.Concat(leaf, chain)
	certFile, keyFile := files(t, full, key)
	for name, more := range map[string][]byte{"chain": chain, "full": full} {
		dir := t.TempDir()
		if err := Import(ImportOptions{CertFile: certFile, KeyFile: keyFile, ChainFile: write(t, filepath.Join(dir, "more.pem"), more, 0o644), Dir: dir}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "logrelay.pem")); err != nil || !bytes.Equal(got, full) {
			t.Errorf("%s: installed %d bytes, %v; want the %d of the chain", name, len(got), err, len(full))
		}
	}
}
