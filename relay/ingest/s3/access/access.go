// Package access reaches S3 and SQS with the AWS SDK: credentials, endpoints, regions, and what the errors mean. Nothing else in the program
// knows the SDK.
package access
