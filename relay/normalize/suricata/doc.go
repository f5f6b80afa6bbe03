// Package suricata reads EVE JSON, the log of the Suricata engine, and the logs of AWS Network Firewall, which are EVE events in an envelope
// of AWS. What an event becomes goes by its event_type:
//
//	alert                 Finding
//	dns                   DNSQuery
//	http                  HTTPRequest
//	flow, netflow, drop   NetworkFlow, with counts and a verdict
//	tls                   NetworkFlow with TLS
//	any other             NetworkFlow when it has an address, else Other
//
// # Invariants
//
//   - Every member of an event is in the class or in Event.Rest, under the names of EVE: what is not taken of alert, flow, tls … stays an object.
//   - The envelope of Network Firewall keeps its shape: what is not taken of the event stands in an object called event.
//   - to_server is out of the source of a connection, to_client is in.
//
// # Why
//
//   - One package for two kinds: the firewall's log is the engine's log. Only product, zone and the envelope differ.
//   - The region is not cut out of the availability zone: zones of Local Zones and Wavelength are named in other ways.
//   - Severity 1 of a rule is the highest: 1 High, 2 Medium, 3 Low, and anything else Informational, as the classes of rules in
//     classification.config have it.
//   - A transaction of a protocol that no class is made for (ssh, smb, quic, fileinfo) is still traffic between two endpoints.
//
// Sources: Suricata user guide, "Eve JSON Format"; AWS Network Firewall developer guide, "Contents of a AWS Network Firewall log".
package suricata
