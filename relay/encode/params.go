package encode

import "logrelay/relay"

// structuredData appends p as the member structured_data: an object of elements, each an object of values by name. A name that comes
// several times in an element has an array of its values, in order; an element that comes several times is one object.
// It compares names pairwise: package syslogmsg bounds their number.
func structuredData(dst []byte, p []relay.Param) []byte {
	if len(p) == 0 {
		return dst
	}
	dst = append(dst, `,"structured_data":{`...)
	for i := range p {
		if seen(p[:i], p[i].Element, nil) {
			continue
		}
		dst = append(appendString(dst, p[i].Element), ":{"...)
		dst = elementMembers(dst, p[i:], p[i].Element)
		dst = append(dst, '}', ',')
	}
	dst[len(dst)-1] = '}'
	return dst
}

// elementMembers appends the parameters in p of one element.
func elementMembers(dst []byte, p []relay.Param, element string) []byte {
	first := true
	for i := range p {
		if p[i].Element != element || p[i].Name == "" || seen(p[:i], element, &p[i].Name) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(appendString(dst, p[i].Name), ':')
		if !seen(p[i+1:], element, &p[i].Name) {
			dst = appendString(dst, p[i].Value)
			continue
		}
		dst = append(dst, '[')
		for _, q := range p[i:] {
			if q.Element == element && q.Name == p[i].Name {
				dst = append(appendString(dst, q.Value), ',')
			}
		}
		dst[len(dst)-1] = ']'
	}
	return dst
}

// seen reports whether p has a parameter of the element, with the name if name is not nil.
func seen(p []relay.Param, element string, name *string) bool {
	for i := range p {
		if p[i].Element == element && (name == nil || p[i].Name == *name) {
			return true
		}
	}
	return false
}
