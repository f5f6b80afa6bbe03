package encode

import (
	"testing"

	"logrelay/relay"
)

// TestECSTLS: the version is the protocol and its number, however the source writes them, and each certificate's subject is at its own side.
func TestECSTLS(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"TLSv1.2": `"version_protocol":"tls","version":"1.2"`, "tlsv12": `"version_protocol":"tls","version":"1.2"`, "TLSV1.3": `"version_protocol":"tls","version":"1.3"`,
		"TLS 1.2": `"version_protocol":"tls","version":"1.2"`, "SSLv3": `"version_protocol":"ssl","version":"3"`, "1.3": `"version":"1.3"`, "UNDETERMINED": `"version":"UNDETERMINED"`,
	} {
		got := string(ecsTLS(nil, &relay.TLS{Version: version, Subject: "CN=s", ClientSubject: "CN=c"}))
		if want = `,"tls":{` + want + `,"client":{"subject":"CN=c"},"server":{"subject":"CN=s"}}`; got != want {
			t.Errorf("%s: %s, want %s", version, got, want)
		}
	}
}

// TestECSMAC: a MAC address is in capitals with hyphens; what is none is left.
func TestECSMAC(t *testing.T) {
	t.Parallel()
	for mac, want := range map[string]string{
		"00:00:5e:00:53:af": "00-00-5E-00-53-AF", "00-00-5E-00-53-01": "00-00-5E-00-53-01", "0000.5e00.5301": "0000.5e00.5301", "00:00:5e:00:53:ag": "00:00:5e:00:53:ag",
		"00:00:5e:00:530af": "00:00:5e:00:530af",
	} {
		if got := string(ecsMAC(nil, mac)); got != `,"mac":"`+want+`"` {
			t.Errorf("%s: %s", mac, got)
		}
	}
}
