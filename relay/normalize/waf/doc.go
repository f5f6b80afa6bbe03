// Package waf reads the web ACL logs of AWS WAF, one JSON object a request, into the class HTTPRequest with the verdict of the web ACL.
//
// # Invariants
//
//   - Every member of a record is in the class or in Event.Rest: rule groups, rates and match details stay in Rest as they are.
//   - Header fields stand in the order and case of the wire, whatever they hold. Host, user agent, referrer and the valid addresses of
//     X-Forwarded-For are copied from them to their own places: of a field that comes twice the first counts.
//   - An action that is not known is a verdict of its own word.
//
// # Why
//
//   - Account and region are those in the ARN of the web ACL. A web ACL of WAF Classic has an id that tells neither.
//   - What a client sends is a stranger's text: it is never taken for JSON, an address or a name that it is not, and encoders escape it.
//
// Source: AWS WAF developer guide, "Log fields for protection pack (web ACL) traffic".
package waf
