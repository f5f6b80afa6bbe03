// Package cloudfront reads CloudFront's standard logs (v1 and v2) and its real-time logs into the class HTTPRequest: lines of fields between tabs, and JSON objects with
// the same names.
//
// What the fields of a line are is known from the "#Fields:" line of the file, which the reader of the file hands on as Origin.Columns. Without it, a line is read in the order that AWS has
// appended to since 2008. Real-time logs, of which everybody chooses the fields, never have one: the input needs `columns`. Values are URL-encoded once, beyond what the client encoded itself, and are decoded once; "-" stands for an absent value.
//
// # Why
//
//   - cs(Host) is the distribution, x-host-header what the viewer asked for: the latter is the host of the URL. In real-time logs it is x-host-header that is the
//     distribution, and cs-host the host of the URL.
//   - x-edge-result-type says how the cache answered, and not what a control decided, so that there is no verdict.
//   - A header line that comes as a record is an event of class Other.
//
// Source: Amazon CloudFront developer guide, "Standard logging reference", "Use real-time access logs".
package cloudfront
