// Package k8saudit reads audit events of Kubernetes (audit.k8s.io), those of Amazon EKS among them, into the class APICall: one event, or
// an EventList as the webhook backend posts it, which becomes as many events.
//
// # Invariants
//
//   - Every member of a record is in the class or in Event.Rest. requestObject and responseObject are handed on as they are.
//   - A call that was answered below 400 is a success: 101 is what exec, attach and port-forward are answered.
//   - An event of a list that cannot be understood is marked alone, and the others go out.
//
// # Why
//
//   - One request makes an event for each stage, all with the same auditID: so it is the id of the request, and what the source calls the event.
//   - An objectRef without a name and an id names no resource: it stays in Rest whole.
//   - Values of user.extra are lists. EKS puts who the caller is for AWS there: session name, ARN of the role, access key. The first value counts, others stay in Rest.
//   - A list may have maxItems events: a stranger's megabytes of "{}," would otherwise become gigabytes of events.
//   - The impersonated user is told in the class by name and stays in Rest with its groups: not every schema has a place for it.
//
// Sources: kubernetes.io, "Auditing" and the reference of "kube-apiserver Audit Configuration (v1)", Event and EventList; Amazon EKS user guide,
// "Send control plane logs to CloudWatch Logs".
package k8saudit
