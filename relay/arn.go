package relay

import "strings"

// ARNPlace returns the region and the account that an Amazon Resource Name tells, arn:partition:service:region:account:resource. Either may be
// missing; both are for what is no ARN.
func ARNPlace(arn string) (region, account string) {
	rest, ok := strings.CutPrefix(arn, "arn:")
	if !ok {
		return "", ""
	}
	_, rest, _ = strings.Cut(rest, ":")
	_, rest, _ = strings.Cut(rest, ":")
	region, rest, _ = strings.Cut(rest, ":")
	account, _, ok = strings.Cut(rest, ":")
	if !ok {
		return "", ""
	}
	return region, account
}
