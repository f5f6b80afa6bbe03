package encode

import (
	"strconv"

	"logrelay/relay"
)

// finding: kind alert, category intrusion_detection. Severity is the source's own number where it has one.
func (o ecs) finding(dst []byte, e *relay.Event, f *relay.Finding) []byte {
	ev := ecsEvent{
		time: e.Time, start: firstTime(f.Start, f.FirstSeen), end: firstTime(f.End, f.LastSeen), alert: true,
		category: [2]string{"intrusion_detection"}, types: [3]string{"info", judged(&f.Verdict)},
		action: f.API.Operation, provider: f.API.Service, reason: f.StatusDetail, url: f.URL, severity: scoreOf(f.Score), risk: f.Risk,
	}
	dst = o.head(dst, e, &f.Common, &ev)
	dst = member(dst, `,"message":"`, firstOf(f.Message, f.Desc, f.Title))
	dst = ecsLevel(dst, f.Level)
	dst = ecsCloud(dst, &f.Cloud, f.Cloud.Account, "")
	dst = ecsEndpoint(dst, `,"source":`, &f.Src, relay.Number{}, relay.Number{})
	dst = ecsEndpoint(dst, `,"destination":`, &f.Dst, relay.Number{}, relay.Number{})
	dst = ecsNetwork(dst, &ecsFlow{conn: &f.Connection, traffic: &relay.Traffic{}, src: &f.Src, dst: &f.Dst})
	who := &f.Actor.User
	name := firstOf(who.Name, f.Actor.Session.Role.Name)
	dst = ecsUser(dst, keyUser, who, name, firstOf(who.UID, who.UIDAlt))
	question := undot(f.DNSName)
	if question != "" {
		dst = append(appendText(append(dst, `,"dns":{"question":{"name":"`...), question), '}', '}')
	}
	dst = ecsAgent(dst, f.HTTP.UserAgent)
	dst = ecsHTTP(dst, &f.HTTP)
	dst = ecsURL(dst, &f.HTTP)
	dst = ecsTLS(dst, &f.TLS)
	dst = ecsRule(dst, &f.Verdict.Rule, firstOf(f.Detector, f.Title), f.Desc)
	if len(f.Tactics) > 0 {
		dst = memberStrings(append(dst, `,"threat":{"framework":"MITRE ATT&CK"`...), `,"tactic":{"name":`, f.Tactics)
		dst = append(dst, '}', '}')
	}
	dst = ecsProcess(dst, f.Actor.Process, f.Actor.PID, f.Actor.ProcessCmd)
	dst = ecsObserver(dst, e, &f.Common, &f.Src, &f.Dst)
	dst = o.related(dst, &ecsRelated{hosts: [4]string{question, f.HTTP.Host, f.Host}, users: [4]string{name}}, &f.Src, &f.Dst)

	k := ecsKindOf(e.Kind)
	dst, at := k.own(dst)
	took := notTaken
	if e.Kind == relay.KindCloudTrail {
		dst, took = ecsInsight(dst, e, f)
	} else {
		dst = ecsCommonOwn(dst, k, &f.Common)
		if f.UID != f.EventID {
			dst = member(dst, `,"uid":"`, f.UID)
		}
	}
	dst = member(dst, `,"app":"`, f.App)
	dst = member(dst, `,"title":"`, f.Title)
	if f.Verdict.Rule.Name != "" {
		dst = member(dst, `,"detector":"`, f.Detector)
	}
	dst = memberStrings(dst, `,"types":`, f.Types)
	dst = member(dst, `,"activity":"`, findingActivities[f.Activity])
	dst = ecsMemberTime(dst, `,"created_at":"`, f.Created)
	dst = ecsMemberTime(dst, `,"updated_at":"`, f.Modified)
	if f.Start != 0 {
		dst = ecsMemberTime(dst, `,"first_seen":"`, f.FirstSeen)
	}
	if f.End != 0 {
		dst = ecsMemberTime(dst, `,"last_seen":"`, f.LastSeen)
	}
	dst = memberNumber(dst, `,"count":`, f.Count)
	dst = member(dst, `,"score":"`, f.Score)
	dst = memberNumber(dst, `,"confidence":`, f.Confidence)
	dst = member(dst, `,"remediation":"`, f.Remediation)
	dst = ecsAPIOwn(dst, &f.API)
	dst = ecsActorOwn(dst, &f.Actor, "")
	dst = member(dst, `,"impersonated_user":"`, f.Actor.ImpersonatedUser)
	dst = ecsVerdictOwn(dst, `,"verdict":"`, &f.Verdict) // "action" is an object in findings of Security Hub
	dst = ecsConnOwn(dst, &f.Connection)
	dst = ecsHTTPOwn(dst, &f.HTTP)
	dst = ecsTLSOwn(dst, &f.TLS)
	dst = ecsPlace(dst, `,"source":`, &f.Src, k.cloud)
	dst = ecsPlace(dst, `,"destination":`, &f.Dst, k.cloud)
	dst = snakeFields(dst, at+len(k.open), e.Rest, took)
	dst = ecsCallLate(dst, &f.API, &f.HTTP, f.Resources)
	dst = k.close(dst, at)
	return o.tail(dst, e, &f.Common)
}

