// Package guardduty reads the findings of Amazon GuardDuty into the class Finding: a JSON object for each, as exported to S3, or as the detail
// of an event of EventBridge.
//
//	service.action     the two ends of the traffic, the API call, or the name that was asked for
//	resource           who acted (accessKeyDetails, a user of Kubernetes or of a database) and what was acted upon (details)
//	service            how often, since when, whether it is archived: that closes a finding
//
// # Invariants
//
//   - Every member of a finding is in the class or in Event.Rest, of objects of which a part is taken under the same names. What a resource
//     has beside its name and id is in Resource.Data.
//   - A finding that changes comes again with the same id: Activity tells the first from the others, and Time is updatedAt.
//
// # Why
//
//   - An inbound connection has the remote end as its source, an outbound one as its destination. Where GuardDuty does not know the direction, resourceRole
//     tells: the target of an attack is where the traffic goes.
//   - Only purposes of a finding's type that are tactics of ATT&CK by name become Tactics; Trojan or Policy is none.
//   - blocked is a verdict where it is true: a connection that was not blocked need not have been allowed by anybody.
//
// Sources: GuardDuty user guide, "Exporting findings", "GuardDuty finding format", "Severity levels of findings"; GuardDuty API reference,
// data types Finding, Service, Action, Resource.
package guardduty
