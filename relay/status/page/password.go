package page

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// What HashPassword makes: OWASP Password Storage Cheat Sheet, section Argon2id.
const (
	hashMemory = 19456 // KiB
	hashPasses = 2
	hashLanes  = 1
	saltBytes  = 16
	keyBytes   = 32
)

// Limits of hashes that others made: what a login may cost.
const (
	minHashMemory = 8 << 10   // KiB
	maxHashMemory = 256 << 10 // KiB
	maxHashPasses = 16
	maxHashLanes  = 16
	maxHashBytes  = 64 // of salt and key each
)

// Limits of a password, in bytes. The lower one holds where one is made.
const (
	minPassword = 8
	maxPassword = 1024
)

var errHash = errors.New("not a hash of argon2id as `logrelay hash-password` prints it")

// hash is one in the PHC string format: $argon2id$v=19$m=19456,t=2,p=1$SALT$KEY, base64 without padding.
type hash struct {
	memory, passes uint32
	lanes          uint8
	salt, key      []byte
}

// HashPassword returns the hash of a password, for admin.users, with a salt of its own.
func HashPassword(password []byte) (string, error) {
	if len(password) < minPassword || len(password) > maxPassword {
		return "", fmt.Errorf("a password of %d bytes; allowed: %d to %d", len(password), minPassword, maxPassword)
	}
	h := hash{memory: hashMemory, passes: hashPasses, lanes: hashLanes, salt: make([]byte, saltBytes), key: make([]byte, keyBytes)}
	_, _ = rand.Read(h.salt) // crypto/rand never fails
	h.key = h.of(password)
	return h.String(), nil
}

func (h *hash) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.passes, h.lanes,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.key))
}

// CheckHash says whether a hash of admin.users is one, and costs no more than a login may.
func CheckHash(text string) error {
	_, err := parseHash(text)
	return err
}

func parseHash(text string) (hash, error) {
	var h hash
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, errHash
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.lanes); n != 3 || err != nil {
		return h, errHash
	}
	var err1, err2 error
	h.salt, err1 = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	h.key, err2 = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(h.salt) < 8 || len(h.salt) > maxHashBytes || len(h.key) < 16 || len(h.key) > maxHashBytes ||
		fmt.Sprintf("m=%d,t=%d,p=%d", h.memory, h.passes, h.lanes) != parts[3] {
		return h, errHash
	}
	if h.memory < minHashMemory || h.memory > maxHashMemory || h.passes < 1 || h.passes > maxHashPasses || h.lanes < 1 || h.lanes > maxHashLanes {
		return h, fmt.Errorf("a hash that costs too little or too much; allowed: m=%d to %d, t=1 to %d, p=1 to %d", minHashMemory, maxHashMemory, maxHashPasses, maxHashLanes)
	}
	return h, nil
}

func (h *hash) of(password []byte) []byte {
	return argon2.IDKey(password, h.salt, h.passes, h.memory, h.lanes, uint32(len(h.key))) // #nosec G115 -- bounded by maxHashBytes
}

// fits compares in constant time.
func (h *hash) fits(password []byte) bool {
	return subtle.ConstantTimeCompare(h.of(password), h.key) == 1
}
