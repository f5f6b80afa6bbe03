// Package windows reads events of the Windows event log as NXLog (JSON, bare or behind a syslog header; RFC 5424 structured data) and Snare (fields between tabs) send them. Logons, logoffs and Kerberos
// and NTLM requests become an Authentication, changes of user accounts an APICall with an AccountChange, all others stay a Message with their fields in Rest.
//
// The fields of an event go by the names that Windows gives them (EventData): NXLog hands these on, and the labels of the text that Snare sends are read as the names behind them (snare.go).
//
// # Why
//
//   - The protocol is what AuthenticationPackageName says when that is one: Negotiate is none.
//   - An account change has no API of its own: API.Operation is what Windows calls the event, API.Service "Windows Security".
//   - 4740 has the name of the calling computer in TargetDomainName, so that it is kept as that and not taken for a domain.
//
// Sources: Microsoft, "Advanced security auditing", events 4624 to 4781; NXLog, "Windows Event Log (im_msvistalog)"; Snare, "Event output format".
package windows
