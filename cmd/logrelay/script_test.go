package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){"logrelay": main})
}

// tests runs the tests: several at once on any machine, since most of them wait for most of their time.
type tests struct{ *testing.M }

func (t tests) Run() int {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		if err := flag.Set("test.parallel", "8"); err != nil {
			panic("BUG: the flag of package testing is gone: " + err.Error())
		}
	}
	return t.M.Run()
}

// TestScripts runs testdata/script. Besides the commands of testscript the scripts have far ends of the test's own:
//
//	https [ANSWER...]       a relay's HTTPS input with a self-signed certificate, see httpsEnd; $HTTPS, $HTTPPLAIN
//	syslog tls|tcp|mtls     a relay's syslog input, see syslogEnd; $SYSLOG
//	syslog udp N            the same for N datagrams
//	received FILE           waits until the far end has read everything, and writes that to FILE
//	admin                   a relay's admin socket, see adminEnd; $ADMIN
//	certs                   certificates, good and bad, see makeCerts
//	sign REQUEST CERT       a certificate of the CA of certs
//	tlsend CERT KEY         a port with that certificate; $TLSEND
//	running, delivered, watched, accepted  wait for a real relay that the script has started, see there
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			e.Values[endKey{}] = new(*ending)
			e.Values[rootKey{}] = new(authority)
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("GORACE", "atexit_sleep_ms=0")                    // under -race each exec would take a second longer
			e.Setenv("SSL_CERT_DIR", filepath.Join(e.WorkDir, "none")) // no authorities but those of --ca-file
			e.Setenv("SSL_CERT_FILE", filepath.Join(e.WorkDir, "none"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"https":    httpsEnd,
			"syslog":   syslogEnd,
			"received": received,
			"admin":    adminEnd,
			"certs":    makeCerts,
			"sign":     signRequest,
			"tlsend":   tlsEnd,

			"running":   running,
			"delivered": delivered,
			"watched":   watched,
			"accepted":  accepted,
		},
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
	})
}
