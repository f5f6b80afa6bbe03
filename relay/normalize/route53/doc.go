// Package route53 reads the query logs of Amazon Route 53 into the class DNSQuery:
//
//   - Resolver query logs: a JSON object for each query that a VPC's resolver answered, with what DNS Firewall decided.
//   - Query logs of public hosted zones: a line of ten fields between blanks, through CloudWatch Logs alone.
//
// # Invariants
//
//   - Every member of a record is in the class or in Event.Rest. Answers without Rdata, and odd values, stay in Rest under their names.
//   - Names of domains are as delivered, with or without their last dot and with their escapes.
//   - A query without a time that can be read is not one: it goes out as it is.
//
// # Why
//
//   - Where answers is an object and not an array, it is one answer, and a time may have a blank for its T: some pipelines parse
//     records and write them anew, and what they say is still clear.
//   - The ports of a Resolver log are strings. Value.Port reads both.
//   - A rule group without an action, which no log of DNS Firewall has, is not a verdict and stays in Rest.
//
// Sources: Route 53 developer guide, "Values that appear in VPC Resolver query logs" and "Format of DNS query logs" (public DNS query logging).
package route53
