package encode

import (
	"logrelay/relay"
)

// severities are the members of OCSF severity by severity_id.
var severities = [...]string{
	1: `"severity_id":1,"severity":"Informational"`,
	2: `"severity_id":2,"severity":"Low"`,
	3: `"severity_id":3,"severity":"Medium"`,
	4: `"severity_id":4,"severity":"High"`,
	5: `"severity_id":5,"severity":"Critical"`,
	6: `"severity_id":6,"severity":"Fatal"`,
}

// baseHead begins a Base Event [0]: activity is the source's word for it.
func baseHead(dst []byte, severity int, activity string) []byte {
	dst = append(dst, `{"category_uid":0,"category_name":"Uncategorized","class_uid":0,"class_name":"Base Event",`+
		`"type_uid":99,"type_name":"Base Event: Other",`...)
	dst = append(dst, severities[severity]...)
	return appendText(append(dst, `,"activity_id":99,"activity_name":"`...), activity)
}

// baseMetadata begins metadata of an event whose product is not known: the relay itself stands for it, with the kind as its feature.
func baseMetadata(dst []byte, e *relay.Event, hostname string) []byte {
	if hostname != "" {
		dst = appendText(append(dst, `,"device":{"type_id":0,"type":"Unknown","hostname":"`...), hostname)
		dst = append(dst, `},"metadata":{"version":"1.8.0","profiles":["host"]`...)
	} else {
		dst = append(dst, `,"metadata":{"version":"1.8.0"`...)
	}
	dst = append(dst, `,"product":{"name":"logrelay","vendor_name":"logrelay"`...)
	if e.Kind != "" {
		dst = append(appendText(append(dst, `,"feature":{"name":"`...), string(e.Kind)), '}')
	}
	return append(dst, '}')
}

func (o ocsf) message(dst []byte, e *relay.Event, m *relay.Message) []byte {
	dst = baseHead(dst, max(1, int(m.Severity)), "Log")
	dst = appendMillis(append(dst, `,"time":`...), e.Time)
	dst = member(dst, `,"message":"`, m.Text)
	host := m.Host
	if host == "" && hasAttrs(e.Record) {
		host = attr(e.Record, relay.AttrHost)
	}
	dst = baseMetadata(dst, e, host)
	dst = member(dst, `,"log_name":"`, m.App)
	dst = member(dst, `,"log_format":"`, m.Format)
	dst = member(dst, `,"event_code":"`, m.MsgID)
	dst = member(dst, `,"original_time":"`, m.TimeText)
	dst = ocsfEnvelope(dst, e)

	const unmapped = `,"unmapped":`
	dst, at := open(dst, unmapped)
	dst = memberNumber(dst, `,"pri":`, m.PRI)
	dst = member(dst, `,"procid":"`, m.ProcID)
	dst = structuredData(dst, m.Params)
	dst = appendFields(dst, e.Rest)
	dst = done(dst, at, unmapped)
	dst = o.rawData(dst, e)
	return append(dst, '}')
}

func (o ocsf) other(dst []byte, e *relay.Event, c *relay.Other) []byte {
	dst = baseHead(dst, 1, "Log")
	dst = appendMillis(append(dst, `,"time":`...), e.Time)
	if c.JSON == "" {
		dst = member(dst, `,"message":"`, c.Text)
	} else {
		dst = member(dst, `,"message":"`, c.Message)
	}
	host := ""
	if hasAttrs(e.Record) {
		host = attr(e.Record, relay.AttrHost)
	}
	dst = baseMetadata(dst, e, host)
	dst = ocsfEnvelope(dst, e)
	switch {
	case len(c.JSON) > 0 && c.JSON[0] == '{':
		if !emptyObject(c.JSON) {
			dst = appendJSON(append(dst, `,"unmapped":`...), c.JSON)
		}
	case c.JSON != "":
		dst = append(appendJSON(append(dst, `,"unmapped":{"value":`...), c.JSON), '}')
	case len(e.Rest) > 0:
		const unmapped = `,"unmapped":`
		var at int
		dst, at = open(dst, unmapped)
		dst = appendFields(dst, e.Rest)
		dst = done(dst, at, unmapped)
	}
	dst = o.rawData(dst, e)
	return append(dst, '}')
}

// emptyObject reports whether a JSON object has no members.
func emptyObject(s string) bool {
	for i := 1; i < len(s); i++ {
		if s[i] > ' ' {
			return s[i] == '}'
		}
	}
	return false
}
