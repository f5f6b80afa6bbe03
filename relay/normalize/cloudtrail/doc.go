// Package cloudtrail reads the events of AWS CloudTrail: management, data, network activity and Insights events, from S3, CloudWatch Logs and
// EventBridge.
//
//	is a login, or a step of one (logins)            Authentication
//	changes a user (changes)                         APICall with Change
//	has insightDetails                               Finding
//	is a digest file                                 Other: it lists log files and tells of no event
//	all else                                         APICall; what it does is the first word of its name (verbs)
//
// # Invariants
//
//   - Every member of an event is in the class or in Event.Rest. Of userIdentity, insightDetails and resources, what the class has no place for
//     stays under the same name.
//   - Names are compared whole, with the service that they belong to: DeleteTags is no tag, and CreateUser of another service than IAM is no
//     user of IAM.
//   - An event without eventTime has the time of its arrival; one with an eventTime that is no time is not understood.
//
// # Why
//
//   - tlsDetails, additionalEventData and readOnly stay in Rest though classes have places for some of what they say: rules for these events look for
//     them under CloudTrail's names.
//   - Without a requestID, requestParameters stay in Rest: OCSF and ECS know a request by its id.
//   - A sign-in says how it ended in responseElements, or serviceEventDetails, under its own name; only where it does not, errorCode and errorMessage
//     tell, as everywhere else.
//   - Notifications of S3 have eventSource, eventName and eventTime too; their eventSource begins with "aws:".
//
// Sources: CloudTrail user guide, "CloudTrail record contents", "CloudTrail userIdentity element", "CloudTrail Insights record
// contents", "AWS Management Console sign-in events", "CloudTrail digest file structure".
package cloudtrail
