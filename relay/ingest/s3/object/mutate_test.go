package object

import (
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"logrelay/relay/ingest"

	"github.com/parquet-go/parquet-go"
)

// Parquet in which a few bytes are wrong ends, in order or with an *Error, and never takes memory out of proportion. It does not run beside other tests, whose
// memory would count.
func TestParquetMutated(t *testing.T) {
	seeds := [][]byte{
		writeParquet(t, flowRows(20), parquet.Compression(&parquet.Gzip), parquet.DataPageVersion(1)),
		writeParquet(t, flowRows(20), parquet.Compression(&parquet.Snappy)),
		writeParquet(t, []struct {
			A []struct{ B []string }
			C map[string]int32
		}{{A: []struct{ B []string }{{[]string{"x", "y"}}}, C: map[string]int32{"k": 1}}}, parquet.Compression(&parquet.Uncompressed)),
	}
	rnd := rand.New(rand.NewPCG(7, 9))
	for i := range 1500 {
		file := append([]byte(nil), seeds[i%len(seeds)]...)
		for range 1 + rnd.IntN(4) {
			file[4+rnd.IntN(len(file)-12)] = byte(rnd.IntN(256))
		}
		taken := allocated(func() {
			r, err := NewReader(newBlob(file), Options{MaxRecord: 64 << 10})
			if err != nil {
				return
			}
			defer r.Close()
			var p ingest.Piece
			for n := 0; n < 100_000 && err == nil; n++ {
				err = r.Next(&p)
			}
			if e := new(Error); err != io.EOF && !errors.As(err, &e) {
				t.Errorf("mutation %d ended with %v", i, err)
			}
		})
		if taken > 200<<20 {
			t.Errorf("mutation %d took %d bytes", i, taken)
		}
	}
}
