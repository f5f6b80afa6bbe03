// Package fortinet reads the key=value logs of FortiOS: type=traffic becomes a NetworkFlow, type=utm an HTTPRequest (webfilter), a DNSQuery (dns), a NetworkFlow (app-ctrl) or a Finding
// (all others); type=event an Authentication where its action is a login or its end, and else stays a Message with its fields in Rest, as do the logs of Fortinet's other products.
//
//	date=2026-11-21 time=09:15:32 devname="fw1" devid="FGT60F" eventtime=1795252532123456789 tz="+0100" logid="0000000013" type="traffic" subtype="forward" …
//
// # Why
//
//   - The time is eventtime where it is there: date and time have a zone of their own in tz only since FortiOS 6.2; without one, they are in the zone of the input.
//   - trandisp says what transip is: with snat it is the source after translation, with dnat the destination is tranip. The side that is not translated has zeros.
//   - A tunnel of an SSL VPN goes up and down with a user's login; one of IPsec mostly with none, and stays a Message.
//   - A session's log says how it ended: close, timeout, client-rst and server-rst were let through. deny is a refusal, ip-conn a failed connection.
//
// Source: FortiOS Log Message Reference.
package fortinet
