// Package access reaches S3 and SQS with the AWS SDK: credentials, endpoints, regions, and what the errors mean. It implements s3.Queue and
// s3.Store, and gives its keys to who needs them for another service; nothing else that runs in the relay knows the SDK.
//
// An Access is one credential block. It can serve several inputs: Queue and Store make as many of each as are wanted, all with the same
// credentials and connections. It does not wait and try again but for one quick second attempt: the source does the waiting, and what an
// error means for a message is in its s3.Class.
//
// # What the identity needs
//
// The least that a reader needs, as an IAM policy. Leave out what you do not have: s3:GetObjectVersion without versioning, kms:Decrypt
// without SSE-KMS on the bucket or the queue. sqs:GetQueueAttributes is asked for once, at the start, to see whether the queue has a redrive
// policy; when it is refused one is assumed. s3:ListBucket is for backfill, and lets S3 say 404 and not 403 of an object that was deleted.
//
//	{
//	  "Version": "2012-10-17",
//	  "Statement": [
//	    {"Effect": "Allow",
//	     "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"],
//	     "Resource": "arn:aws:sqs:us-east-1:111122223333:logs"},
//	    {"Effect": "Allow",
//	     "Action": ["s3:GetObject", "s3:GetObjectVersion"],
//	     "Resource": "arn:aws:s3:::example-logs/*"},
//	    {"Effect": "Allow",
//	     "Action": "s3:ListBucket",
//	     "Resource": "arn:aws:s3:::example-logs"},
//	    {"Effect": "Allow",
//	     "Action": "kms:Decrypt",
//	     "Resource": "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"}
//	  ]
//	}
//
// A key of another account has to allow kms:Decrypt in its own key policy too, and so has a bucket of another account in its bucket policy.
// With a role (role_arn) the identity that assumes it needs sts:AssumeRole on the role, and the role's trust policy has to name that identity
// and the external id.
//
// # Invariants
//
//   - Requests go to AWS's endpoints of the configured partition, or to the configured endpoints, and nowhere else: redirects are not followed, a
//     notification's region is taken when it belongs to the partition, and bucket names have to be names.
//   - Every error is an *s3.Error or the context's own. Its text has no secrets: the SDK does not print them, request headers are never shown,
//     and what the far end says is cut and cleaned.
//   - Bodies of objects are streamed. Every other answer is bounded.
//   - An error is s3.Missing only when S3 says so by name. A page of a proxy with status 404 is not a deleted object.
//
// # Why
//
//   - Endpoints come from Options alone, not from AWS_ENDPOINT_URL or the shared configuration: where logs are read from is said in one place.
//   - No checksums of S3 are validated. The SDK's validation would fail only at the end of an object, when its records are long in custody, and
//     not at all for parts; TLS guards the way, and entity tags the joints between parts.
//   - Redirects are not followed, as S3 names the bucket's region in each answer that says "not here" (x-amz-bucket-region). That region is
//     checked against the partition, where the Location of a redirect could be anything.
//   - Two transports, as an object's connection on which nothing comes is dead after 30 s, while a long poll may be silent for 20 s of them.
//   - Reads are watched at the connection and not at the body, so that a reader that pauses (full buffer) is not taken for a dead peer.
//   - IMDSv1 is not used: a version that can be tricked into giving its credentials away.
package access
