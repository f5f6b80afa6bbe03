package encode

import "logrelay/relay"

// How an observable of each type begins.
const (
	ocsfObservableHost     = `{"type_id":1,"type":"Hostname","name":"`
	ocsfObservableIP       = `{"type_id":2,"type":"IP Address","name":"`
	ocsfObservableUser     = `{"type_id":4,"type":"User Name","name":"`
	ocsfObservableURL      = `{"type_id":6,"type":"URL String","name":"`
	ocsfObservableResource = `{"type_id":10,"type":"Resource UID","name":"`
)

// ocsfObservableOf returns how the observable begins that an attribute of an object is; "" where it is none. They are the attributes whose
// type in the schema is hostname_t, ip_t, username_t, url_t or resource_uid_t, and the strings of URLs.
func ocsfObservableOf(object, attribute string) string {
	switch attribute {
	case "hostname":
		return ocsfObservableHost
	case "ip", "intermediate_ips", "x_forwarded_for":
		return ocsfObservableIP
	case "name":
		if object == "user" {
			return ocsfObservableUser
		}
	case "url_string", "src_url":
		return ocsfObservableURL
	case "uid":
		if object == "resources" {
			return ocsfObservableResource
		}
	}
	return ""
}

// ocsfObservables adds the observables to the event that stands from start on: each value with the path of its attribute, in which a list
// stands for its members.
func ocsfObservables(dst []byte, start int) []byte {
	const key = `,"observables":`
	at := len(dst) - 1 // of the closing brace
	event := dst[start:at]
	o := observer{append(dst[:at], key...)}
	var path [ocsfPath]byte
	eachMember(event, func(name, value []byte) bool {
		o.member("", append(path[:0], name...), name, value)
		return true
	})
	return append(doneList(o.dst, at, key), '}')
}

// ocsfPath is room for the path of an attribute: evidences.src_endpoint.proxy_endpoint.ip is one.
const ocsfPath = 64

// observer collects observables.
type observer struct{ dst []byte }

// member looks at one member of an object. The members of a list are looked at as if each had its name.
func (o *observer) member(object string, path, name, value []byte) {
	attribute := relay.View(name)
	if ocsfOpaque(attribute) {
		return
	}
	switch value[0] {
	case '{':
		eachMember(value, func(name, value []byte) bool {
			o.member(attribute, append(append(path, '.'), name...), name, value)
			return true
		})
	case '[':
		eachElement(value, func(value []byte) { o.member(object, path, name, value) })
	case '"':
		if head := ocsfObservableOf(object, attribute); head != "" {
			o.dst = append(append(o.dst, ','), head...)
			o.dst = append(append(o.dst, path...), `","value":`...)
			o.dst = append(append(o.dst, value...), '}')
		}
	}
}
