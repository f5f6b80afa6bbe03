package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"logrelay/relay/relaytest"
)

// TestNormalizeParquet: the rows of a Parquet file are read, and those of the same flow log in text give as many events.
func TestNormalizeParquet(t *testing.T) {
	t.Parallel()
	var counts []int
	for _, ending := range []string{".parquet", ".log.gz"} {
		files, err := filepath.Glob(filepath.Join(relaytest.Reference(t, "samples", "vpcflow"), "*_vpcflowlogs_*"+ending))
		if err != nil || len(files) != 1 {
			t.Fatalf("%q, %v", files, err)
		}
		var out bytes.Buffer
		o := normalizeOptions{schema: "json"}
		o.origin.Input = "normalize"
		if err := o.run(files, nil, &out); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out.String(), `"kind":"vpcflow"`); n != strings.Count(out.String(), "\n") || strings.Contains(out.String(), "parse_error") {
			t.Errorf("%s: %d flows in %d lines", ending, n, strings.Count(out.String(), "\n"))
		} else {
			counts = append(counts, n)
		}
	}
	if len(counts) == 2 && (counts[0] != counts[1] || counts[0] == 0) {
		t.Errorf("%d rows of Parquet, %d of text", counts[0], counts[1])
	}
}
