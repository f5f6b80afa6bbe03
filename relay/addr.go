package relay

import "net/netip"

// IsAddr reports whether s is an IP address in the usual form, without a zone: what Endpoint.IP may hold.
func IsAddr(s string) bool {
	part, digits, dots := 0, 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c-'0' <= 9:
			if digits > 0 && part == 0 {
				return false // 010.0.0.1
			}
			if part = part*10 + int(c-'0'); part > 255 {
				return isAddr6(s)
			}
			digits++
		case c == '.' && digits > 0 && dots < 3:
			part, digits, dots = 0, 0, dots+1
		default:
			return isAddr6(s)
		}
	}
	return dots == 3 && digits > 0
}

// isAddr6 leaves to netip what has the letters of an address: refusing costs netip an allocation.
func isAddr6(s string) bool {
	if len(s) > 39 {
		return false
	}
	colons := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == ':':
			colons++
		case c != '.' && c-'0' > 9 && c|0x20-'a' > 5:
			return false
		}
	}
	if colons < 2 {
		return false
	}
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6()
}
