package vpcflow

import (
	"strings"

	"logrelay/relay"
)

// Bounds on Origin.Columns, which a sender's header may fill.
const (
	maxColumns     = 128
	maxColumnsText = 8 << 10 // bytes
	maxLayouts     = 64      // compiled layouts that a Parser keeps
)

// op says what becomes of a field.
type op uint8

const (
	opRest op = iota // kept in Event.Rest under its column's name
	opVersion
	opAccount
	opInterface
	opSrcAddr
	opDstAddr
	opPktSrcAddr
	opPktDstAddr
	opSrcPort
	opDstPort
	opProtocol
	opPackets
	opBytes
	opStart
	opEnd
	opAction
	opStatus
	opVPC
	opSubnet
	opInstance
	opTCPFlags
	opType
	opRegion
	opZone
	opSrcService
	opDstService
	opDirection
	opPath
	opReason
	opSrcVPC
	opDstVPC
	opSrcSubnet
	opDstSubnet
	opSrcInterface
	opDstInterface
	opSrcZone
	opDstZone
)

// columns maps every documented column to what becomes of it.
var columns = map[string]op{
	"version": opVersion, "account-id": opAccount, "interface-id": opInterface,
	"srcaddr": opSrcAddr, "dstaddr": opDstAddr, "srcport": opSrcPort, "dstport": opDstPort,
	"protocol": opProtocol, "packets": opPackets, "bytes": opBytes, "start": opStart, "end": opEnd,
	"action": opAction, "log-status": opStatus,
	"vpc-id": opVPC, "subnet-id": opSubnet, "instance-id": opInstance, "tcp-flags": opTCPFlags, "type": opType,
	"pkt-srcaddr": opPktSrcAddr, "pkt-dstaddr": opPktDstAddr,
	"region": opRegion, "az-id": opZone, "sublocation-type": opRest, "sublocation-id": opRest,
	"pkt-src-aws-service": opSrcService, "pkt-dst-aws-service": opDstService,
	"flow-direction": opDirection, "traffic-path": opPath,
	"ecs-cluster-arn": opRest, "ecs-cluster-name": opRest, "ecs-container-instance-arn": opRest,
	"ecs-container-instance-id": opRest, "ecs-container-id": opRest, "ecs-second-container-id": opRest,
	"ecs-service-name": opRest, "ecs-task-definition-arn": opRest, "ecs-task-arn": opRest, "ecs-task-id": opRest,
	"reject-reason": opReason, "resource-id": opRest, "encryption-status": opRest,
	"instance-tag": opRest, "instance-tag-2": opRest, "interface-tag": opRest, "interface-tag-2": opRest,
	"asg-tag": opRest, "asg-tag-2": opRest, "interface-type": opRest,
	"next-hop-interface-id": opRest, "next-hop-subnet-id": opRest, "next-hop-az-id": opRest,
	"next-hop-vpc-id": opRest, "next-hop-interface-type": opRest,

	"resource-type": opRest, "tgw-id": opRest, "tgw-attachment-id": opRest, "tgw-pair-attachment-id": opRest,
	"tgw-src-vpc-account-id": opRest, "tgw-dst-vpc-account-id": opRest,
	"tgw-src-vpc-id": opSrcVPC, "tgw-dst-vpc-id": opDstVPC,
	"tgw-src-subnet-id": opSrcSubnet, "tgw-dst-subnet-id": opDstSubnet,
	"tgw-src-eni": opSrcInterface, "tgw-dst-eni": opDstInterface,
	"tgw-src-az-id": opSrcZone, "tgw-dst-az-id": opDstZone,
	"packets-lost-no-route": opRest, "packets-lost-blackhole": opRest,
	"packets-lost-mtu-exceeded": opRest, "packets-lost-ttl-expired": opRest,
}

// defaultColumns is the format that AWS writes when none is asked for: the one that arrives without a header through CloudWatch Logs.
const defaultColumns = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"

// IsDefault reports whether line can only be a row of the default format: version 2, 14 fields, an interface and a log-status where they belong.
// A row of version 2 in another order has no header to tell, so its input needs `columns`.
func IsDefault(line []byte) bool {
	if len(line) < 40 || len(line) > 256 || line[0] != '2' || line[1] != ' ' {
		return false
	}
	n, third, last := 0, "", ""
	for f := range strings.FieldsSeq(relay.View(line)) {
		if n++; n == 3 {
			third = f
		}
		last = f
	}
	return n == 14 && strings.HasPrefix(third, "eni-") && (last == "OK" || last == "NODATA" || last == "SKIPDATA")
}

// layout is a compiled format.
type layout struct {
	ops    []op
	names  []string // as the source writes them, "_" read as "-"
	status int      // place of log-status, or -1
	tgw    bool     // Transit Gateway
	err    string   // why the columns cannot be used; nothing else is set then
}

func compile(text string) *layout {
	if len(text) > maxColumnsText {
		return &layout{err: "the column names are longer than 8 KiB: check `columns`"}
	}
	l := &layout{status: -1}
	for name := range strings.FieldsSeq(strings.ReplaceAll(text, "_", "-")) {
		if len(l.names) == maxColumns {
			return &layout{err: "more than 128 columns: check `columns`"}
		}
		name = strings.TrimSuffix(strings.TrimPrefix(name, "${"), "}") // as AWS writes a LogFormat
		for _, n := range l.names {
			if n == name {
				return &layout{err: "column " + name + " is named twice: check `columns`"}
			}
		}
		o := columns[name]
		if o == opStatus {
			l.status = len(l.ops)
		}
		l.tgw = l.tgw || name == "tgw-id" || name == "tgw-attachment-id"
		l.ops = append(l.ops, o)
		l.names = append(l.names, name)
	}
	if len(l.ops) == 0 {
		return &layout{err: noColumns}
	}
	return l
}

// IsHeader reports whether line is the header of a flow log: names of columns, most of them documented. It allocates nothing: without
// columns every row is asked.
func IsHeader(line []byte) bool {
	if len(line) == 0 || len(line) > maxColumnsText || line[0] < 'a' || line[0] > 'z' {
		return false
	}
	var name [64]byte
	known, all, n := 0, 0, 0
	for i := 0; i <= len(line); i++ {
		c := byte(' ')
		if i < len(line) {
			c = line[i]
		}
		switch {
		case c <= ' ':
			if n == 0 {
				continue
			}
			if _, ok := columns[string(name[:n])]; ok {
				known++
			} else if n == 1 && name[0] == '-' {
				return false
			}
			all, n = all+1, 0
		case n == len(name):
			return false
		case c-'a' <= 25, c-'0' <= 9, c == '-':
			name[n] = c
			n++
		case c == '_':
			name[n] = '-'
			n++
		default:
			return false
		}
	}
	return known >= 3 && known*2 >= all
}
