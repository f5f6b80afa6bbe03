//go:build integration

package packaging

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// TestSigned signs with a key that is made for it, and has the tools of the distributions verify: what was signed, and that it is refused when it was
// changed afterwards.
func TestSigned(t *testing.T) {
	t.Parallel()
	b := newBox(t, "signed")
	b.run("gpg", "--batch", "--passphrase", "", "--quick-generate-key", "logrelay test <test@logrelay.example>", "rsa3072", "sign", "1d")
	key := filepath.Join(t.TempDir(), "key.asc")
	if err := os.WriteFile(key, []byte(b.run("gpg", "--batch", "--armor", "--export-secret-keys")), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(outDir, "signed")
	if err := builder("signed", runtime.GOARCH, "", "SIGN_KEY="+key)(); err != nil {
		t.Fatal(err)
	}
	b.copyIn(onlyFile(t, out, "deb"), "/root/signed.deb")
	b.copyIn(onlyFile(t, out, "rpm"), "/root/signed.rpm")

	const verify = `cd /root && for m in $(ar t signed.deb); do case $m in _gpgorigin) ;; *) ar p signed.deb $m ;; esac; done >signed &&
ar p signed.deb _gpgorigin >signature && gpg --verify signature signed`
	contains(t, b.run("sh", "-c", verify), "Good signature", "gpg about the deb")
	b.run("sh", "-c", "echo >>/root/signed")
	contains(t, b.fails("gpg", "--verify", "/root/signature", "/root/signed"), "BAD signature", "gpg about what was changed")
	b.run("dpkg-deb", "--info", "/root/signed.deb") // and it is a package as any other

	rpmkeys := []string{"rpmkeys", "--dbpath", "/root/rpm"}
	b.fails(append(rpmkeys, "-K", "/root/signed.rpm")...) // by whom?
	b.run("sh", "-c", "gpg --armor --export >/root/public.asc")
	b.run(append(rpmkeys, "--import", "/root/public.asc")...)
	contains(t, b.run(append(rpmkeys, "-K", "/root/signed.rpm")...), "digests signatures OK", "rpmkeys about the rpm")
	b.run("sh", "-c", "printf x | dd of=/root/signed.rpm bs=1 seek=$(($(stat -c %s /root/signed.rpm) / 2)) conv=notrunc status=none")
	b.fails(append(rpmkeys, "-K", "/root/signed.rpm")...)
}
