package notice

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"
)

const (
	maxKey = 1024 // bytes; S3 user guide, "Naming Amazon S3 objects"
	maxTag = 1024 // bytes of a version id, and more than any entity tag has
)

func (o *Object) check() error {
	switch {
	case !ValidBucket(o.Bucket):
		return fmt.Errorf("%.80q is not the name of a bucket", o.Bucket)
	case o.Region != "" && !ValidRegion(o.Region):
		return fmt.Errorf("%.80q is not the name of a region", o.Region)
	case o.Key == "" || len(o.Key) > maxKey || !utf8.ValidString(o.Key):
		return fmt.Errorf("%.80q is not the key of an object: 1 to %d bytes of UTF-8", o.Key, maxKey)
	case !visible(o.Version):
		return fmt.Errorf("%.80q is not a version id", o.Version)
	case !visible(o.ETag):
		return fmt.Errorf("%.80q is not an entity tag", o.ETag)
	}
	return nil
}

// ValidBucket reports whether s can be the name of a bucket (S3 user guide, "General purpose bucket naming rules"): 3 to 63 lower-case
// letters, digits, dots and hyphens, letters or digits at both ends, no two dots together, and no IP address.
func ValidBucket(s string) bool {
	if len(s) < 3 || len(s) > 63 || strings.Contains(s, "..") || !alnum(s[0]) || !alnum(s[len(s)-1]) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !alnum(c) && c != '.' && c != '-' {
			return false
		}
	}
	_, err := netip.ParseAddr(s)
	return err != nil
}

// ValidRegion reports whether s has the shape of a region's code: words joined by hyphens, the last a number ("us-gov-west-1").
func ValidRegion(s string) bool {
	if len(s) > 32 {
		return false
	}
	words := strings.Split(s, "-")
	if len(words) < 3 {
		return false
	}
	for i, w := range words {
		if w == "" {
			return false
		}
		for j := range len(w) {
			digit := w[j] >= '0' && w[j] <= '9'
			if last := i == len(words)-1; digit != last || !digit && (w[j] < 'a' || w[j] > 'z') {
				return false
			}
		}
	}
	return true
}

func alnum(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

// visible reports whether s is visible ASCII of bounded length, without quotes.
func visible(s string) bool {
	if len(s) > maxTag {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' || s[i] == '"' {
			return false
		}
	}
	return true
}
