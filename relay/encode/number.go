package encode

import (
	"encoding/binary"
	"math/bits"
	"strconv"
)

// digitPairs holds 00 to 99.
const digitPairs = "00010203040506070809" + "10111213141516171819" + "20212223242526272829" +
	"30313233343536373839" + "40414243444546474849" + "50515253545556575859" +
	"60616263646566676869" + "70717273747576777879" + "80818283848586878889" + "90919293949596979899"

// appendInt appends n in decimal. Numbers of up to 16 digits, which is what events hold, go through eightDigits.
func appendInt(dst []byte, n int64) []byte {
	switch {
	case n >= 0 && n < 10:
		return append(dst, byte('0'+n))
	case n >= 0 && n < 1e8:
		return appendShort(dst, uint64(n))
	case n >= 0 && n < 1e16:
		dst = appendShort(dst, uint64(n/1e8))
		return binary.LittleEndian.AppendUint64(dst, eightDigits(uint64(n%1e8))|ones*'0')
	}
	return strconv.AppendInt(dst, n, 10)
}

// appendShort appends a number from 1 to 99,999,999 without leading zeros.
func appendShort(dst []byte, n uint64) []byte {
	v := eightDigits(n)
	zeros := bits.TrailingZeros64(v) / 8
	dst = binary.LittleEndian.AppendUint64(dst, (v|ones*'0')>>(zeros*8&63))
	return dst[:len(dst)-zeros]
}

// eightDigits returns the digits of n < 1e8, the first in the lowest byte: halves, quarters and eighths of the number are divided side by side in
// one word.
func eightDigits(n uint64) uint64 {
	v := n/10000 | n%10000<<32
	t := v * 10486 >> 20 & 0x0000007f_0000007f // each half / 100
	v = t | (v-t*100)<<16
	t = v * 103 >> 10 & 0x000f_000f_000f_000f // each quarter / 10
	return t | (v-t*10)<<8
}

// appendMillis appends a time, given in nanoseconds since 1970 UTC, in milliseconds; fractions are cut.
func appendMillis(dst []byte, ns int64) []byte { return appendInt(dst, ns/1e6) }

// appendTime appends a time, given in nanoseconds since 1970 UTC, as RFC 3339 in UTC with as many digits of the second (0, 3, 6 or 9) as it has.
func appendTime(dst []byte, ns int64) []byte {
	sec, frac := ns/1e9, ns%1e9
	if frac < 0 {
		sec, frac = sec-1, frac+1e9
	}
	days, rest := sec/86400, int(sec%86400)
	if rest < 0 {
		days, rest = days-1, rest+86400
	}
	// Days since 0000-03-01 in eras of 400 years, so that leap days end the years.
	z := days + 719468
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day := int(doy - (153*mp+2)/5 + 1)
	month := int(mp + 3)
	year := int(yoe + era*400)
	if month > 12 {
		month, year = month-12, year+1
	}
	dst = append2(append2(dst, year/100), year%100)
	dst = append2(append(dst, '-'), month)
	dst = append2(append(dst, '-'), day)
	dst = append2(append(dst, 'T'), rest/3600)
	dst = append2(append(dst, ':'), rest/60%60)
	dst = append2(append(dst, ':'), rest%60)
	if frac != 0 {
		dst = append(dst, '.')
		dst = append3(dst, int(frac/1e6))
		if frac %= 1e6; frac != 0 {
			dst = append3(dst, int(frac/1e3))
			if frac %= 1e3; frac != 0 {
				dst = append3(dst, int(frac))
			}
		}
	}
	return append(dst, 'Z')
}

func append2(dst []byte, n int) []byte {
	return append(dst, digitPairs[2*n], digitPairs[2*n+1])
}

func append3(dst []byte, n int) []byte { return append2(append(dst, byte('0'+n/100)), n%100) }
