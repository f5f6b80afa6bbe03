// Package s3access reads S3 server access logs into the class APICall.
//
// A line is fields between blanks, some in double quotes and the time in brackets; "-" stands for an absent value. Columns that AWS appends are kept as column_N.
//
// # Why
//
//   - What a call does is the second word of the operation (REST.GET.OBJECT): reading and deleting are said outright. PUT counts as an update, as PutObject of CloudTrail does, because nothing says whether
//     there was such an object before.
//   - Keys are URL-encoded twice in these logs. Resources name the object by its key; where that is not what stands in the line, the line's form is kept too.
//   - Quotes in request, referer and user agent are not escaped: a client could write columns of its own. The user agent ends at the last quote of the line, whatever it holds.
//   - The bucket's owner is a canonical user id, which is no account.
//
// Source: Amazon S3 user guide, "Amazon S3 server access log format".
package s3access
