package object

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"logrelay/relay"
	"logrelay/relay/ingest"
)

// flowLines returns a flow log of about n bytes, and how many records it has.
func flowLines(n int) (string, int) {
	var b strings.Builder
	b.WriteString("version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n")
	records := 0
	for x := uint32(1); b.Len() < n; records++ {
		x = x*1664525 + 1013904223
		fmt.Fprintf(&b, "2 123456789010 eni-%08x 10.%d.%d.%d 172.31.%d.%d %d 443 6 %d %d 1763713%03d 1763713%03d ACCEPT OK\n",
			x>>6&0xfff, x>>8&3, x>>10&255, x>>18&255, x>>20&7, x>>23&255, 1024+x>>16, x>>24, x>>12, x>>22&511, 512+x>>23&255)
	}
	return b.String(), records
}

func trail(n int) string {
	event := `{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:session","arn":"arn:aws:sts::123456789012:assumed-role/Role/session","accountId":"123456789012","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE","userName":"Role"},"attributes":{"creationDate":"2026-11-21T09:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"2026-11-21T09:15:32Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","userAgent":"[aws-sdk-go-v2/1.30]","requestParameters":{"bucketName":"logs","key":"a/b/c/%d","Host":"logs.s3.amazonaws.com"},"responseElements":null,"additionalEventData":{"bytesTransferredIn":0,"bytesTransferredOut":4096},"requestID":"C3D13FE58DE4C810","eventID":"00000000-0000-0000-0000-%012d","readOnly":true,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::logs/a"}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"123456789012","eventCategory":"Data"}`
	var b strings.Builder
	b.WriteString(`{"Records":[`)
	for i := 0; b.Len() < n; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, event, i, i)
	}
	b.WriteString(`]}`)
	return b.String()
}

// cpuSeconds is what the process has used: on a busy machine it says more than the clock.
func cpuSeconds() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func BenchmarkReader(b *testing.B) {
	flow, _ := flowLines(7 << 20) // about 1 MB compressed
	small, _ := flowLines(8 << 10)
	for _, c := range []struct {
		name string
		body []byte
		text int
		kind relay.Kind
	}{
		{"flow", []byte(flow), len(flow), relay.KindVPCFlow},
		{"flow.gz", gz(flow), len(flow), relay.KindVPCFlow},
		{"flow-small.gz", gz(small), len(small), relay.KindVPCFlow},
		{"trail", []byte(trail(10 << 20)), 10 << 20, relay.KindJSON},
		{"trail.gz", gz(trail(10 << 20)), 10 << 20, relay.KindJSON},
		{"trail-small", []byte(trail(500 << 10)), 500 << 10, relay.KindJSON},
	} {
		b.Run(c.name, func(b *testing.B) {
			decoders := new(ingest.Decoders)
			batch := new(relay.Batch)
			origin := new(relay.Origin)
			b.SetBytes(int64(c.text))
			b.ReportAllocs()
			records := 0
			var p ingest.Piece
			before := cpuSeconds()
			for b.Loop() {
				r, err := NewReader(&blob{bytes.NewReader(c.body), bytes.NewReader(c.body)}, Options{Kind: c.kind, Decoders: decoders})
				if err != nil {
					b.Fatal(err)
				}
				batch.Use(origin, 0)
				for err = r.Next(&p); err == nil; err = r.Next(&p) {
					if !batch.AppendMeta(p.Raw, p.Meta, 0, p.Flags) {
						batch.Reset()
						batch.Use(origin, 0)
						batch.AppendMeta(p.Raw, p.Meta, 0, p.Flags)
					}
					records++
				}
				if err != io.EOF {
					b.Fatal(err)
				}
				r.Close()
			}
			cpu := cpuSeconds() - before
			b.ReportMetric(cpu/float64(records)*1e6, "cpu-s/Mrecord")
			b.ReportMetric(float64(c.text)*float64(b.N)/cpu/1e6, "MB/cpu-s")
		})
	}
}
