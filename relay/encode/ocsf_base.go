package encode

import "logrelay/relay"

// message writes a Base Event [0].
func (o ocsf) message(dst []byte, e *relay.Event, m *relay.Message) []byte {
	c := m.Common // as this class reads it
	c.Host = ocsfHostOf(e, c.Host)
	if m.Text != "" {
		c.Message = m.Text
	}
	if c.EventCode == "" {
		c.EventCode = m.MsgID
	}
	dst = ocsfBase.begin(dst, e, &c, 99, "Log")
	dst = ocsfStatus(dst, c.Status)
	dst = ocsfCommon(dst, e, &c, ocsfProfilesOf(&c))
	dst, at := open(dst, ocsfUnmapped)
	if m.Text != "" {
		dst = member(dst, `,"message":"`, m.Message)
	}
	if m.EventCode != "" && m.EventCode != m.MsgID {
		dst = member(dst, `,"msgid":"`, m.MsgID)
	}
	dst = memberNumber(dst, `,"pri":`, m.PRI)
	dst = member(dst, `,"procid":"`, m.ProcID)
	dst = structuredData(dst, m.Params)
	return o.end(dst, at, e, &c)
}

// other writes a Base Event [0] with the JSON of the record as unmapped.
func (o ocsf) other(dst []byte, e *relay.Event, x *relay.Other) []byte {
	c := x.Common
	c.Host = ocsfHostOf(e, c.Host)
	if x.JSON == "" && x.Text != "" {
		c.Message = x.Text
	}
	dst = ocsfBase.begin(dst, e, &c, 99, "Log")
	dst = ocsfStatus(dst, c.Status)
	dst = ocsfCommon(dst, e, &c, ocsfProfilesOf(&c))
	dst, at := open(dst, ocsfUnmapped)
	if c.Message != x.Message {
		dst = member(dst, `,"message":"`, x.Message)
	}
	switch {
	case x.JSON == "" || emptyObject(x.JSON):
	case x.JSON[0] == '{' && len(e.Rest) == 0:
		dst = appendJSON(append(dst[:at], ocsfUnmapped...), x.JSON)
		return append(o.rawData(dst, e), '}')
	default:
		dst = memberJSON(dst, `,"value":`, x.JSON)
	}
	return o.end(dst, at, e, &c)
}

// ocsfHostOf returns the host that a record names, else the one that its envelope does.
func ocsfHostOf(e *relay.Event, host string) string {
	if host == "" && hasAttrs(e.Record) {
		return attr(e.Record, relay.AttrHost)
	}
	return host
}

// emptyObject reports whether s is a JSON object without members.
func emptyObject(s string) bool {
	if s == "" || s[0] != '{' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if s[i] > ' ' {
			return s[i] == '}'
		}
	}
	return false
}
