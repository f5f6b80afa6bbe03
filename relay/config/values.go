package config

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// Bytes is a size. Its text is a whole number of bytes, or a number with a unit: "512MiB", "1.5GB".
type Bytes int64

var units = []struct {
	name  string
	bytes float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1},
}

var errBytes = errors.New(`not a size; allowed: bytes, or a number with KiB, MiB, GiB, TiB, KB, MB, GB or TB, such as "10GiB"`)

// UnmarshalText reads a size. Sizes are not negative and fit into an int64.
func (b *Bytes) UnmarshalText(text []byte) error {
	number, factor := string(text), 1.0
	for _, u := range units {
		if cut, ok := strings.CutSuffix(number, u.name); ok {
			number, factor = strings.TrimRight(cut, " "), u.bytes
			break
		}
	}
	if n, err := strconv.ParseUint(number, 10, 63); err == nil && factor == 1 {
		*b = Bytes(n)
		return nil
	}
	if strings.Trim(number, "0123456789.") != "" {
		return errBytes
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || f*factor >= math.MaxInt64 {
		return errBytes
	}
	*b = Bytes(f * factor)
	return nil
}

// String writes the size with the largest binary unit that divides it.
func (b Bytes) String() string {
	for i := 3; i >= 0; i-- {
		if u := int64(units[i].bytes); b != 0 && int64(b)%u == 0 {
			return strconv.FormatInt(int64(b)/u, 10) + units[i].name
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

// MarshalText is String.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// Percent is a share from 1 to 100. Its text is "50%" or "50".
type Percent int

// UnmarshalText reads a share.
func (p *Percent) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(strings.TrimSuffix(string(text), "%"), 10, 8)
	if err != nil || n < 1 || n > 100 {
		return errors.New(`not a share; allowed: 1% to 100%`)
	}
	*p = Percent(n)
	return nil
}

// Of returns the share of n.
func (p Percent) Of(n Bytes) Bytes { return n/100*Bytes(p) + n%100*Bytes(p)/100 }

func (p Percent) String() string { return strconv.Itoa(int(p)) + "%" }

// MarshalText is String.
func (p Percent) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Network is a range of addresses. Its text is "10.0.0.0/8", or one address.
type Network struct{ netip.Prefix }

// UnmarshalText reads a network; bits beyond the prefix have to be zero, so that a typing error is seen.
func (n *Network) UnmarshalText(text []byte) error {
	if a, err := netip.ParseAddr(string(text)); err == nil && a.Zone() == "" {
		n.Prefix = netip.PrefixFrom(a, a.BitLen())
		return nil
	}
	p, err := netip.ParsePrefix(string(text))
	if err != nil {
		return errors.New(`not a network; allowed: an address, or address/bits such as "10.0.0.0/8"`)
	}
	if p.Masked() != p {
		return fmt.Errorf("has bits set beyond the first %d; did you mean %q?", p.Bits(), p.Masked())
	}
	n.Prefix = p
	return nil
}

// Prefixes returns the networks as the standard library has them.
func Prefixes(networks []Network) []netip.Prefix {
	ps := make([]netip.Prefix, len(networks))
	for i, n := range networks {
		ps[i] = n.Prefix
	}
	return ps
}

// Kind is what the records of an input or token are. Its text is one of Kinds; "auto" is kept as "", which the program
// takes as "look at the first bytes".
type Kind string

// Kinds are the texts that a Kind may have.
var Kinds = []string{
	"auto", "vpcflow", "cloudtrail", "route53", "k8saudit", "eks", "waf", "elb", "s3access", "cloudfront", "guardduty", "securityhub", "networkfirewall",
	"container", "syslog", "cef", "leef", "paloalto", "fortinet", "ciscoasa", "checkpoint",
	"filterlog", "netfilter", "linuxauth", "windows", "suricata", "json", "text",
}

// UnmarshalText reads a kind.
func (k *Kind) UnmarshalText(text []byte) error {
	for _, known := range Kinds {
		if string(text) == known {
			if *k = Kind(known); known == "auto" {
				*k = ""
			}
			return nil
		}
	}
	return notOneOf("kind", string(text), Kinds)
}

func (k Kind) String() string {
	if k == "" {
		return "auto"
	}
	return string(k)
}

// MarshalText is String.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// File is the path of a file that is read: absolute after Load. In the configuration it may be relative to the
// configuration file, or "credential:NAME" for a credential that the service manager passed.
type File string

// Path is the path of something that the program makes or that need not be there yet. Absolute after Load.
type Path string
