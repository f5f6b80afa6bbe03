package encode

import (
	"slices"

	"logrelay/relay"
)

// ocsfVersion begins metadata.
const ocsfVersion = `,"metadata":{"version":"1.8.0"`

// begin begins an event of class c: class, activity, severity, what its source says of the outcome, and last the time. word is the source's
// own for activity 99.
func (c *ocsfClass) begin(dst []byte, e *relay.Event, m *relay.Common, activity int, word string) []byte {
	if activity < len(c.activities) && c.activities[activity] != "" {
		dst = append(dst, c.activities[activity]...)
	} else {
		if word == "" {
			word = "Other"
		}
		dst = append(appendText(append(dst, c.other...), word), c.end...)
	}
	dst = append(dst, ocsfSeverities.members[max(relay.SeverityInformational, min(m.Severity, relay.SeverityFatal))]...)
	dst = member(dst, `,"status_code":"`, m.StatusCode)
	dst = member(dst, `,"status_detail":"`, m.StatusDetail)
	dst = member(dst, `,"message":"`, m.Message)
	return appendMillis(append(dst, `,"time":`...), e.Time)
}

// ocsfSpan appends start_time, end_time and duration, right after begin: the digits of an event that starts at its time are there already.
func ocsfSpan(dst []byte, e *relay.Event, start, end int64) []byte {
	switch n := len(dst); {
	case start == 0:
	case start == e.Time && n > millisDigits && dst[n-millisDigits-1] == ':':
		dst = append(append(dst, `,"start_time":`...), dst[n-millisDigits:n]...)
	default:
		dst = appendMillis(append(dst, `,"start_time":`...), start)
	}
	if end != 0 {
		dst = appendMillis(append(dst, `,"end_time":`...), end)
		if start != 0 && end >= start {
			dst = appendMillis(append(dst, `,"duration":`...), end-start)
		}
	}
	return dst
}

// millisDigits is how many digits a time of 2001 to 2286 has in milliseconds.
const millisDigits = 13

// ocsfStatus appends status and status_id. Findings have others.
func ocsfStatus(dst []byte, s relay.Status) []byte {
	if s == relay.StatusUnset {
		return dst
	}
	return ocsfStatuses.append(dst, int(s), "")
}

// ocsfProfilesOf returns the profiles that what all classes have in common needs.
func ocsfProfilesOf(m *relay.Common) ocsfProfile {
	var p ocsfProfile
	if m.Cloud.Provider != "" {
		p = ocsfCloud
	}
	if m.Host != "" {
		p |= ocsfHost
	}
	return p
}

// ocsfCommon appends metadata, cloud and device.
func ocsfCommon(dst []byte, e *relay.Event, m *relay.Common, p ocsfProfile) []byte {
	dst = append(append(dst, ocsfVersion...), ocsfProfiles[p]...)
	dst = ocsfProduct(dst, e, &m.Product)
	dst = member(dst, `,"log_name":"`, m.App)
	if t, ok := e.Class.(*relay.Message); ok {
		dst = member(dst, `,"log_format":"`, t.Format)
	}
	dst = member(dst, `,"log_level":"`, m.Level)
	dst = member(dst, `,"event_code":"`, m.EventCode)
	dst = member(dst, `,"original_time":"`, m.TimeText)
	dst = memberStrings(dst, `,"labels":`, m.Labels)
	dst = ocsfEnvelope(dst, e, m.EventID)
	if m.Cloud.Provider != "" {
		dst = ocsfCloudMembers(append(dst, `,"cloud":`...), &m.Cloud)
	}
	return ocsfDevice(dst, m.Host)
}

// ocsfDevice appends the device of profile host.
func ocsfDevice(dst []byte, host string) []byte {
	if host == "" {
		return dst
	}
	dst = appendText(append(dst, `,"device":{"type_id":0,"type":"Unknown","hostname":"`...), host)
	return append(dst, '}')
}

