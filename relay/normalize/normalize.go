package normalize

import (
	"strconv"

	"logrelay/relay"
	"logrelay/relay/normalize/cef"
	"logrelay/relay/normalize/checkpoint"
	"logrelay/relay/normalize/ciscoasa"
	"logrelay/relay/normalize/cloudfront"
	"logrelay/relay/normalize/cloudtrail"
	"logrelay/relay/normalize/container"
	"logrelay/relay/normalize/eks"
	"logrelay/relay/normalize/elb"
	"logrelay/relay/normalize/field"
	"logrelay/relay/normalize/filterlog"
	"logrelay/relay/normalize/fortinet"
	"logrelay/relay/normalize/guardduty"
	"logrelay/relay/normalize/jsondoc"
	"logrelay/relay/normalize/jsonrec"
	"logrelay/relay/normalize/k8saudit"
	"logrelay/relay/normalize/linuxauth"
	"logrelay/relay/normalize/netfilter"
	"logrelay/relay/normalize/paloalto"
	"logrelay/relay/normalize/raw"
	"logrelay/relay/normalize/route53"
	"logrelay/relay/normalize/s3access"
	"logrelay/relay/normalize/securityhub"
	"logrelay/relay/normalize/suricata"
	"logrelay/relay/normalize/syslogmsg"
	"logrelay/relay/normalize/vpcflow"
	"logrelay/relay/normalize/waf"
	"logrelay/relay/normalize/windows"
)

// Normalizer makes events of records. It is for one goroutine at a time.
type Normalizer struct {
	texts    []textKind
	jsons    []jsonKind
	contents []content
	clues    clues

	run       readers // of the kind last read: records come in runs of one
	doc       jsondoc.Doc
	syslog    syslogmsg.Parser
	rest      field.Rest
	around    jsondoc.Rest // what stands beside the record that an object carries
	load      relay.Record // that record
	inside    bool         // it is being read
	cef       cef.Parser
	flow      vpcflow.Parser
	trail     cloudtrail.Parser
	guard     guardduty.Parser
	hub       securityhub.Parser
	route53   route53.Parser
	elb       elb.Parser
	s3        s3access.Parser
	edge      cloudfront.Parser
	eks       eks.Parser
	container container.Parser
}

// textKind reads records that are lines of text.
type textKind struct {
	kind relay.Kind
	is   func(line []byte) bool // whether a record that nobody named can only be of this kind; nil: never guessed
	read relay.NormalizeFunc
}

// jsonKind reads records that are a JSON object.
type jsonKind struct {
	kind relay.Kind
	// marks are names of members: an object that has none of them at its outermost level is not shown to is.
	marks []string
	is    func(root jsondoc.Value) bool // whether an object that nobody named can only be of this kind; nil: never guessed
	// read adds the events of r, of which d holds the text. A fault of any Reason but FaultNone: what it added is taken back,
	// and the record goes out as it is, marked.
	read func(es *relay.Events, r *relay.Record, d *jsondoc.Doc) relay.Fault
}

// jsonDepth is how far down kinds look into a record that is JSON.
const jsonDepth = 10

