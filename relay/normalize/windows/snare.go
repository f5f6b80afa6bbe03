package windows

import (
	"strings"
	"time"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// snareMark is what Snare's records begin with. Some relays write tabs as #011.
const snareMark = "MSWinEventLog"

// Places of Snare's fields. The last may be followed by a checksum or a counter.
const (
	snareChannel  = 2
	snareTimeAt   = 4
	snareID       = 5
	snareProvider = 6
	snareType     = 9
	snareHost     = 10
	snareText     = 13
)

// snareNames are the names of Snare's fields that go to Rest.
var snareNames = [...]string{1: "Criticality", 3: "SnareEventCounter", 7: "UserName", 8: "SIDType", 11: "CategoryString", 12: "DataString"}

// snare reads a record of Snare. False: it is not whole.
func (p *Parser) snare(es *relay.Events, s string) bool {
	if strings.HasPrefix(s[len(snareMark):], "#011") {
		s = es.Text([]byte(strings.ReplaceAll(s, "#011", "\t")))
	}
	p.fields = p.fields[:0]
	for f := range strings.SplitSeq(s, "\t") {
		if len(p.fields) == field.MaxFields {
			return false
		}
		p.fields = append(p.fields, f)
	}
	f := p.fields
	if len(f) <= snareText {
		return false
	}
	if _, ok := field.Number(f[snareID], 65535); !ok {
		return false
	}
	for i := range f[:snareText] {
		if f[i] == "-" {
			f[i] = ""
		}
	}
	w := &p.w
	w.channel, w.time, w.id, w.provider, w.kind, w.host = f[snareChannel], f[snareTimeAt], f[snareID], f[snareProvider], f[snareType], f[snareHost]
	for i, name := range snareNames {
		if name != "" && f[i] != "N/A" {
			p.rest.Keep(name, f[i])
		}
	}
	w.message = f[snareText]
	p.labels(w.message)
	for i := snareText + 1; i < len(f); i++ {
		p.rest.Column(i+1, f[i])
	}
	return true
}

// labels reads "Subject:   Security ID:  S-1-5-18   Account Name:  DC1$ …": labels and values with two blanks or more between them. What Security ID and its like belong to
// is the section before them.
func (p *Parser) labels(s string) {
	section, label := "", ""
	for s != "" {
		var token string
		token, s = cutWide(s)
		if name, v, ok := strings.Cut(token, ": "); ok && (labelNames[name] != "" || accountLabel(name) >= 0) { // with one blank between
			label, token = name, v
		}
		switch {
		case token == "":
		case strings.HasSuffix(token, ":"):
			label = token[:len(token)-1]
			if part := sections[label]; part != "" {
				section, label = part, ""
			}
		case label != "":
			if name := labelNames[label]; name != "" && token != "-" {
				p.set(name, token)
			} else if i := accountLabel(label); i >= 0 && section != "" && token != "-" {
				p.set(accountNames[section][i], token)
			}
			label = ""
		}
	}
}

// cutWide cuts s at the first run of two blanks or more, or of control characters. The rest is shorter than s.
func cutWide(s string) (token, rest string) {
	for i := range len(s) {
		if s[i] > ' ' || s[i] == ' ' && i+1 < len(s) && s[i+1] > ' ' {
			continue
		}
		end := i + 1
		for end < len(s) && s[end] <= ' ' {
			end++
		}
		return strings.TrimSpace(s[:i]), s[end:]
	}
	return strings.TrimSpace(s), ""
}

// sections say whom the labels of an account that follow are about.
var sections = map[string]string{
	"Subject": "Subject", "New Logon": "Target", "Account For Which Logon Failed": "Target", "Account Whose Credentials Were Used": "Target", "Target Account": "Target",
	"New Account": "Target", "Account That Was Locked Out": "Target", "Account Information": "Target",
}

// accountLabel returns the place of a label in accountNames; -1 when it is none.
func accountLabel(label string) int {
	switch label {
	case "Security ID", "User ID":
		return 0
	case "Account Name":
		return 1
	case "Account Domain", "Supplied Realm Name":
		return 2
	case "Logon ID":
		return 3
	}
	return -1
}

// labelNames are the names of the fields behind other labels.
var labelNames = map[string]string{
	"Logon Type": "LogonType", "Source Network Address": "IpAddress", "Client Address": "IpAddress", "Network Address": "IpAddress", "Source Port": "IpPort", "Client Port": "IpPort",
	"Port": "IpPort", "Workstation Name": "WorkstationName", "Source Workstation": "WorkstationName", "Authentication Package": "AuthenticationPackageName", "Process Name": "ProcessName",
	"Caller Process Name": "ProcessName", "Failure Reason": "FailureReason", "Status": "Status", "Sub Status": "SubStatus", "Result Code": "Status", "Failure Code": "Status",
	"Error Code": "Status", "Service Name": "ServiceName", "Target Server Name": "TargetServerName", "Logon Account": "TargetUserName",
}

// snareTime reads "Sat Nov 21 09:15:32 2026".
func snareTime(s string, loc *time.Location) (int64, bool) {
	f := s
	if len(f) < 20 {
		return 0, false
	}
	field.Cut(&f, " ")
	month := field.Month(field.Cut(&f, " "))
	f = strings.TrimLeft(f, " ")
	day, ok := field.Number(field.Cut(&f, " "), 31)
	clock := field.Cut(&f, " ")
	year, ok2 := field.Number(f, 9999)
	if month < 1 || !ok || !ok2 {
		return 0, false
	}
	return field.At(int(year.Value), month, int(day.Value), clock, loc)
}
