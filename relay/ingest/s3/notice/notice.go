// Package notice reads what tells of new objects in S3: event notifications of S3, EventBridge and CloudTrail, as SQS delivers them.
package notice

import "time"

// Object is an object that a notification names.
type Object struct {
	Bucket, Key, Version string // the key as it is, decoded
	ETag                 string // without quotes; "" when not said
	Region               string // of the bucket; "" when not said
	Size                 int64  // bytes; -1 when not said
	Time                 time.Time
}

// Notice is what a message says.
type Notice struct {
	Objects []Object // to be read
	Ignored int      // events that name nothing to read: removals, tags, folders, test events
}
