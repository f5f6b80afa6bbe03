package ingest

import "bytes"

// maxHeader bounds a VPC flow log header, in bytes. All the names there are make less than 2 KiB.
const maxHeader = 4 << 10

// IsFlowHeader reports whether a line is the header of a VPC flow log: two or more names in the shape of the documented ones, separated by
// blanks, at least half of them known. New names come about yearly, so not all have to be.
func IsFlowHeader(line []byte) bool {
	if len(line) > maxHeader || line[0] < 'a' || line[0] > 'z' {
		return false
	}
	names, known := 0, 0
	for len(line) > 0 {
		name := line
		if i := bytes.IndexByte(line, ' '); i >= 0 {
			name, line = line[:i], line[i+1:]
		} else {
			line = nil
		}
		if len(name) == 0 {
			continue
		}
		if !fieldName(name) {
			return false
		}
		names++
		if _, ok := flowFields[string(name)]; ok {
			known++
		}
	}
	return names >= 2 && known*2 >= names
}

// The directives of the W3C extended log format that CloudFront's files begin with.
const (
	w3cVersion = "#Version: 1.0"
	w3cFields  = "#Fields: "
)

// header returns the columns that a line names, where it is a header.
func (s *Splitter) header(line []byte) (columns []byte, ok bool) {
	if s.opt.Fields && len(line) <= maxHeader {
		if columns, ok = bytes.CutPrefix(line, []byte(w3cFields)); ok {
			return columns, true
		}
	}
	return line, s.opt.Columns && (!s.lines || s.context != nil) && IsFlowHeader(line)
}

func fieldName(name []byte) bool {
	for i, c := range name {
		if (c < 'a' || c > 'z') && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}
	return true
}

// flowFields holds the names that VPC and Transit Gateway flow logs are known to use (VPC user guide, "Flow log records").
var flowFields = func() map[string]struct{} {
	set := make(map[string]struct{})
	for _, name := range []string{
		"version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets", "bytes", "start", "end",
		"action", "log-status", "vpc-id", "subnet-id", "instance-id", "tcp-flags", "type", "pkt-srcaddr", "pkt-dstaddr", "region", "az-id",
		"sublocation-type", "sublocation-id", "pkt-src-aws-service", "pkt-dst-aws-service", "flow-direction", "traffic-path",
		"reject-reason", "resource-id", "encryption-status", "resource-type", "tgw-id", "tgw-attachment-id",
	} {
		set[name] = struct{}{}
	}
	return set
}()
