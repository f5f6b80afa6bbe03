package field

import "logrelay/relay"

// Header carries what the header of a syslog message said over to the class that its text became: host, program, severity, time and MSGID, where the text did not say it itself.
// What c has no place for goes to r, with what reading the header had left over already.
func (r *Rest) Header(e *relay.Event, m *relay.Message, c *relay.Common) {
	if c.Severity == relay.SeverityUnset {
		c.Severity = m.Severity
	}
	r.Fill(&c.Host, "syslog_host", m.Host)
	r.Fill(&c.App, "syslog_app", m.App)
	r.Fill(&c.TimeText, "syslog_time", m.TimeText)
	r.Fill(&c.EventCode, "msgid", m.MsgID)
	for i := range e.Rest {
		r.Add(e.Rest[i])
	}
	r.Number("pri", m.PRI)
	r.Keep("procid", m.ProcID)
	r.params(m.Params)
}

// Stay is Header for a text whose fields, c, stay a message: m has its header already, and gets what c says of itself.
func (r *Rest) Stay(e *relay.Event, m *relay.Message, c relay.Common) {
	for i := range e.Rest {
		r.Add(e.Rest[i])
	}
	if c.Severity == relay.SeverityUnset {
		c.Severity = m.Severity
	}
	r.Fill(&c.Host, "syslog_host", m.Host)
	r.Fill(&c.TimeText, "syslog_time", m.TimeText)
	m.Common = c
}

// Fill puts v where nothing is yet, or keeps it under name where it is something else.
func (r *Rest) Fill(dst *string, name, v string) {
	switch *dst {
	case "":
		*dst = v
	case v:
	default:
		r.Keep(name, v)
	}
}

// params adds structured data: an object for each element.
func (r *Rest) params(p []relay.Param) {
	for i := 0; i < len(p); {
		b := append(make([]byte, 0, 512), '{')
		n := i
		for ; n < len(p) && p[n].Element == p[i].Element; n++ {
			if p[n].Name != "" && !hasParam(p[i:n], p[n].Name) {
				b = appendParam(b, p[n:])
			}
		}
		if len(b) > 1 {
			b = b[:len(b)-1]
		}
		r.Add(relay.Field{Name: p[i].Element, Value: r.es.Text(append(b, '}')), Type: relay.FieldJSON})
		i = n
	}
}

func hasParam(p []relay.Param, name string) bool {
	for i := range p {
		if p[i].Name == name {
			return true
		}
	}
	return false
}

// appendParam appends the first parameter of p with all of its name in the same element, as an array when there are several, and a comma.
func appendParam(b []byte, p []relay.Param) []byte {
	b = append(appendString(b, p[0].Name), ':')
	several := false
	for i := 1; i < len(p) && p[i].Element == p[0].Element; i++ {
		if p[i].Name != p[0].Name {
			continue
		}
		if !several {
			several = true
			b = append(appendString(append(b, '['), p[0].Value), ',')
		}
		b = append(appendString(b, p[i].Value), ',')
	}
	if !several {
		return append(appendString(b, p[0].Value), ',')
	}
	b[len(b)-1] = ']'
	return append(b, ',')
}