// New returns a Normalizer.
func New() *Normalizer {
	n := &Normalizer{}
	audit := new(k8saudit.Parser)
	events := new(windows.Parser)
	n.texts = []textKind{
		{relay.KindVPCFlow, vpcflow.IsDefault, n.flow.Append},
		{relay.KindRoute53, route53.IsLine, n.route53.Append},
		{relay.KindELB, elb.Is, n.elb.Append},
		{relay.KindS3Access, s3access.Is, n.s3.Append},
		{relay.KindCloudFront, cloudfront.Is, n.edge.Append},
		{relay.KindCEF, cef.Is, n.extended},
		{relay.KindLEEF, nil, n.extended},
		{relay.KindEKS, eks.IsKlog, n.eks.Append},
		{relay.KindContainer, container.IsLine, n.container.Append},
		{relay.KindSyslog, nil, n.message},
		{relay.KindText, nil, raw.Append},
	}
	n.jsons = []jsonKind{
		{relay.KindCloudTrail, []string{"eventSource", "insightDetails", "digestStartTime", "detail-type"}, cloudtrail.Is, n.trail.Append},
		{relay.KindGuardDuty, []string{"service", "detail-type"}, guardduty.Is, n.guard.Append},
		{relay.KindSecurityHub, []string{"ProductArn", "Findings", "detail-type"}, securityhub.Is, n.hub.Append},
		{relay.KindRoute53, []string{"query_timestamp"}, route53.Is, n.route53.AppendJSON},
		{relay.KindCloudFront, []string{"x-edge-request-id", "x-edge-location"}, cloudfront.IsObject, n.edge.AppendJSON},
		{relay.KindWindows, []string{"EventID"}, windows.Is, events.AppendJSON},
		{relay.KindWAF, []string{"webaclId"}, waf.Is, new(waf.Parser).Append},
		{relay.KindK8sAudit, []string{"kind"}, k8saudit.Is, audit.Append},
		{relay.KindNetworkFirewall, []string{"firewall_name"}, suricata.IsFirewall, new(suricata.Parser).AppendFirewall},
		{relay.KindSuricata, []string{"event_type"}, suricata.Is, new(suricata.Parser).Append},
		{relay.KindContainer, []string{"stream", "kubernetes"}, container.Is, n.container.AppendJSON},
		{relay.KindVPCFlow, []string{"message"}, vpcflow.IsWrapped, n.flow.AppendJSON},
		{relay.KindEKS, nil, nil, audit.Append}, // a control plane has both sorts of logs in one group
	}
	n.clues = cluesOf(n.jsons)
	n.contents = []content{
		{relay.KindCEF, n.cef.Content},
		{relay.KindPaloAlto, new(paloalto.Parser).Content},
		{relay.KindFortinet, new(fortinet.Parser).Content},
		{relay.KindCiscoASA, new(ciscoasa.Parser).Content},
		{relay.KindLinuxAuth, new(linuxauth.Parser).Content},
		{relay.KindCheckPoint, new(checkpoint.Parser).Content},
		{relay.KindWindows, events.Content},
		{relay.KindFilterlog, new(filterlog.Parser).Content},
		{relay.KindNetfilter, new(netfilter.Parser).Content},
	}
	return n
}

// Append adds the events of r to es. It is a relay.NormalizeFunc.
func (n *Normalizer) Append(es *relay.Events, r *relay.Record) {
	first := len(es.List)
	n.inside = false // whatever a parser that failed left behind
	n.read(es, r)
	if len(r.Meta) > 0 || len(r.Origin.Attrs) > 0 {
		t, timed := envelopeTime(r)
		owner := envelopeOwner(r.Origin)
		for i := first; i < len(es.List); i++ {
			e := &es.List[i]
			if timed {
				e.Time = t
			}
			if owner != "" && e.Class != nil {
				if c := &e.Class.Head().Cloud; c.Provider == "AWS" && c.Account == "" {
					c.Account = owner
				}
			}
		}
	}
}

func (n *Normalizer) read(es *relay.Events, r *relay.Record) {
	kind := r.Origin.Kind
	if kind == relay.KindAuto {
		n.detect(es, r)
		return
	}
	if r.Flags&relay.FlagContinued != 0 && kind != relay.KindText {
		es.AddUnparsed(r, kind, relay.Fault{Reason: relay.FaultPart, Offset: -1, Detail: "part of a record longer than the limit: see the record before it"})
		return
	}
	if kind != n.run.kind {
		n.run = readers{kind, n.textKind(kind), n.jsonKind(kind), n.contentKind(kind)}
	}
	k := &n.run
	if k.json != nil && (k.text == nil && k.content == nil || first(r.Raw) == '{') { // some kinds are both
		n.object(es, r, k.json)
		return
	}
	if k.text != nil {
		k.text.read(es, r)
		return
	}
	if k.content != nil {
		n.named(es, r, k.content)
		return
	}
	if kind == relay.KindJSON {
		n.object(es, r, nil)
		return
	}
	es.AddUnparsed(r, kind, relay.Fault{Reason: relay.FaultKind, Offset: -1, Detail: "nothing here reads this kind: check `kind` of the input"})
}

