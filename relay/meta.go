package relay

import "encoding/binary"

// MaxMeta bounds the encoded attributes of one record, in bytes.
const MaxMeta = 1<<16 - 1

// AppendMeta appends one attribute to dst in the form that Record.Meta has: length of the name, name, length of the
// value, value; lengths as unsigned varints.
func AppendMeta(dst []byte, key, value string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(key)))
	dst = append(dst, key...)
	dst = binary.AppendUvarint(dst, uint64(len(value)))
	return append(dst, value...)
}

// EachMeta calls f for every attribute in meta until f returns false. The slices point into meta. Damaged
// bytes end the walk.
func EachMeta(meta []byte, f func(key, value []byte) bool) {
	for len(meta) > 0 {
		var k, v []byte
		if k, v, meta = nextMeta(meta); k == nil || !f(k, v) {
			return
		}
	}
}

// nextMeta cuts the first attribute off m. A damaged m gives nils.
func nextMeta(m []byte) (key, value, rest []byte) {
	key, m, ok := cutString(m)
	if !ok {
		return nil, nil, nil
	}
	value, m, ok = cutString(m)
	if !ok {
		return nil, nil, nil
	}
	return key, value, m
}

func cutString(m []byte) (s, rest []byte, ok bool) {
	n, w := binary.Uvarint(m)
	if w <= 0 || n > uint64(len(m)-w) {
		return nil, nil, false
	}
	return m[w : w+int(n) : w+int(n)], m[w+int(n):], true
}
