package relay

import "testing"

func TestIsAddr(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"192.0.2.1": true, "0.0.0.0": true, "255.255.255.255": true, "::": true, "2001:db8::1": true, "::ffff:192.0.2.1": true,
		"256.0.0.1": false, "1.2.3": false, "1.2.3.4.5": false, "01.2.3.4": false, "1..2.3": false, "1.2.3.": false, "": false, "x": false,
		"fe80::1%eth0": false, "1.2.3.4:80": false, "12.000.22.33": false, "99999999999999999999.1.1.1": false,
	} {
		if IsAddr(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}
