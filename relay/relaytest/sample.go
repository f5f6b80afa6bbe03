package relaytest

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"time"
)

// Made-up log lines. Each holds the sequence number seq, which Sequence finds again, also after normalizing. Addresses are those
// set aside for documentation (RFC 5737, RFC 3849), accounts the ones that AWS uses in its examples.

// VPCFlowHeader is the header line of VPCFlowWide.
const VPCFlowHeader = "account-id action az-id bytes dstaddr dstport end flow-direction instance-id interface-id packets log-status" +
	" pkt-srcaddr pkt-dstaddr protocol region srcaddr srcport start sublocation-id sublocation-type subnet-id tcp-flags type vpc-id version"

// VPCFlow appends a flow record in the default format, version 2. The sequence number is the interface's.
func VPCFlow(dst []byte, seq uint64, t time.Time) []byte {
	dst = append(dst, "2 123456789010 "...)
	dst = appendInterface(dst, seq)
	dst = append(dst, " 192.0.2."...)
	dst = strconv.AppendUint(dst, 1+seq%254, 10)
	dst = append(dst, " 198.51.100.7 "...)
	dst = strconv.AppendUint(dst, 1024+seq%60000, 10)
	dst = append(dst, " 443 6 12 3456 "...)
	dst = strconv.AppendInt(dst, t.Unix()-60, 10)
	dst = append(dst, ' ')
	dst = strconv.AppendInt(dst, t.Unix(), 10)
	if seq%7 == 0 {
		return append(dst, " REJECT OK"...)
	}
	return append(dst, " ACCEPT OK"...)
}

// VPCFlowWide appends a flow record with the fields of VPCFlowHeader.
func VPCFlowWide(dst []byte, seq uint64, t time.Time) []byte {
	dst = append(dst, "111122223333 ACCEPT use1-az1 3456 198.51.100.7 443 "...)
	dst = strconv.AppendInt(dst, t.Unix(), 10)
	dst = append(dst, " egress i-01234567890123456 "...)
	dst = appendInterface(dst, seq)
	dst = append(dst, " 12 OK 192.0.2.10 198.51.100.7 6 us-east-1 192.0.2.10 "...)
	dst = strconv.AppendUint(dst, 1024+seq%60000, 10)
	dst = append(dst, ' ')
	dst = strconv.AppendInt(dst, t.Unix()-60, 10)
	return append(dst, " - - subnet-01234567890123456 19 IPv4 vpc-01234567890123456 5"...)
}

func appendInterface(dst []byte, seq uint64) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], seq)
	dst = append(dst, "eni-0"...)
	return hex.AppendEncode(dst, b[:])
}

// JSON appends a JSON object on one line.
func JSON(dst []byte, seq uint64, t time.Time) []byte {
	dst = append(dst, `{"time":"`...)
	dst = t.UTC().AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `","level":"info","user":"mary.major@example.com","src":"203.0.113.9","message":"object read","seq":`...)
	dst = strconv.AppendUint(dst, seq, 10)
	return append(dst, '}')
}

// RFC5424 appends a syslog message of RFC 5424 with structured data.
func RFC5424(dst []byte, seq uint64, t time.Time) []byte {
	dst = append(dst, "<38>1 "...)
	dst = t.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000000Z07:00")
	dst = append(dst, ` bastion.example.com sshd 4711 ID47 [origin@32473 ip="192.0.2.10"] Accepted publickey for john.doe from 203.0.113.5 port 50022 seq=`...)
	return strconv.AppendUint(dst, seq, 10)
}

// RFC3164 appends a syslog message in the older format.
func RFC3164(dst []byte, seq uint64, t time.Time) []byte {
	dst = append(dst, "<34>"...)
	dst = t.UTC().AppendFormat(dst, time.Stamp)
	dst = append(dst, " fw1 su[230]: 'su root' failed for lonvick on /dev/pts/8 seq="...)
	return strconv.AppendUint(dst, seq, 10)
}

// Sequence returns the sequence number inside a record made here, raw or normalized.
func Sequence(record []byte) (uint64, bool) {
	for _, key := range []string{"seq=", `"seq":`, `\"seq\":`} {
		if i := bytes.Index(record, []byte(key)); i >= 0 {
			return leadingNumber(record[i+len(key):], 10)
		}
	}
	if i := bytes.Index(record, []byte("eni-0")); i >= 0 && len(record) >= i+21 {
		return leadingNumber(record[i+5:i+21], 16)
	}
	return 0, false
}

func leadingNumber(b []byte, base int) (uint64, bool) {
	n := len(b)
	if base == 10 {
		n = 0
		for n < len(b) && b[n] >= '0' && b[n] <= '9' {
			n++
		}
	}
	v, err := strconv.ParseUint(string(b[:n]), base, 64)
	return v, err == nil
}
