package object

import (
	"regexp"

	"logrelay/relay"
	"logrelay/relay/ingest"
)

// Layout is what the key of an object says about it. The zero Layout says nothing: the content will.
type Layout struct {
	Name   string // of the service that writes such keys
	Kind   relay.Kind
	Format ingest.Format
	Skip   string // why the object is no log and not to be read; "" as a rule
}

// layouts says which keys are known. The first row that fits counts. Where services write one JSON value a line, lines are cut, so that a broken one costs
// no other. Parquet and compression are recognised by content, and stand in no row.
var layouts = []struct {
	key *regexp.Regexp
	Layout
}{
	{key(`./$`), Layout{"folder", "", 0, "the key is that of a folder"}},
	{key(`/aws-logs-write-test$`), Layout{"cloudwatch", "", 0, "a test of writing by CloudWatch Logs"}},
	{key(`/ELB(Access|Connection)LogTestFile$`), Layout{"elb", "", 0, "a test of writing by a load balancer"}},
	{key(`/ConfigWritabilityCheckFile$`), Layout{"config", "", 0, "a test of writing by AWS Config"}},
	{key(`[/=]vpcflowlogs/(.*/)?([^/_]*Test|test)[^/_]*$`), Layout{"vpcflow", "", 0, "a test of writing by VPC flow logs"}},
	{key(`/AWSLogs/.*/CloudTrail-Digest/`), Layout{"cloudtrail-digest", "", 0, "a CloudTrail digest, which holds no records"}},
	{key(`/AWSLogs/.*/CloudTrail(-Insight|-Aggregated)?/`), Layout{"cloudtrail", relay.KindCloudTrail, ingest.FormatJSON, ""}},
	{key(`/AWSLogs/.*[/=]vpcflowlogs/`), Layout{"vpcflow", relay.KindVPCFlow, ingest.FormatText, ""}},
	{key(`_vpcflowlogs_[^/]*$`), Layout{"vpcflow", relay.KindVPCFlow, ingest.FormatText, ""}},
	{key(`/AWSLogs/.*/vpcdnsquerylogs/`), Layout{"route53", relay.KindRoute53, ingest.FormatText, ""}},
	{key(`/AWSLogs/.*/WAFLogs/`), Layout{"waf", relay.KindWAF, ingest.FormatText, ""}},
	{key(`/AWSLogs/.*/GuardDuty/.*\.jsonl`), Layout{"guardduty", relay.KindGuardDuty, ingest.FormatText, ""}},
	{key(`/AWSLogs/.*/network-firewall/`), Layout{"network-firewall", relay.KindNetworkFirewall, ingest.FormatText, ""}},
	{key(`/AWSLogs/.*/elasticloadbalancing/`), Layout{"elb", relay.KindELB, ingest.FormatText, ""}},
	{key(`/AWSLogs/.*/CloudFront/`), Layout{"cloudfront", relay.KindCloudFront, ingest.FormatText, ""}},
	{key(`/E[0-9A-Z]{9,15}\.\d{4}-\d\d-\d\d-\d\d\.[0-9a-f]{8}(\.gz)?$`), Layout{"cloudfront", relay.KindCloudFront, ingest.FormatText, ""}},
	{key(`\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9A-F]{16}$`), Layout{"s3access", relay.KindS3Access, ingest.FormatText, ""}},
	{key(`/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/.*/\d{6}\.gz$`), Layout{"cloudwatch-export", "", ingest.FormatText, ""}},
	{key(`/fluent-bit-logs/`), Layout{"fluent-bit", "", ingest.FormatAuto, ""}},
}

// key compiles a row's pattern. It is matched against the key with a slash before it.
func key(pattern string) *regexp.Regexp { return regexp.MustCompile(pattern) }

// Recognize says what the key of an object tells about it.
func Recognize(key string) Layout {
	key = "/" + key
	for i := range layouts {
		if layouts[i].key.MatchString(key) {
			return layouts[i].Layout
		}
	}
	return Layout{}
}
