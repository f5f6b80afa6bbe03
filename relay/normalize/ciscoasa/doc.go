// Package ciscoasa reads the messages of Cisco ASA, FTD, FWSM and PIX (%ASA-LEVEL-ID: text). What they say of traffic becomes a NetworkFlow, what they say of logins an Authentication; all others stay
// a Message with the id as its code.
//
// What a message says is a table of forms (forms.go): the words as Cisco documents them, with names in braces for what varies. A text that has none of the forms of its id stays a Message. The text
// itself is always kept as Common.Message, so that nothing of it is lost.
//
// # Why
//
//   - Built and Teardown name the side of the lower security level first. Built says which side began (inbound, outbound); Teardown does not, and is read in the order of the text, without a direction.
//   - The address in parentheses is the one after translation: NATIP of its side.
//   - A translation (305011, 305012) goes from the real address to the mapped one, as the published mappings to OCSF have it.
//   - FlowRefuse and a verdict only where a message says denied, discarded or dropped by the firewall.
//
// Source: Cisco Secure Firewall ASA Series Syslog Messages.
package ciscoasa
