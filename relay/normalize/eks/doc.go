// Package eks reads the text logs of the control plane of Amazon EKS, as CloudWatch Logs hands them on; its audit log is JSON and a
// kind of its own (k8saudit).
//
//	kube-apiserver, kube-controller-manager, kube-scheduler, cloud-controller-manager   klog lines: Message
//	authenticator                                                                       key=value: Authentication where access was granted or
//	                                                                                    denied, else Message
//
// # Invariants
//
//   - Nothing of a line is lost: what has no place is in Event.Rest under its name, and a line of another shape is a Message as it stands.
//   - The stream tells the component; a klog line is also known by its header, since no other log begins like it. Such a line is of
//     Kubernetes, and only the log group, or the configuration, says that it is of EKS.
//   - The stream also tells the audit log: what is no JSON there was cut on its way, since CloudWatch Logs bounds an event, and is marked.
//
// # Why
//
//   - klog states neither year nor zone: UTC, and the year that puts the line nearest before the time when the relay took it. The time of
//     CloudWatch Logs wins where it is there.
//   - Authenticator lines are like those of every logger of its family, so that they are known by their stream alone.
//   - The login is that of the Kubernetes user, and the ARN that it was mapped from is its other id. The address is the
//     one that the log gives, as a rule the API server's own.
//
// Sources: Amazon EKS user guide, "Send control plane logs to CloudWatch Logs"; k8s.io/klog, "klog.go", header of a line;
// aws-iam-authenticator, "pkg/server".
package eks
