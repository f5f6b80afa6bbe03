package encode_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
	"logrelay/relay/relaytest"
)

// TestECSTables compares what the published examples become with the mapping tables, field by field, read from the records by other means.
func TestECSTables(t *testing.T) {
	t.Parallel()
	enc, err := encode.New("ecs", encode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for file, table := range map[string]func(header, raw string) map[string]string{
		"vpcflow.jsonl": flowTable, "route53.jsonl": resolverTable, "cloudtrail.jsonl": trailTable, "cloudtrail-iam.jsonl": trailTable,
	} {
		n := normalize.New()
		for _, line := range sampleLines(t, relaytest.Reference(t, "ocsf", "examples", file)) {
			var pair struct{ ID, Header, Raw string }
			if err := json.Unmarshal([]byte(line), &pair); err != nil {
				t.Fatal(err)
			}
			var es relay.Events
			n.Append(&es, &relay.Record{Raw: []byte(pair.Raw), Origin: &relay.Origin{Columns: pair.Header}, Received: 1})
			got := decode(t, enc(nil, &es.List[0]))
			for path, want := range table(pair.Header, pair.Raw) {
				if v := textAt(got, path); v != want {
					t.Errorf("%s: %s is %q, want %q", pair.ID, path, v, want)
				}
			}
		}
	}
}

// textAt returns the value at a path: words of arrays with commas between, "" for what is absent.
func textAt(v map[string]any, path string) string {
	var at any = v
	for name := range strings.SplitSeq(path, "/") {
		m, _ := at.(map[string]any)
		at = m[name]
	}
	switch v := at.(type) {
	case nil:
		return ""
	case []any:
		return strings.Trim(strings.ReplaceAll(fmt.Sprint(v), " ", ","), "[]")
	}
	return fmt.Sprint(at)
}

func seconds(s string) string {
	n, _ := strconv.ParseInt(s, 10, 64)
	return time.Unix(n, 0).UTC().Format("2006-01-02T15:04:05.000Z")
}

func flowTable(header, raw string) map[string]string {
	row := map[string]string{}
	fields := strings.Fields(raw)
	for i, name := range strings.Fields(header) {
		if fields[i] != "-" && fields[i] != "unknown" {
			row[name] = fields[i]
		}
	}
	want := map[string]string{
		"event/kind": "event", "event/category": "network", "event/start": seconds(row["start"]), "event/end": seconds(row["end"]),
		"@timestamp": seconds(row["end"]), "cloud/provider": "aws", "cloud/account/id": row["account-id"], "cloud/region": row["region"],
		"cloud/availability_zone": row["az-id"], "cloud/instance/id": row["instance-id"], "event/reason": row["reject-reason"],
		"source/port": row["srcport"], "destination/port": row["dstport"], "network/bytes": row["bytes"], "network/packets": row["packets"],
		"source/bytes": row["bytes"], "source/packets": row["packets"], "network/iana_number": row["protocol"], "network/direction": row["flow-direction"],
		"event/action": row["action"], "event/type": "connection",
		"aws/vpcflow/sublocation/type": row["sublocation-type"], "aws/vpcflow/sublocation/id": row["sublocation-id"],
		"aws/vpcflow/pkt_src_service": row["pkt-src-aws-service"], "aws/vpcflow/pkt_dst_service": row["pkt-dst-aws-service"],
		"orchestrator/cluster/id": row["ecs-cluster-arn"], "orchestrator/cluster/name": row["ecs-cluster-name"], "service/name": row["ecs-service-name"],
	}
	if outcome := map[string]string{"ACCEPT": "success", "REJECT": "failure"}[row["action"]]; outcome != "" {
		want["event/outcome"] = outcome
		want["event/type"] = map[string]string{"ACCEPT": "connection,allowed", "REJECT": "connection,denied"}[row["action"]]
	}
	for _, name := range []string{
		"version", "account-id", "interface-id", "log-status", "vpc-id", "subnet-id", "instance-id", "tcp-flags", "type", "pkt-srcaddr", "pkt-dstaddr",
		"traffic-path", "action",
	} {
		want["aws/vpcflow/"+strings.ReplaceAll(name, "-", "_")] = row[name]
	}
	for side, name := range map[string]string{"source": "srcaddr", "destination": "dstaddr"} {
		if row[name] != "" {
			want[side+"/address"], want[side+"/ip"] = row[name], row[name]
		}
	}
	if transport := map[string]string{"1": "icmp", "6": "tcp", "17": "udp", "58": "ipv6-icmp"}[row["protocol"]]; transport != "" {
		want["network/transport"] = transport
	}
	return want
}

func resolverTable(_, raw string) map[string]string {
	var q struct {
		Time      string `json:"query_timestamp"`
		Account   string `json:"account_id"`
		Region    string `json:"region"`
		VPC       string `json:"vpc_id"`
		Name      string `json:"query_name"`
		Type      string `json:"query_type"`
		Class     string `json:"query_class"`
		Rcode     string `json:"rcode"`
		Src       string `json:"srcaddr"`
		Port      any    `json:"srcport"`
		Transport string `json:"transport"`
		Action    string `json:"firewall_rule_action"`
		Group     string `json:"firewall_rule_group_id"`
		List      string `json:"firewall_domain_list_id"`
		IDs       struct {
			Instance string `json:"instance"`
		} `json:"srcids"`
	}
	_ = json.Unmarshal([]byte(raw), &q)
	outcome := "failure"
	if q.Rcode == "NOERROR" {
		outcome = "success"
	}
	return map[string]string{
		"event/kind": "event", "event/category": "network", "event/type": "protocol", "event/outcome": outcome, "@timestamp": strings.TrimSuffix(q.Time, "Z") + ".000Z",
		"cloud/provider": "aws", "cloud/account/id": q.Account, "cloud/region": q.Region, "cloud/instance/id": q.IDs.Instance,
		"aws/vpc_id": q.VPC, "aws/instance_id": q.IDs.Instance, "dns/question/name": strings.TrimSuffix(q.Name, "."), "dns/question/type": q.Type,
		"dns/question/class": q.Class, "dns/response_code": q.Rcode, "source/address": q.Src, "source/ip": q.Src, "source/port": fmt.Sprint(q.Port),
		"network/transport": strings.ToLower(q.Transport), "network/iana_number": map[string]string{"TCP": "6", "UDP": "17"}[q.Transport], "network/protocol": "dns",
		"aws/route53/firewall/action": q.Action, "aws/route53/firewall/rule_group/id": q.Group, "aws/route53/firewall/domain_list/id": q.List,
	}
}

func trailTable(_, raw string) map[string]string {
	var v map[string]any
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	_ = d.Decode(&v)
	at := func(path string) string { return textAt(v, path) }
	outcome := "success"
	if at("errorCode") != "" || at("errorMessage") != "" {
		outcome = "failure"
	}
	if r := at("responseElements/" + at("eventName")); r != "" && at("eventSource") == "signin.amazonaws.com" { // what a sign-in says of itself
		outcome = strings.ToLower(r)
	}
	name := at("userIdentity/userName")
	if name == "" {
		name = at("userIdentity/sessionContext/sessionIssuer/userName")
	}
	account := at("userIdentity/accountId")
	if account == "" { // a service
		account = at("recipientAccountId")
	}
	if name == "" {
		name = at("additionalEventData/UserName")
	}
	id := at("userIdentity/principalId")
	if id == "" {
		id = at("userIdentity/onBehalfOf/userId")
	}
	want := map[string]string{
		"event/kind": "event", "event/outcome": outcome, "event/action": at("eventName"), "event/provider": at("eventSource"), "event/id": at("eventID"),
		"@timestamp": strings.TrimSuffix(at("eventTime"), "Z") + ".000Z", "cloud/provider": "aws", "cloud/region": at("awsRegion"),
		"cloud/account/id": account, "cloud/service/name": strings.TrimSuffix(at("eventSource"), ".amazonaws.com"), "user/id": id, "user/name": name,
		"user_agent/original": at("userAgent"), "user/target/name": at("requestParameters/userName"), "user/changes/name": at("requestParameters/newUserName"),
		"group/name": at("requestParameters/groupName"), "user/target/id": at("responseElements/user/userId"), "group/id": at("responseElements/group/groupId"),
		"tls/cipher": at("tlsDetails/cipherSuite"), "tls/client/server_name": at("tlsDetails/clientProvidedHostHeader"),
		"tls/version": strings.TrimPrefix(at("tlsDetails/tlsVersion"), "TLSv"), "source/address": at("sourceIPAddress"),
	}
	for ours, theirs := range map[string]string{
		"event_version": "eventVersion", "event_category": "eventCategory", "event_type": "eventType", "api_version": "apiVersion", "error_code": "errorCode",
		"error_message": "errorMessage", "request_id": "requestID", "management_event": "managementEvent", "read_only": "readOnly",
		"vpc_endpoint_id": "vpcEndpointId", "user_identity/type": "userIdentity/type", "user_identity/arn": "userIdentity/arn",
		"user_identity/access_key_id": "userIdentity/accessKeyId", "user_identity/invoked_by": "userIdentity/invokedBy",
		"user_identity/session_context/mfa_authenticated":           "userIdentity/sessionContext/attributes/mfaAuthenticated",
		"user_identity/session_context/session_issuer/type":         "userIdentity/sessionContext/sessionIssuer/type",
		"user_identity/session_context/session_issuer/principal_id": "userIdentity/sessionContext/sessionIssuer/principalId",
		"user_identity/session_context/session_issuer/arn":          "userIdentity/sessionContext/sessionIssuer/arn",
		"user_identity/session_context/session_issuer/account_id":   "userIdentity/sessionContext/sessionIssuer/accountId",
		"session_credential_from_console":                           "sessionCredentialFromConsole",
	} {
		want["aws/cloudtrail/"+ours] = at(theirs)
	}
	if id := at("recipientAccountId"); id != "" {
		want["aws/cloudtrail/recipient_account_id"] = id
	}
	if at("sourceIPAddress") == "" { // then who called on somebody's behalf
		delete(want, "source/address")
	}
	return want
}
