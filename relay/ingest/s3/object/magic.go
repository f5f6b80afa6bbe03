package object

import "bytes"

// headBytes is how much of an object is looked at to see what it is.
const headBytes = 16

const (
	parquetName  = "parquet"
	parquetMagic = "PAR1"
)

// magics are the beginnings of what is not read, and what it is.
var magics = []struct{ head, what string }{
	{"PARE", "Parquet with an encrypted footer, which is not read"},
	{"BZh91AY&SY", "bzip2, which is not read: use gzip or zstd"},
	{"\xfd7zXZ\x00", "xz, which is not read: use gzip or zstd"},
	{"PK\x03\x04", "a zip archive, which is not read: use gzip or zstd"},
	{"\x04\x22\x4d\x18", "LZ4, which is not read: use gzip or zstd"},
	{"\xff\x06\x00\x00sNaPpY", "Snappy, which is not read: use gzip or zstd"},
	{"Obj\x01", "Avro, which is not read"},
	{"ARROW1\x00\x00", "Arrow, which is not read"},
}

// foreign says what the object is when it is something that is not read, or "".
func foreign(head []byte) string {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.head)) {
			return m.what
		}
	}
	return ""
}
