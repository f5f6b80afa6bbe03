package encode_test

import (
	"syscall"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
)

const (
	flowColumns = "account-id action az-id bytes dstaddr dstport end flow-direction instance-id interface-id packets log-status " +
		"pkt-srcaddr pkt-dstaddr protocol region srcaddr srcport start sublocation-id sublocation-type subnet-id tcp-flags type vpc-id version"
	flowLine = "123456789012 ACCEPT use1-az3 30648148847 10.2.85.106 443 1763713017 ingress i-0123456789abcdef0 eni-0123456789abcdef0 5063299 OK " +
		"192.0.2.8 10.2.85.106 6 us-east-1 192.0.2.8 60082 1763713016 - - subnet-0123456789abcdef0 3 IPv4 vpc-0123456789abcdef0 5"
	syslogLine = `<165>1 2026-11-21T09:15:32.003123Z web-17.example.com checkout 8710 ID47 [origin@32473 ip="192.0.2.17" software="checkout"] ` +
		`GET /cart/items/4711 200 12ms user=4711 session=9f86d081884c7d659a2feaa0c55ad015 referer=https://shop.example.com/list?page=7 ua=Mozilla/5.0`
	syslog3164 = `<86>Nov 21 09:15:32 host-17 sshd[1234]: Accepted publickey for deploy from 192.0.2.44 port 56296 ssh2: ED25519 SHA256:abcdef`
	cefLine    = `CEF:0|Example|Firewall|1.2|100|Traffic denied|7|rt=1795252532000 src=192.0.2.7 spt=50123 dst=198.51.100.9 dpt=443 proto=TCP act=Deny in=840 out=20 ` +
		`deviceDirection=0 suser=anaya cs1=perimeter cs1Label=Policy msg=connection was refused by the perimeter policy`
	jsonLine = `{"time":"2026-11-21T09:15:32.003Z","level":"info","message":"request done","status":200,"path":"/cart/items/4711","user":{"id":4711,"name":"x"}}`
)

// samples are records as they come, one of each kind.
func samples() map[string]*relay.Record {
	rec := func(kind relay.Kind, columns, line string) *relay.Record {
		return &relay.Record{
			Raw:      []byte(line),
			Origin:   &relay.Origin{Input: "main", Kind: kind, Tenant: "acme", Peer: "192.0.2.7:41532", Identity: "edge-token", Columns: columns},
			Received: 1_795_252_532_500_000_000,
			Base:     relay.ID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
			Ordinal:  4711,
		}
	}
	enveloped := rec(relay.KindJSON, "", jsonLine)
	enveloped.Origin.Attrs = []relay.Attr{{Key: relay.AttrIndex, Value: "main"}, {Key: relay.AttrZone, Value: "Europe/Berlin"}}
	for _, a := range []relay.Attr{{Key: relay.AttrTime, Value: "1795252532500000000"}, {Key: relay.AttrHost, Value: "web-17"}, {Key: relay.AttrID, Value: "e-1"}} {
		enveloped.Meta = relay.AppendMeta(enveloped.Meta, a.Key, a.Value)
	}
	zoned := rec(relay.KindSyslog, "", syslog3164)
	zoned.Origin.Attrs = []relay.Attr{{Key: relay.AttrZone, Value: "Europe/Berlin"}}
	return map[string]*relay.Record{
		"zoned":     zoned,
		"enveloped": enveloped,
		"quiet":     rec(relay.KindVPCFlow, "version interface-id start end log-status", "2 eni-0123456789abcdef0 1763713016 1763713017 NODATA"),
		"escaped":   rec(relay.KindSyslog, "", `<13>1 - h a - - [x@1 a="\"b\""] "quoted" ü`+"\xff\n"),
		"unparsed":  rec(relay.KindVPCFlow, "version srcaddr", "2 x"),

		"vpcflow": rec(relay.KindVPCFlow, flowColumns, flowLine),
		"rfc5424": rec(relay.KindSyslog, "", syslogLine),
		"rfc3164": rec(relay.KindSyslog, "", syslog3164),
		"cef":     rec(relay.KindCEF, "", cefLine),
		"json":    rec(relay.KindJSON, "", jsonLine),
		"text":    rec(relay.KindText, "", "a line of text"),
	}
}

// BenchmarkRecord is the way of a record from custody to the bytes of a schema.
func BenchmarkRecord(b *testing.B) {
	for _, kind := range []string{"vpcflow", "rfc5424", "rfc3164", "cef", "json", "text"} {
		for _, schema := range encode.Schemas {
			b.Run(kind+"/"+schema, func(b *testing.B) {
				enc, err := encode.New(schema, encode.Options{})
				if err != nil {
					b.Fatal(err)
				}
				n, r := normalize.New(), samples()[kind]
				var es relay.Events
				var dst []byte
				b.ReportAllocs()
				b.SetBytes(int64(len(r.Raw)))
				start := cpuTime()
				for b.Loop() {
					if len(es.List) == 1000 {
						es.Reset()
					}
					n.Append(&es, r)
					dst = enc(dst[:0], &es.List[len(es.List)-1])
				}
				b.ReportMetric(float64((cpuTime()-start).Nanoseconds())/float64(b.N), "cpu-ns/op")
			})
		}
	}
}

// cpuTime is what the process has used: on a busy machine a better measure than the clock.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestNoAllocations: in the steady state a record costs no allocation in any kind and schema.
func TestNoAllocations(t *testing.T) {
	for kind, r := range samples() {
		for _, schema := range encode.Schemas {
			enc, err := encode.New(schema, encode.Options{})
			if err != nil {
				t.Fatal(err)
			}
			n := normalize.New()
			var es relay.Events
			var dst []byte
			got := testing.AllocsPerRun(100, func() {
				es.Reset()
				for range 10 {
					n.Append(&es, r)
					dst = enc(dst[:0], &es.List[len(es.List)-1])
				}
			})
			if got != 0 {
				t.Errorf("%s as %s: %v allocations for 10 records", kind, schema, got)
			}
		}
	}
}
