package jsondoc

import "logrelay/relay"

// Texts returns the strings of an array, in memory of the Events. What else is in it is kept, empty ones apart.
func (r *Rest) Texts(v Value) []string {
	if !r.Array(v) {
		return nil
	}
	r.texts = r.texts[:0]
	for m := v.First(); m.Exists(); m = m.Next() {
		if m.IsString() && !m.Empty() {
			r.texts = append(r.texts, m.Text(r.es))
		} else {
			r.Add(m)
		}
	}
	r.Close()
	return r.es.Strings(r.texts)
}

// Addrs returns the IP addresses of an array, in memory of the Events. What else is in it is kept.
func (r *Rest) Addrs(v Value) []string {
	if !r.Array(v) {
		return nil
	}
	r.texts = r.texts[:0]
	for m := v.First(); m.Exists(); m = m.Next() {
		if ip := r.Addr(m); ip != "" {
			r.texts = append(r.texts, ip)
		}
	}
	r.Close()
	return r.es.Strings(r.texts)
}

// Headers returns the fields of an array of {"name":"…","value":"…"}, in memory of the Events. What else is in it is kept.
func (r *Rest) Headers(v Value) []relay.Header {
	if !r.Array(v) {
		return nil
	}
	r.headers = r.headers[:0]
	for m := v.First(); m.Exists(); m = m.Next() {
		name, value := m.Get("name"), m.Get("value")
		if name.IsString() && value.IsString() && !m.First().Next().Next().Exists() {
			r.headers = append(r.headers, relay.Header{Name: name.Text(r.es), Value: value.Text(r.es)})
		} else {
			r.Add(m)
		}
	}
	r.Close()
	return r.es.Headers(r.headers)
}
