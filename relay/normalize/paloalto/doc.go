// Package paloalto reads the CSV logs of PAN-OS: TRAFFIC becomes a NetworkFlow, THREAT an HTTPRequest where its subtype is url and else a Finding; GLOBALPROTECT an Authentication where its
// event is a login or a logout, and else, like SYSTEM, CONFIG and USERID, stays a Message with its fields in Rest; other types a Message.
//
// Columns are those of PAN-OS 11.1 (columns.go); earlier versions have the same order and end sooner. Columns that a later version appends are kept as column_N.
//
// # Why
//
//   - The time is the one with a zone where there is one (high_res_timestamp), else when the firewall made the log, in the zone of the input.
//   - What is meant by FUTURE_USE is kept too when it is not empty.
//   - A session that ends tells bytes in both directions; start and drop are told apart by the subtype: drop and deny are refusals whatever the action says.
//
// Source: PAN-OS Administrator's Guide, "Syslog Field Descriptions".
package paloalto
