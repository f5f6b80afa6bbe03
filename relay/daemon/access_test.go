package daemon

import (
	"net/netip"
	"reflect"
	"testing"

	"logrelay/relay/config"
	"logrelay/relay/ingest/https"
)

// TestNoAuthInNetworks: an HTTPS input that asks for no token keeps to its networks, as a syslog input does.
func TestNoAuthInNetworks(t *testing.T) {
	t.Parallel()
	network := netip.MustParsePrefix("10.0.0.0/8")
	for _, c := range []struct {
		networks []config.Network
		want     https.Auth
	}{
		{nil, https.Auth{None: true}},
		{[]config.Network{{Prefix: network}}, https.Auth{Networks: []netip.Prefix{network}}},
	} {
		in := config.NewInput("https").(*config.HTTPSInput)
		in.Auth, in.Networks = config.AuthNone, c.networks
		got, err := new(Daemon).httpsAuth("web", in)
		if err == nil {
			err = got.Check()
		}
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("networks %v: %+v, %v", c.networks, got, err)
		}
	}
}
