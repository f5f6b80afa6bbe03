package https

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// argonHash is a parsed argon2id hash in the PHC string format, as argon2(1) prints it.
type argonHash struct {
	memory, time uint32
	threads      uint8
	salt, sum    []byte
}

// sumPrefix begins the plain SHA-256 of a token, in hex. It is for tokens of many random bits, which nobody can guess; what
// people think up needs one of the slow hashes.
const sumPrefix = "sha256:"

var errHash = errors.New("the hash is neither sha256: and 64 hex digits, nor argon2id ($argon2id$v=19$m=...,t=...,p=...$salt$hash, up to 256 MiB and 16 passes), nor bcrypt")

// checkHash reports whether matches can use a hash, and at a bearable price.
func checkHash(h string) error {
	if strings.HasPrefix(h, "$argon2id$") {
		_, err := parseArgon(h)
		return err
	}
	cost, err := bcrypt.Cost([]byte(h))
	if err != nil {
		return errHash
	}
	if cost > 14 {
		return fmt.Errorf("bcrypt cost %d, at most 14", cost)
	}
	return nil
}

func parseArgon(h string) (a argonHash, err error) {
	f := strings.Split(h, "$")
	if len(f) != 6 || f[2] != "v=19" {
		return a, errHash
	}
	if n, err := fmt.Sscanf(f[3], "m=%d,t=%d,p=%d", &a.memory, &a.time, &a.threads); n != 3 || err != nil {
		return a, errHash
	}
	var err1, err2 error
	a.salt, err1 = base64.RawStdEncoding.DecodeString(f[4])
	a.sum, err2 = base64.RawStdEncoding.DecodeString(f[5])
	if err1 != nil || err2 != nil || len(a.sum) < 16 || len(a.sum) > 64 || a.memory > 256<<10 || a.time == 0 || a.time > 16 || a.threads == 0 {
		return a, errHash
	}
	return a, nil
}

// matches compares a secret with a hash that checkHash took. It is slow on purpose.
func matches(hash, secret string) bool {
	if !strings.HasPrefix(hash, "$argon2id$") {
		return bcrypt.CompareHashAndPassword([]byte(hash), []byte(secret)) == nil
	}
	a, err := parseArgon(hash)
	if err != nil {
		return false
	}
	sum := argon2.IDKey([]byte(secret), a.salt, a.time, a.memory, a.threads, uint32(len(a.sum)))
	return subtle.ConstantTimeCompare(sum, a.sum) == 1
}
