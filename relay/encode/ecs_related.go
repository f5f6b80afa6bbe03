package encode

import (
	"logrelay/relay"
)

// maxRelated bounds how many values an array of related has: they are compared with each other, and all of them stand elsewhere too.
const maxRelated = 64

// relatedArray writes an array of related, each value once. The zero relatedArray is ready.
type relatedArray struct {
	at, first, n int
}

// begin begins the array, key being `,"name":[`.
func (a *relatedArray) begin(dst []byte, key string) []byte {
	a.at, a.n = len(dst), 0
	dst = append(dst, key...)
	a.first = len(dst)
	return dst
}

// add appends a value, unless it is empty or there already.
func (a *relatedArray) add(dst []byte, v string) []byte {
	if v == "" || a.n == maxRelated {
		return dst
	}
	at := len(dst)
	return a.keep(append(appendString(dst, v), ','), at)
}

// addQuoted is add for a JSON value, of which only strings count.
func (a *relatedArray) addQuoted(dst []byte, v string) []byte {
	if len(v) <= 2 || v[0] != '"' || a.n == maxRelated {
		return dst
	}
	at := len(dst)
	return a.keep(append(appendJSON(dst, v), ','), at)
}

// addReverse is add for the address that a reverse name stands for.
func (a *relatedArray) addReverse(dst []byte, name string) []byte {
	at := len(dst)
	dst = appendReverse(append(dst, '"'), name)
	if len(dst) == at+1 || a.n == maxRelated {
		return dst[:at]
	}
	return a.keep(append(dst, '"', ','), at)
}

// addAll is add for several values.
func (a *relatedArray) addAll(dst []byte, values []string) []byte {
	for _, v := range values {
		dst = a.add(dst, v)
	}
	return dst
}

// keep takes the value at the end of dst, which begins at at, back if it is there already.
func (a *relatedArray) keep(dst []byte, at int) []byte {
	v := dst[at:]
	for i := a.first; i < at; {
		end := jsonQuote(relay.View(dst[:at]), i) + 1 // the comma
		if string(dst[i:end]) == string(v) {
			return dst[:at]
		}
		i = end
	}
	a.n++
	return dst
}

// end ends the array, or takes it back when it is empty.
func (a *relatedArray) end(dst []byte) []byte {
	if a.n == 0 {
		return dst[:a.at]
	}
	dst[len(dst)-1] = ']'
	return dst
}

// ecsRelated is what an event has for related beyond its endpoints.
type ecsRelated struct {
	hosts, users [4]string
}

const (
	keyRelated = `,"related":`
	keyIPs     = `,"ip":[`
	keyHosts   = `,"hosts":[`
	keyUsers   = `,"user":[`
)

// related appends the field set related: addresses and names of the endpoints, and what r has.
func (o ecs) related(dst []byte, r *ecsRelated, ends ...*relay.Endpoint) []byte {
	dst, at := open(dst, keyRelated)
	var a relatedArray
	dst = a.begin(dst, keyIPs)
	for _, p := range ends {
		dst = a.add(dst, p.HopIP)
		if p.IP != p.HopIP {
			dst = a.add(dst, p.IP)
		}
	}
	for _, p := range ends {
		dst = a.addAll(dst, p.Intermediates)
		dst = a.add(dst, p.NATIP)
	}
	for _, h := range r.hosts[:] {
		if relay.IsAddr(h) {
			dst = a.add(dst, h)
		}
	}
	dst = a.end(dst)
	dst = a.begin(dst, keyHosts)
	for _, p := range ends {
		if isName(p.Hostname) {
			dst = a.add(dst, p.Hostname)
		}
		if isName(p.Domain) {
			dst = a.add(dst, p.Domain)
		}
	}
	for _, h := range r.hosts[:] {
		if isName(h) {
			dst = a.add(dst, h)
		}
	}
	dst = a.end(dst)
	dst = a.begin(dst, keyUsers)
	dst = a.addAll(dst, r.users[:])
	dst = a.end(dst)
	return done(dst, at, keyRelated)
}
