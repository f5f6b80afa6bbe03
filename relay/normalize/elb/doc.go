// Package elb reads the logs of AWS load balancers: access logs of ALB and CLB into the class HTTPRequest; TLS logs of NLB, connection logs of ALB and CLB's lines about
// TCP and SSL listeners into NetworkFlow.
//
// A line is fields between blanks, some of them in double quotes; "-" stands for an absent value, and -1 for a time that was not taken. Nothing in a file says which of the
// five layouts it has, so that the first fields of each line decide (see layoutOf). A line of a layout with fewer fields than the oldest documented form has is not understood; fields
// that AWS appends are kept under their names, or as column_N where they have none yet.
//
//	http|https|h2|grpcs|ws|wss TIME ELB CLIENT TARGET …   ALB access log
//	tls VERSION TIME ELB LISTENER CLIENT DESTINATION …    NLB TLS log
//	TIME ELB CLIENT BACKEND …                             CLB access log
//	TIME CLIENT-IP CLIENT-PORT LISTENER-PORT …            ALB connection log
//
// # Why
//
//   - Dst is the target that the balancer asked, as the mapping to OCSF has it; the host that the client asked for is in the URL. Only NLB names its own address.
//   - Account and region come out of the ARN of the target group or the certificate. Lines without one do not tell.
//   - actions_executed says what the rules of a listener did, and not whether that was a refusal, so that there is no verdict.
//
// Sources: Elastic Load Balancing user guides, "Access logs for your Application Load Balancer", "Connection logs for your Application Load Balancer",
// "Access logs for your Network Load Balancer", "Access logs for your Classic Load Balancer".
package elb
