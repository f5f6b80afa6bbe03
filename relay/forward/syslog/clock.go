package syslog

import "time"

// clock writes times of RFC 5424 section 6.2.3. It remembers the last second, because neighbours tend to share it.
type clock struct {
	second int64
	text   [19]byte // "2006-01-02T15:04:05"
	valid  bool
}

// append appends ns (nanoseconds since 1970 UTC) with six digits of fraction.
func (c *clock) append(dst []byte, ns int64) []byte {
	t := time.Unix(0, ns).UTC()
	if s := t.Unix(); !c.valid || s != c.second {
		c.second, c.valid = s, true
		t.AppendFormat(c.text[:0], "2006-01-02T15:04:05")
	}
	dst = append(dst, c.text[:]...)
	micro := t.Nanosecond() / 1000
	var f [8]byte
	f[0], f[7] = '.', 'Z'
	for i := 6; i > 0; i-- {
		f[i] = byte('0' + micro%10)
		micro /= 10
	}
	return append(dst, f[:]...)
}
