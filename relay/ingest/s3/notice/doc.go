// Package notice reads what tells of new objects in S3: event notifications of S3, EventBridge and CloudTrail, as SQS delivers them.
//
//	S3            {"Records":[{"eventSource":"aws:s3",...}]}                  S3 user guide, "Event message structure"
//	SNS           {"Type":"Notification","Message":"..."} around any other    SNS developer guide, "Parsing message formats"
//	EventBridge   {"source":"aws.s3","detail-type":"Object Created",...}      S3 user guide, "EventBridge event message structure"
//	CloudTrail    {"s3Bucket":"...","s3ObjectKey":["..."]}                    CloudTrail user guide, "Configuring Amazon SNS notifications"
//	test          {"Service":"Amazon S3","Event":"s3:TestEvent",...}, and CloudTrail's validation message
//
// SNS with raw delivery leaves its envelope away, which is the same as none. Package notice asks nobody and knows no
// configuration: which buckets may be read is the source's affair.
//
// # Invariants
//
//   - An error means that the body is poison: it will never be understood, and nothing of it was taken.
//   - Whoever can write to the queue is a stranger. What comes out was checked: buckets and regions have the shape that AWS gives
//     them, keys are UTF-8 of at most 1,024 bytes, versions and entity tags are visible ASCII. They can stand in URLs, headers
//     and logs.
//   - Body size, nesting and the number of objects are bounded.
//
// # Why
//
//   - All or nothing: a message with one broken record among good ones is a broken message. A queue can only take back whole messages.
//   - Keys of S3 events are form-encoded and decoded once (a + is a blank); those of EventBridge and CloudTrail stand as they are
//     and are never decoded.
//   - Versions 2.x alone: AWS raises the minor number when it adds, the major number when it changes.
//   - Events that S3-compatible stores send have another word before ":s3" in eventSource, and "s3:" before the name. Both are taken.
//   - What S3 tells besides new and restored objects is counted and forgotten; an event of another service is an error, because
//     somebody expects something of it.
//   - encoding/json: messages are few, a body is at most 1 MiB, and its tolerance of unknown members is what is wanted.
package notice
