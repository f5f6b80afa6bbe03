package normalize

import (
	"strconv"
	"strings"
	"testing"

	"logrelay/relay"
)

// TestCarried: a record is of its kind also inside the object that a forwarder put around it, what stands beside it is kept, and an object with a text in it stays an object.
func TestCarried(t *testing.T) {
	t.Parallel()
	const audit = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a","verb":"get","stage":"ResponseComplete","requestURI":"/version","stageTimestamp":"2026-11-21T09:15:32Z"}`
	quoted := strconv.Quote(audit + "\n")
	const stated = 1795252532e9
	for raw, want := range map[string]struct {
		kind relay.Kind
		time int64
		rest string // names of what is left over
	}{
		`{"date":1795252500.5,"log":` + quoted + `}`:                                                   {relay.KindK8sAudit, stated, "date"},
		`{"message":` + quoted + `}`:                                                                   {relay.KindK8sAudit, stated, ""},
		`{"host":"h","message":` + audit + `,"tag":"x"}`:                                               {relay.KindK8sAudit, stated, "host tag"},
		`{"log":` + quoted + `,"stream":"stdout","kubernetes":{"pod_name":"p"}}`:                       {relay.KindK8sAudit, stated, "stream kubernetes"},
		`2026-11-21T09:15:33Z stdout F ` + audit:                                                       {relay.KindK8sAudit, stated, "syslog_time stream"},
		`{"log":"Nov 21 09:15:32 h sshd[12]: Failed password for root from 192.0.2.1 port 22 ssh2\n"}`: {relay.KindLinuxAuth, stated, "method procid"},
		`{"message":"<134>1 2026-11-21T09:15:32Z h app - - - hello","date":1795252500}`:                {relay.KindSyslog, stated, "date"},
		`{"message":"CEF:0|v|p|1|id|n|3|src=192.0.2.1 dpt=80","date":1795252532}`:                      {relay.KindCEF, stated, "date"},
		`{"message":"hello","date":1795252532}`:                                                        {relay.KindJSON, stated, ""},
		`{"message":"{\"a\":1}","date":1795252532}`:                                                    {relay.KindJSON, stated, ""},
		`{"message":"{\"message\":\"<134>1 - - - - - - x\"}","date":1795252532}`:                       {relay.KindJSON, stated, ""}, // one is enough
		`{"message":"{\"kind\":\"Event\",","date":1795252532}`:                                         {relay.KindJSON, stated, ""},
		`{"message":` + strings.Replace(quoted, "2026", "0000", 1) + `,"date":1795252532}`:             {relay.KindJSON, stated, ""},
		`{"level":"info","log":"","message":null,"date":1795252532}`:                                   {relay.KindJSON, stated, ""},
	} {
		var es relay.Events
		r := &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{}, Received: 1795259999e9}
		New().Append(&es, r)
		if len(es.List) != 1 {
			t.Errorf("%s: %d events", raw, len(es.List))
			continue
		}
		e := &es.List[0]
		var names []string
		for _, f := range e.Rest {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); e.Kind != want.kind || e.Time != want.time || e.Record != r || want.kind != relay.KindJSON && got != want.rest {
			t.Errorf("%s: %s, %d, %q, %s", raw, e.Kind, e.Time, got, e.Fault)
		}
		if o, ok := e.Class.(*relay.Other); ok && o.JSON != raw {
			t.Errorf("%s: %s", raw, o.JSON)
		}
	}
}
