package encode

import (
	"logrelay/relay"
)

// facilities and levels are the names of syslog's numbers (RFC 5424, section 6.2.1).
var (
	facilities = [...]string{
		"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "security", "console", "solaris-cron",
		"local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
	}
	levels = [...]string{"Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug"}
)

// message: type info, and no category: a line of text does not tell.
func (o ecs) message(dst []byte, e *relay.Event, m *relay.Message) []byte {
	ev := ecsEvent{time: e.Time, types: [3]string{"info"}, reason: m.StatusDetail}
	if m.PRI.Set {
		ev.severity = relay.NumberOf(m.PRI.Value & 7)
	}
	host := m.Host
	if host == "" && hasAttrs(e.Record) {
		host = attr(e.Record, relay.AttrHost)
	}
	dst = o.head(dst, e, &m.Common, &ev)
	dst = member(dst, `,"message":"`, firstOf(m.Text, m.Message))
	dst = ecsSyslog(dst, m)
	dst = ecsCloud(dst, &m.Cloud, m.Cloud.Account, "")
	dst = ecsProcess(dst, m.App, small9(m.ProcID), "")
	dst = ecsWriter(dst, e, &m.Product, host)
	dst = o.related(dst, &ecsRelated{hosts: [4]string{host}})
	k := ecsKindOf(e.Kind)
	dst, at := k.own(dst)
	dst = ecsCommonOwn(dst, k, &m.Common)
	if m.Text != "" {
		dst = member(dst, `,"message":"`, m.Message)
	}
	if m.Format != "rfc5424" {
		dst = member(dst, `,"format":"`, m.Format)
	}
	dst = snakeFields(dst, at+len(k.open), e.Rest)
	dst = k.close(dst, at)
	return o.tail(dst, e, &m.Common)
}

// ecsSyslog appends the field set log.
func ecsSyslog(dst []byte, m *relay.Message) []byte {
	const log, syslog = `,"log":`, `,"syslog":`
	dst, at := open(dst, log)
	level := m.Level
	if level == "" && m.PRI.Set {
		level = levels[m.PRI.Value&7]
	}
	dst = memberLower(dst, `,"level":"`, level)
	dst, n := open(dst, syslog)
	if m.PRI.Set {
		dst = appendInt(append(dst, `,"priority":`...), m.PRI.Value)
		dst = appendInt(append(dst, `,"facility":{"code":`...), m.PRI.Value>>3)
		if f := m.PRI.Value >> 3; f >= 0 && f < int64(len(facilities)) {
			dst = member(dst, `,"name":"`, facilities[f])
		}
		dst = appendInt(append(dst, `},"severity":{"code":`...), m.PRI.Value&7)
		dst = append(member(dst, `,"name":"`, levels[m.PRI.Value&7]), '}')
	}
	if m.Format == "rfc5424" {
		dst = append(dst, `,"version":"1"`...)
	}
	dst = member(dst, `,"hostname":"`, m.Host)
	dst = member(dst, `,"appname":"`, m.App)
	dst = member(dst, `,"procid":"`, m.ProcID)
	dst = member(dst, `,"msgid":"`, m.MsgID)
	dst = structuredData(dst, m.Params)
	dst = done(dst, n, syslog)
	return done(dst, at, log)
}

// small9 reads a number of up to nine digits, and nothing else: a process id.
func small9(s string) relay.Number {
	n := int64(0)
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return relay.Number{}
		}
		n = n*10 + int64(s[i]-'0')
	}
	if len(s) == 0 || len(s) > 9 {
		return relay.Number{}
	}
	return relay.NumberOf(n)
}

// other: what no class fits. A JSON value is the source's own fields as it stands.
func (o ecs) other(dst []byte, e *relay.Event, c *relay.Other) []byte {
	ev := ecsEvent{time: e.Time, types: [3]string{"info"}, reason: c.StatusDetail}
	host := c.Host
	if host == "" && hasAttrs(e.Record) {
		host = attr(e.Record, relay.AttrHost)
	}
	dst = o.head(dst, e, &c.Common, &ev)
	switch {
	case c.JSON != "":
		dst = member(dst, `,"message":"`, c.Message)
	case e.Fault.Reason == relay.FaultNone: // else event.original has it
		dst = member(dst, `,"message":"`, firstOf(c.Message, c.Text))
	}
	dst = ecsLevel(dst, c.Level)
	dst = ecsCloud(dst, &c.Cloud, c.Cloud.Account, "")
	dst = ecsProcess(dst, c.App, relay.Number{}, "")
	dst = ecsWriter(dst, e, &c.Product, host)
	dst = o.related(dst, &ecsRelated{hosts: [4]string{host}})
	k := ecsKindOf(e.Kind)
	if e.Kind == relay.KindJSON && isObject(c.JSON) {
		if !jsonEmpty(c.JSON) {
			dst = append(appendJSON(append(dst, k.open...), c.JSON), k.end...)
		}
		k = &ecsUnknown
	}
	dst, at := k.own(dst)
	dst = ecsCommonOwn(dst, k, &c.Common)
	switch {
	case e.Kind == relay.KindJSON && isObject(c.JSON), jsonEmpty(c.JSON):
	case e.Kind == relay.KindCloudTrail && isObject(c.JSON) && len(c.JSON) < maxFlattened:
		dst = append(memberPruned(dst, `,"flattened":{"digest":`, c.JSON), '}')
	case isObject(c.JSON):
		dst = memberJSON(dst, `,"value":`, c.JSON)
	default:
		dst = memberTextOf(dst, `,"value_text":"`, c.JSON)
	}
	dst = snakeFields(dst, at+len(k.open), e.Rest)
	dst = k.close(dst, at)
	return o.tail(dst, e, &c.Common)
}
