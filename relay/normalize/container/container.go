package container

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
	"logrelay/relay/normalize/jsondoc"
)

// Parser reads lines of containers. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	rest  jsondoc.Rest
	inner jsondoc.Doc // of a text that is JSON
	text  []byte
}

// Is reports whether a JSON object can only be a line of a container.
func Is(root jsondoc.Value) bool {
	log := root.Get("log")
	if !log.Exists() {
		log = root.Get("message")
	}
	if !log.IsString() {
		return false
	}
	switch root.Get("stream").Raw() {
	case `"stdout"`, `"stderr"`:
		return true
	}
	k := root.Get("kubernetes")
	return k.Get("container_name").IsString() || k.Get("pod_name").IsString()
}

// AppendJSON adds the event of a JSON record.
func (p *Parser) AppendJSON(es *relay.Events, r *relay.Record, d *jsondoc.Doc) relay.Fault {
	m := es.Message()
	p.rest.Reset(es)
	rest := &p.rest
	var log, message, level jsondoc.Value
	var times [3]jsondoc.Value // by rank
	for v := d.Root().First(); v.Exists(); v = v.Next() {
		switch v.Name() {
		case "log":
			log = v
		case "message":
			message = v
		case "level":
			level = v
		case "time":
			times[0] = v
		case "@timestamp":
			times[1] = v
		case "date":
			times[2] = v
		case "kubernetes":
			p.kubernetes(m, v)
		case "container_name": // of Docker's driver for Fluentd
			if m.App == "" {
				m.App = rest.Text(v)
			} else {
				rest.Add(v)
			}
		default:
			rest.Add(v)
		}
	}
	if log.IsString() {
		rest.Add(message)
	} else {
		rest.Add(log)
		log = message
	}
	if !log.IsString() {
		return relay.Fault{Reason: relay.FaultKind, Offset: 0, Detail: "no line of a container: it has neither log nor message"}
	}
	m.Text = strings.TrimSuffix(log.Text(es), "\n")
	when, found := r.Received, false
	for _, v := range times {
		if t, ok := v.Time(); ok && !found {
			when, found = t, true
			if v.IsString() {
				m.TimeText = v.Text(es)
			}
		} else {
			rest.Add(v)
		}
	}
	if m.Level = rest.Text(level); m.Level == "" {
		m.Level = p.level(es, m.Text)
	}
	m.Severity = field.Level(m.Level)
	e := es.Add(r, relay.KindContainer)
	e.Class, e.Time, e.Rest = m, when, rest.Fields()
	return relay.Fault{}
}

// kubernetes takes the names of container and node; what else the filter knows is kept.
func (p *Parser) kubernetes(m *relay.Message, v jsondoc.Value) {
	if !p.rest.Object(v) {
		return
	}
	for k := v.First(); k.Exists(); k = k.Next() {
		switch k.Name() {
		case "container_name":
			if s := p.rest.Text(k); m.App == "" {
				m.App = s
			} else if s != m.App {
				p.rest.Add(k)
			}
		case "host":
			m.Host = p.rest.Text(k)
		default:
			p.rest.Add(k)
		}
	}
	p.rest.Close()
}

// level returns the level that a text which is a JSON object states.
func (p *Parser) level(es *relay.Events, text string) string {
	if !strings.HasPrefix(text, "{") || !strings.HasSuffix(text, "}") {
		return ""
	}
	p.text = append(p.text[:0], text...)
	if !p.inner.Parse(p.text, 1) {
		return ""
	}
	root := p.inner.Root()
	for _, name := range [...]string{"level", "severity", "lvl"} {
		if v := root.Get(name); v.IsString() && !v.Empty() {
			raw, at := v.Raw(), v.Offset()
			if strings.IndexByte(raw, '\\') >= 0 {
				return v.Text(es)
			}
			return text[at+1 : at+len(raw)-1] // p.text is used again
		}
	}
	return ""
}
