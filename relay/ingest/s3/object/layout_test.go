package object

import (
	"testing"

	"logrelay/relay"
	"logrelay/relay/ingest"
)

func TestRecognize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		key    string
		name   string
		kind   relay.Kind
		format ingest.Format
		skip   bool
	}{
		{"AWSLogs/123456789012/vpcflowlogs/eu-central-1/2026/11/21/123456789012_vpcflowlogs_eu-central-1_fl-0abc_20261121T0915Z_fe123456.log.gz", "vpcflow", relay.KindVPCFlow, ingest.FormatText, false},
		{"my/prefix/AWSLogs/123456789012/vpcflowlogs/eu-central-1/2026/11/21/09/x.log.gz", "vpcflow", relay.KindVPCFlow, ingest.FormatText, false},
		{"AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=eu-central-1/year=2026/month=11/day=21/hour=09/123456789012_vpcflowlogs_eu-central-1_fl-0abc_20261121T0915Z_fe123456.log.parquet", "vpcflow", relay.KindVPCFlow, ingest.FormatText, false},
		{"copied/123456789012_vpcflowlogs_eu-central-1_fl-0abc_20261121T0915Z_fe123456.log.gz", "vpcflow", relay.KindVPCFlow, ingest.FormatText, false},
		{"AWSLogs/123456789012/vpcflowlogs/test", "vpcflow", "", 0, true},
		{"AWSLogs/123456789012/vpcflowlogs/eu-central-1/VpcFlowLogsAccessTest", "vpcflow", "", 0, true},
		{"AWSLogs/123456789012/CloudTrail/us-east-1/2026/11/21/123456789012_CloudTrail_us-east-1_20261121T0915Z_Ab3.json.gz", "cloudtrail", relay.KindCloudTrail, ingest.FormatJSON, false},
		{"p/AWSLogs/o-exampleorgid/123456789012/CloudTrail/us-east-1/2026/11/21/x.json.gz", "cloudtrail", relay.KindCloudTrail, ingest.FormatJSON, false},
		{"AWSLogs/123456789012/CloudTrail-Insight/us-east-1/2026/11/21/x.json.gz", "cloudtrail", relay.KindCloudTrail, ingest.FormatJSON, false},
		{"AWSLogs/123456789012/CloudTrail-Digest/us-east-1/2026/11/21/x.json.gz", "cloudtrail-digest", "", 0, true},
		{"AWSLogs/123456789012/CloudTrail/", "folder", "", 0, true},
		{"AWSLogs/123456789012/vpcdnsquerylogs/vpc-1/2026/11/21/vpc-1_vpcdnsquerylogs_123456789012_20261121T0000Z_1.log.gz", "route53", relay.KindRoute53, ingest.FormatText, false},
		{"AWSLogs/123456789012/WAFLogs/eu-central-1/acl/2026/11/21/09/15/x.log.gz", "waf", relay.KindWAF, ingest.FormatText, false},
		{"AWSLogs/123456789012/GuardDuty/eu-central-1/2026/11/21/id.jsonl.gz", "guardduty", relay.KindGuardDuty, ingest.FormatText, false},
		{"AWSLogs/123456789012/network-firewall/flow/eu-central-1/fw/2026/11/21/09/x.log.gz", "network-firewall", relay.KindNetworkFirewall, ingest.FormatText, false},
		{"AWSLogs/123456789012/elasticloadbalancing/eu-central-1/2026/11/21/123456789012_elasticloadbalancing_eu-central-1_app.n.1_20261121T0915Z_192.0.2.1_r.log.gz", "elb", relay.KindELB, ingest.FormatText, false},
		{"AWSLogs/123456789012/ELBAccessLogTestFile", "elb", "", 0, true},
		{"AWSLogs/123456789012/CloudFront/EMLARXS9EXAMPLE/2026/11/21/09/EMLARXS9EXAMPLE.2026-11-21-09.a103fd5a.gz", "cloudfront", relay.KindCloudFront, ingest.FormatText, false},
		{"cf/EMLARXS9EXAMPLE.2026-11-21-09.RT4KCN4S.gz", "", "", 0, false},
		{"AWSLogs/123456789012/CloudFront/EMLARXS9EXAMPLE/2026/11/21/09/EMLARXS9EXAMPLE.2026-11-21-09.a103fd5a.gz", "cloudfront", relay.KindCloudFront, ingest.FormatText, false},
		{"cf/EMLARXS9EXAMPLE.2026-11-21-09.a103fd5a.gz", "cloudfront", relay.KindCloudFront, ingest.FormatText, false},
		{"access/2026-11-21-09-15-32-7B4A0FABBEXAMPLE", "", "", 0, false},
		{"access/2026-11-21-09-15-32-7B4A0FABB0123456", "s3access", relay.KindS3Access, ingest.FormatText, false},
		{"2026-11-21-09-15-32-7B4A0FABB0123456", "s3access", relay.KindS3Access, ingest.FormatText, false},
		{"export/3f1b2c4d-0000-4000-8000-123456789abc/stream/000000.gz", "cloudwatch-export", "", ingest.FormatText, false},
		{"export/aws-logs-write-test", "cloudwatch", "", 0, true},
		{"aws-logs-write-test", "cloudwatch", "", 0, true},
		{"fluent-bit-logs/kube.var.log/2026/11/21/09/15/32-objectAbC", "fluent-bit", "", 0, false},
		{"app/latest.log", "", "", 0, false},
		{"vpcflowlogs/latest.log", "", "", 0, false},
	} {
		l := Recognize(c.key)
		if l.Name != c.name || l.Kind != c.kind || l.Format != c.format || (l.Skip != "") != c.skip {
			t.Errorf("%s: %+v, want %+v", c.key, l, c)
		}
	}
}
