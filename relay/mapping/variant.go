package mapping

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// variants returns other values of the same sort, the likeliest to be understood first. JSON strings keep their quotes.
func (f *Field) variants() []string {
	v, quoted := f.Value, false
	if len(v) >= 2 && v[0] == '"' && v[len(v)-1] == '"' {
		v, quoted = v[1:len(v)-1], true
	}
	var all []string
	switch {
	case f.json && !quoted && (v == "true" || v == "false"):
		all = []string{map[string]string{"true": "false", "false": "true"}[v]}
	case f.json && !quoted && (v == "null" || v == "{}" || v == "[]"):
		all = []string{`"x"`, "1"}
	default:
		all = others(v)
	}
	if quoted {
		for i := range all {
			all[i] = `"` + all[i] + `"`
		}
	}
	if f.json {
		return append(all, "null")
	}
	return append(all, "-")
}

func others(v string) (all []string) {
	if a, err := netip.ParseAddr(v); err == nil {
		if a.Is4() {
			return []string{"198.51.100.199"}
		}
		return []string{"2001:db8::c7"}
	}
	if n, err := strconv.ParseInt(v, 10, 64); err == nil {
		return []string{strconv.FormatInt(n+1, 10), strconv.FormatInt(n-1, 10), "0"}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "02/Jan/2006:15:04:05 -0700", time.Stamp} {
		if t, err := time.Parse(layout, strings.Trim(v, "[]")); err == nil {
			out := t.Add(time.Second).Format(layout)
			if strings.HasPrefix(v, "[") {
				out = "[" + out + "]"
			}
			return []string{out}
		}
	}
	if f, err := strconv.ParseFloat(v, 64); err == nil {
		return []string{strconv.FormatFloat(f+1, 'f', -1, 64)}
	}
	for _, pair := range words {
		if v == pair[0] {
			all = append(all, pair[1])
		}
	}
	return append(all, v+"x")
}

// words are values for which another one of the same list tells more than one that nobody knows.
var words = [...][2]string{
	{"ACCEPT", "REJECT"}, {"REJECT", "ACCEPT"}, {"ALLOW", "BLOCK"}, {"BLOCK", "ALLOW"}, {"ingress", "egress"}, {"egress", "ingress"},
	{"IPv4", "IPv6"}, {"IPv6", "IPv4"}, {"NOERROR", "NXDOMAIN"}, {"UDP", "TCP"}, {"TCP", "UDP"}, {"GET", "POST"}, {"POST", "GET"},
	{"allow", "deny"}, {"accept", "deny"}, {"Success", "Failure"}, {"create", "delete"}, {"get", "delete"}, {"IAMUser", "AssumedRole"}, {"true", "false"}, {"false", "true"},
}