var findingActivities = [...]string{relay.FindingUnset: "", relay.FindingCreate: "create", relay.FindingUpdate: "update", relay.FindingClose: "close"}

// scoreOf returns the whole part of a severity that is a number: ECS has room for no more.
func scoreOf(s string) relay.Number {
	if s == "" || len(s) > 10 || s[0]-'0' > 9 {
		return relay.Number{}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 0 || f > 1e9 {
		return relay.Number{}
	}
	return relay.NumberOf(int64(f))
}

// ecsInsight appends what an Insights event of CloudTrail says, under the names that its other events have, and returns the name of
// the field of Rest that it took.
func ecsInsight(dst []byte, e *relay.Event, f *relay.Finding) ([]byte, string) {
	dst = member(dst, `,"event_version":"`, f.Product.Version)
	dst = member(dst, `,"event_type":"`, f.EventCode)
	dst = member(dst, `,"event_category":"`, f.Product.Feature)
	dst = member(dst, `,"error_code":"`, f.StatusCode)
	dst = member(dst, `,"recipient_account_id":"`, f.Cloud.Account)
	dst = member(dst, `,"organization_id":"`, f.Cloud.Org)
	if f.UID != f.EventID {
		dst = member(dst, `,"shared_event_id":"`, f.UID)
	}
	const flattened, details = `,"flattened":`, `,"insight_details":`
	dst, at := open(dst, flattened)
	dst, n := open(dst, details)
	switch f.Activity {
	case relay.FindingCreate:
		dst = append(dst, `,"state":"Start"`...)
	case relay.FindingClose:
		dst = append(dst, `,"state":"End"`...)
	}
	dst = member(dst, `,"insightType":"`, f.Detector)
	dst = member(dst, `,"eventSource":"`, f.API.Service)
	dst = member(dst, `,"eventName":"`, f.API.Operation)
	dst = member(dst, `,"errorCode":"`, f.API.Error)
	took := notTaken
	if v := jsonMember(restJSON(e.Rest, "insightDetails"), "insightContext"); v != "" && len(v) < maxFlattened {
		dst = memberPruned(dst, `,"insightContext":`, v)
		took = insightTaken(restJSON(e.Rest, "insightDetails"))
	}
	dst = done(dst, n, details)
	return done(dst, at, flattened), took
}

// insightTaken returns the name of insightDetails when insightContext is all that is in it.
func insightTaken(v string) string {
	members := 0
	for it := membersOf(v); it.next(); {
		members++
	}
	return tookIf(members == 1, "insightDetails")
}