// ocsfCloudMembers appends the object cloud.
func ocsfCloudMembers(dst []byte, c *relay.Cloud) []byte {
	at := len(dst)
	if c.Provider == "AWS" {
		dst = append(dst, `{"provider":"AWS"`...)
	} else {
		dst = member(dst, `,"provider":"`, c.Provider)
	}
	dst = member(dst, `,"region":"`, c.Region)
	dst = member(dst, `,"zone":"`, c.Zone)
	if c.Account != "" {
		dst = append(appendText(append(dst, `,"account":{"uid":"`...), c.Account), '}')
	}
	if c.Org != "" {
		dst = append(appendText(append(dst, `,"org":{"uid":"`...), c.Org), '}')
	}
	dst[at] = '{'
	return append(dst, '}')
}

// ocsfProduct appends metadata.product. The relay stands for a product that is not known, with the kind as its feature; one without a name
// has its vendor's.
func ocsfProduct(dst []byte, e *relay.Event, p *relay.Product) []byte {
	if p.Name == "Amazon VPC" && p.Vendor == "AWS" && p.Feature == "Flow Logs" && p.Version != "" && p.FeatureUID == "" {
		dst = append(dst, `,"product":{"name":"Amazon VPC","vendor_name":"AWS","feature":{"name":"Flow Logs"},"version":"`...)
		return append(appendText(dst, p.Version), '}')
	}
	name, vendor, feature := p.Name, p.Vendor, p.Feature
	if name == "" {
		name = vendor
	}
	if name == "" {
		name, vendor = "logrelay", "logrelay"
		if feature == "" {
			feature = string(e.Kind)
		}
	}
	dst = appendText(append(dst, `,"product":{"name":"`...), name)
	dst = member(dst, `,"vendor_name":"`, vendor)
	const key = `,"feature":`
	dst, at := open(dst, key)
	dst = member(dst, `,"name":"`, feature)
	dst = member(dst, `,"uid":"`, p.FeatureUID)
	dst = done(dst, at, key)
	dst = member(dst, `,"version":"`, p.Version)
	return append(dst, '}')
}

// ocsfUnmapped begins unmapped. What the class has no place for follows, members with a leading comma each, and then end.
const ocsfUnmapped = `,"unmapped":`

// end appends what the source has beside its class, and ends unmapped, which began at at, and the event.
func (o ocsf) end(dst []byte, at int, e *relay.Event, m *relay.Common) []byte {
	if m.Cloud.Provider == "" && (m.Cloud.Account != "" || m.Cloud.Region != "" || m.Cloud.Zone != "" || m.Cloud.Org != "") {
		dst = ocsfCloudMembers(append(dst, `,"cloud":`...), &m.Cloud)
	}
	if start := at + len(ocsfUnmapped); len(dst) > start && ocsfCollide(dst[start:], e.Rest) {
		dst = ocsfApart(dst, start, e.Rest)
	}
	dst = appendFields(dst, e.Rest)
	dst = done(dst, at, ocsfUnmapped)
	dst = o.rawData(dst, e)
	return append(dst, '}')
}

// ocsfCollide reports whether a field has the name of one of the members, each of which has a leading comma.
func ocsfCollide(members []byte, f []relay.Field) (found bool) {
	eachMember(members, func(name, _ []byte) bool {
		for i := range f {
			found = found || f[i].Name == string(name)
		}
		return !found
	})
	return found
}

// ocsfApart makes the members from start on an object of their own, logrelay, so that the fields of the source keep their names.
func ocsfApart(dst []byte, start int, f []relay.Field) []byte {
	var room [64]byte
	name := append(room[:0], "logrelay"...)
	for i := 0; i < len(f); i++ {
		if f[i].Name == string(name) {
			name, i = append(name, '_'), -1
		}
	}
	var head [80]byte
	key := append(append(append(head[:0], `,"`...), name...), `":`...)
	dst = append(slices.Insert(dst, start, key...), '}')
	dst[start+len(key)] = '{'
	return dst
}
