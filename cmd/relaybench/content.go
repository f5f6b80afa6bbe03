package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/klauspost/compress/gzip"
)

// What objects hold.
const (
	contentFlow  = "vpcflow"    // VPC flow logs: lines of the default format behind a header
	contentTrail = "cloudtrail" // CloudTrail: one array of events, all on one line
)

// Where the mark stands in a record of an object, and in what is made of it: 8 hexadecimal digits for the object, 8 for the number of the
// record in it. It takes the place of an id that records of the kind have anyway, so that they keep their usual length.
const (
	flowMark  = "eni-0"
	trailMark = `"requestID":"`
	objectLen = 8
)

// readObjectMark reads such a mark at the start of b. It holds no time.
func readObjectMark(b []byte) (sender int, number uint64, sent int64, ok bool) {
	if len(b) < 2*objectLen {
		return 0, 0, 0, false
	}
	v := hexNumber(b)
	return int(v >> 32), v & (1<<32 - 1), 0, true
}

// contentMark returns the mark of a content.
func contentMark(content string) marking {
	if content == contentTrail {
		return marking{trailMark, 2 * objectLen, readObjectMark}
	}
	return marking{flowMark, 2 * objectLen, readObjectMark}
}

// maker makes objects. Not for concurrent use.
type maker struct {
	content string
	text    []byte
	zipped  bytes.Buffer
	zip     *gzip.Writer
}

func newMaker(content string) *maker { return &maker{content: content, zip: gzip.NewWriter(nil)} }

// body is an object before it is stored.
type body struct {
	key    string
	zipped []byte // good until the next one is made
	text   int64  // bytes before compression
}

// object makes the object of a number with so many records. The same arguments give the same object.
func (m *maker) object(number int, records uint64) (body, error) {
	r := rand.New(rand.NewPCG(uint64(number), 1))
	var b body
	m.text = m.text[:0]
	switch m.content {
	case contentFlow:
		b.key = fmt.Sprintf("AWSLogs/111122223333/vpcflowlogs/us-east-1/2026/01/02/111122223333_vpcflowlogs_us-east-1_fl-01234567890123456_20260102T0305Z_%08x.log.gz", number)
		m.text = append(m.text, "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n"...)
		for i := range records {
			m.text = appendFlow(m.text, r, number, i)
		}
	case contentTrail:
		b.key = fmt.Sprintf("AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/02/111122223333_CloudTrail_us-east-1_20260102T0305Z_%016x.json.gz", number)
		m.text = append(m.text, `{"Records":[`...)
		for i := range records {
			if i > 0 {
				m.text = append(m.text, ',')
			}
			m.text = appendEvent(m.text, r, number, i)
		}
		m.text = append(m.text, `]}`...)
	default:
		return b, fmt.Errorf("content %q: not known", m.content)
	}
	m.zipped.Reset()
	m.zip.Reset(&m.zipped)
	if _, err := m.zip.Write(m.text); err != nil {
		return b, err
	}
	if err := m.zip.Close(); err != nil {
		return b, err
	}
	b.zipped, b.text = m.zipped.Bytes(), int64(len(m.text))
	return b, nil
}

// appendMark appends the digits of a mark.
func appendMark(dst []byte, object int, number uint64) []byte {
	var digits [2 * objectLen]byte
	putHex(digits[:], uint64(object)<<32|number)
	return append(dst, digits[:]...)
}

// appendFlow appends a record of the default format, version 2, with its line end: a few hosts of a private network that speak with each other.
func appendFlow(dst []byte, r *rand.Rand, object int, number uint64) []byte {
	x := r.Uint64()
	dst = append(append(dst, "2 111122223333 "...), flowMark...)
	dst = appendMark(dst, object, number)
	dst = strconv.AppendUint(append(dst, " 10.0."...), x&3, 10)
	dst = strconv.AppendUint(append(dst, '.'), x>>2&255, 10)
	dst = strconv.AppendUint(append(dst, " 172.31."...), x>>10&7, 10)
	dst = strconv.AppendUint(append(dst, '.'), x>>13&255, 10)
	dst = strconv.AppendUint(append(dst, ' '), 1024+x>>21&0x7fff, 10)
	dst = strconv.AppendUint(append(dst, " 443 6 "...), 1+x>>36&63, 10)
	dst = strconv.AppendUint(append(dst, ' '), 40+x>>42&0xffff, 10)
	dst = strconv.AppendUint(append(dst, ' '), 1767323045+x>>58, 10)
	dst = strconv.AppendUint(append(dst, ' '), 1767323105+x>>58, 10)
	if x%7 == 0 {
		return append(dst, " REJECT OK\n"...)
	}
	return append(dst, " ACCEPT OK\n"...)
}

// appendEvent appends an event of CloudTrail: a role reads an object.
func appendEvent(dst []byte, r *rand.Rand, object int, number uint64) []byte {
	x := r.Uint64()
	user := x & 63
	dst = fmt.Appendf(dst, `{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLEEXAMPLE%02d:session-%[1]d",`+
		`"arn":"arn:aws:sts::111122223333:assumed-role/reader-%[1]d/session-%[1]d","accountId":"111122223333","accessKeyId":"ASIAEXAMPLEEXAMPLE%[1]02d",`+
		`"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLEEXAMPLE%[1]02d","arn":"arn:aws:iam::111122223333:role/reader-%[1]d",`+
		`"accountId":"111122223333","userName":"reader-%[1]d"},"attributes":{"creationDate":"2026-01-02T02:%02[2]d:00Z","mfaAuthenticated":"false"}}},`+
		`"eventTime":"2026-01-02T03:04:%02[2]dZ","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.%[3]d",`+
		`"userAgent":"[aws-sdk-go-v2/1.41.0 os/linux lang/go#1.26 md/GOARCH#amd64 api/s3#1.95.0]",`+
		`"requestParameters":{"bucketName":"example-data","Host":"example-data.s3.us-east-1.amazonaws.com","key":"tables/part-%05[4]d.parquet"},"responseElements":null,`+
		`"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader",`+
		`"x-amz-id-2":"%016[5]x%016[6]x","bytesTransferredOut":%[7]d},`, user, x>>6%60, x>>12&255, x>>20&0xffff, r.Uint64(), r.Uint64(), x>>36&0xfffff)
	dst = appendMark(append(dst, trailMark...), object, number)
	return fmt.Appendf(dst, `","eventID":"%08x-%04x-4%03x-8%03x-%012x","readOnly":true,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::example-data/tables/part-%05d.parquet"},`+
		`{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::example-data"}],"eventType":"AwsApiCall","managementEvent":false,`+
		`"recipientAccountId":"111122223333","eventCategory":"Data","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256",`+
		`"clientProvidedHostHeader":"example-data.s3.us-east-1.amazonaws.com"}}`,
		uint32(x), x>>32&0xffff, x>>48&0xfff, x>>52&0xfff, r.Uint64()>>16, x>>20&0xffff)
}