// readers are what reads the records of one kind; each may be nil.
type readers struct {
	kind    relay.Kind
	text    *textKind
	json    *jsonKind
	content *content
}

// textKind returns how lines of a kind are read; nil when the kind has none.
func (n *Normalizer) textKind(kind relay.Kind) *textKind {
	for i := range n.texts {
		if n.texts[i].kind == kind {
			return &n.texts[i]
		}
	}
	return nil
}

// jsonKind returns how objects of a kind are read; nil when the kind has none.
func (n *Normalizer) jsonKind(kind relay.Kind) *jsonKind {
	for i := range n.jsons {
		if n.jsons[i].kind == kind {
			return &n.jsons[i]
		}
	}
	return nil
}

// object reads a record that has to be JSON, as kind k, or as JSON of any sort when k is nil.
func (n *Normalizer) object(es *relay.Events, r *relay.Record, k *jsonKind) {
	if k == nil {
		if !n.parse(r.Raw, jsonrec.Depth) {
			es.AddUnparsed(r, relay.KindJSON, n.doc.Fault())
			return
		}
		jsonrec.Append(es, r, &n.doc)
		return
	}
	if !n.parse(r.Raw, jsonDepth) {
		es.AddUnparsed(r, k.kind, n.doc.Fault())
		return
	}
	n.typed(es, r, k)
}

// parse reads a JSON text into n.doc. Where a member says twice the same, its second is left out; where two differ, readers would not agree on which of them counts.
func (n *Normalizer) parse(b []byte, depth int) bool {
	if n.doc.Parse(b, depth) {
		return true
	}
	if n.doc.Fault().Reason != relay.FaultDuplicate {
		return false
	}
	once, ok := jsondoc.Once(b, depth)
	return ok && n.doc.Parse(once, depth)
}

// typed adds the events of a parsed record of kind k.
func (n *Normalizer) typed(es *relay.Events, r *relay.Record, k *jsonKind) {
	first := len(es.List)
	f := relay.Fault{Reason: relay.FaultKind, Offset: 0, Detail: "a JSON value, but no object"}
	if n.doc.Root().IsObject() {
		f = k.read(es, r, &n.doc)
	}
	if f.Reason != relay.FaultNone {
		es.List = es.List[:first]
		es.AddUnparsed(r, k.kind, f)
	}
}

// envelopeOwner returns the account of the log group that the record comes from.
func envelopeOwner(o *relay.Origin) string {
	for i := range o.Attrs {
		if o.Attrs[i].Key == relay.AttrOwner {
			return o.Attrs[i].Value
		}
	}
	return ""
}

// extended reads CEF and LEEF with and without a syslog header.
func (n *Normalizer) extended(es *relay.Events, r *relay.Record) {
	if first(r.Raw) == '<' && syslogmsg.HasPriority(r.Raw) {
		n.message(es, r)
		return
	}
	n.cef.Append(es, r)
}

// envelopeTime returns the time that the record's envelope states.
func envelopeTime(r *relay.Record) (int64, bool) {
	text := ""
	relay.EachMeta(r.Meta, func(k, v []byte) bool {
		if string(k) == relay.AttrTime {
			text = relay.View(v)
		}
		return text == ""
	})
	for i := 0; text == "" && i < len(r.Origin.Attrs); i++ {
		if a := r.Origin.Attrs[i]; a.Key == relay.AttrTime {
			text = a.Value
		}
	}
	if text == "" {
		return 0, false
	}
	t, err := strconv.ParseInt(text, 10, 64)
	return t, err == nil
}
