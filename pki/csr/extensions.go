package csr

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"
)

var (
	oidSubjectAltName   = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidKeyUsage         = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidExtendedKeyUsage = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}
)

// keyUsages are the names of openssl in the order of their bits (RFC 5280 section 4.2.1.3).
var keyUsages = []string{
	"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly",
}

// extendedKeyUsages are the last numbers below id-kp (RFC 5280 section 4.2.1.12).
var extendedKeyUsages = map[string]int{"serverAuth": 1, "clientAuth": 2, "codeSigning": 3, "emailProtection": 4, "timeStamping": 8, "OCSPSigning": 9}

// known reports whether extension knows an extension by that name.
func known(name string) bool {
	return slices.Contains([]string{"keyUsage", "extendedKeyUsage", "basicConstraints"}, name)
}

// extension encodes one line of an extension section.
func extension(name, value string) (pkix.Extension, error) {
	var e pkix.Extension
	var err error
	words := strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
	if len(words) > 0 && words[0] == "critical" {
		e.Critical, words = true, words[1:]
	}
	switch name {
	case "keyUsage":
		e.Id = oidKeyUsage
		e.Value, err = encodeKeyUsage(words)
	case "extendedKeyUsage":
		e.Id = oidExtendedKeyUsage
		e.Value, err = encodeExtendedKeyUsage(words)
	case "basicConstraints":
		if len(words) != 1 || !strings.EqualFold(words[0], "CA:FALSE") {
			return e, fmt.Errorf("basicConstraints %q: a relay is no CA; allowed: CA:FALSE", value)
		}
		e.Id, e.Value = oidBasicConstraints, []byte{0x30, 0}
	}
	if err != nil {
		return e, fmt.Errorf("%s: %w", name, err)
	}
	return e, nil
}

func encodeKeyUsage(words []string) ([]byte, error) {
	var bits asn1.BitString
	for _, w := range words {
		n := slices.Index(keyUsages, w)
		if n < 0 {
			return nil, fmt.Errorf("%q is none of %s", w, strings.Join(keyUsages, ", "))
		}
		for len(bits.Bytes) <= n/8 {
			bits.Bytes = append(bits.Bytes, 0)
		}
		bits.Bytes[n/8] |= 0x80 >> (n % 8)
		bits.BitLength = max(bits.BitLength, n+1)
	}
	return asn1.Marshal(bits)
}

func encodeExtendedKeyUsage(words []string) ([]byte, error) {
	var ids []asn1.ObjectIdentifier
	for _, w := range words {
		n, ok := extendedKeyUsages[w]
		if !ok {
			return nil, fmt.Errorf("%q is not known", w)
		}
		ids = append(ids, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, n})
	}
	return asn1.Marshal(ids)
}
