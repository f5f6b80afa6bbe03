package s3access

import (
	"strings"

	"logrelay/relay/normalize/field"
)

// Places of fields, from 0.
const (
	timeColumn    = 2
	requestColumn = 8
	refererColumn = 15
)

// split cuts a line into p.fields. S3 does not escape quotes in what clients send, so that a field in quotes is known by what stands around it: after the user agent, no
// field has any. False: a quote that does not end.
func (p *Parser) split(s string) bool {
	var ok bool
	if p.fields, ok = field.Quoted(p.fields[:0], s, requestColumn); !ok || len(p.fields) <= requestColumn {
		return ok
	}
	rest := p.fields[requestColumn]
	p.fields = p.fields[:requestColumn]
	last := strings.LastIndexByte(rest, '"')
	if rest[0] != '"' || last == 0 || last+1 < len(rest) && rest[last+1] != ' ' {
		return p.plain(rest)
	}
	quoted, tail := rest[1:last], rest[last+1:]
	end := requestEnd(quoted)
	if end < 0 {
		return p.plain(rest)
	}
	p.fields = append(p.fields, quoted[:end])
	p.fields, _ = field.Quoted(p.fields, quoted[end+1:], refererColumn)
	if len(p.fields) <= refererColumn || p.fields[refererColumn][0] != '"' {
		p.fields = p.fields[:requestColumn]
		return p.plain(rest)
	}
	referer, agent, ok := strings.Cut(p.fields[refererColumn][1:], `" "`)
	if !ok {
		p.fields = p.fields[:requestColumn]
		return p.plain(rest)
	}
	p.fields = append(p.fields[:refererColumn], referer, agent)
	p.fields, _ = field.Quoted(p.fields, tail, mostFields)
	return true
}

// plain cuts what does not look like a whole line at blanks and quotes alone.
func (p *Parser) plain(rest string) bool {
	var ok bool
	p.fields, ok = field.Quoted(p.fields, rest, mostFields)
	return ok
}

// requestEnd returns where the request line ends in s: at a quote before a status. -1: nowhere.
func requestEnd(s string) int {
	for i := range len(s) {
		if s[i] != '"' {
			continue
		}
		after := s[i+1:]
		if strings.HasPrefix(after, " - ") || len(after) > 4 && after[0] == ' ' && after[4] == ' ' && after[1]-'0' <= 9 && after[2]-'0' <= 9 && after[3]-'0' <= 9 {
			return i
		}
	}
	return -1
}
