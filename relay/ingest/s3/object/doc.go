// Package object cuts an S3 object into records while it streams by.
package object
