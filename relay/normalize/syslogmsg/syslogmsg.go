package syslogmsg

import "logrelay/relay"

type Parser struct{}

func (p *Parser) Append(es *relay.Events, r *relay.Record) { es.AddUnparsed(r, relay.KindSyslog, "x") }
func HasPriority(b []byte) bool                            { return len(b) > 0 && b[0] == '<' }
