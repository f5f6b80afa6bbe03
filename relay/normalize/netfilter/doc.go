// Package netfilter reads the lines of the LOG target of iptables and nftables, as the kernel, ufw, shorewall and UniFi gateways write them, into the class NetworkFlow.
//
//	[UPTIME] PREFIX IN=eth0 OUT= MAC=… SRC=192.0.2.1 DST=198.51.100.2 LEN=40 … PROTO=TCP SPT=1 DPT=2 … SYN URGP=0
//
// # Why
//
//   - The line itself does not say what became of the packet. A prefix does where a program writes it in a form of its own: "[UFW BLOCK]", "Shorewall:CHAIN:DROP:",
//     "[RULESET-D-RULE]", "[RULESET-RULE-D]". Other prefixes are words of a person and are kept as they are.
//   - IN without OUT is a packet for this host, OUT without IN one that it sent: these are the directions. With both, it is forwarded, and there is none.
//   - What stands in brackets behind an ICMP error is the packet that the error is about: it is kept whole, so that its addresses are not taken for those of this one.
//
// Source: Linux kernel, net/netfilter/nf_log_syslog.c.
package netfilter
