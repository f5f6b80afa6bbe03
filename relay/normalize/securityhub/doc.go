// Package securityhub reads the findings of AWS Security Hub in its finding format (ASFF) into the class Finding: a JSON object for each; the list
// `findings` in the detail of an event of EventBridge, or `Findings` of an API's answer, of which each becomes an event.
//
// # Invariants
//
//   - Every member of a finding is in the class or in Event.Rest. What stands beside a list of findings is in Rest of each of its events.
//   - The events of a record are numbered in the order of the list. A list without findings is one event of class Other.
//
// # Why
//
//   - The product is the one that found it (ProductName and CompanyName, which older findings have in ProductFields), also when it is of another vendor;
//     where nobody says, it is Security Hub.
//   - A finding is closed when its record is archived or its workflow resolved. One that is suppressed is not: whoever suppressed it has not solved it.
//   - Severity is Label where there is one, else the band of Normalized, as Security Hub itself makes one of the other. Score is what the product
//     said: Original, else Normalized.
//   - Network and Action say where traffic came from and went. Where a finding has both, Network counts and Action stays in Rest.
//
// Sources: Security Hub user guide, "AWS Security Finding Format (ASFF)", "ASFF syntax", "EventBridge event formats for Security Hub".
package securityhub
