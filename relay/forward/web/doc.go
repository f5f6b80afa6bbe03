// Package web is what destinations over HTTP share: a client with strict TLS, credentials that cannot leak, bounded answers,
// compression, several URLs, and the meaning of status codes. Packages https, hec, xsiam and elastic add their formats and protocols.
//
// It does not retry, but for the other URLs of the same destination: package forward does.
//
// # Invariants
//
//   - Credentials never go over plain http unless the operator allowed it, and never into an error, an answer or a log.
//   - Redirects are not followed: a far end that moved is the operator's to judge.
//   - At most MaxAnswer bytes of an answer are read, or as many as Request.ReadMax says where the protocol answers for each event; what is shown of
//     them is cleaned.
//   - A body's memory is used again only when net/http has closed it: it may go on reading after the answer came.
//
// # Why
//
//   - Connections are renewed by renewing the whole transport. net/http has no age for a connection; requests under way keep
//     the old transport until they end.
//   - Credentials are asked for with every request, so that a file that was replaced works without a restart.
package web
