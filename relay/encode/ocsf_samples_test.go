package encode_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/ingest"
	"logrelay/relay/normalize"
	"logrelay/relay/relaytest"
)

// TestAllSamples: the records of every sample become strictly valid OCSF and sound JSON, by the kind that is recognised and by
// the kind that its folder is named after.
func TestAllSamples(t *testing.T) {
	t.Parallel()
	dir := relaytest.Reference(t, "samples")
	var files []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch ext := filepath.Ext(strings.TrimSuffix(name, ".gz")); {
		case err != nil || d.IsDir() || filepath.Dir(name) == dir:
		case ext == ".log", ext == ".json", ext == ".jsonl", ext == ".txt":
			files = append(files, name)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, name := range files {
		rel, _ := filepath.Rel(dir, name)
		t.Run(rel, func(t *testing.T) {
			t.Parallel()
			folder, _, _ := strings.Cut(rel, string(filepath.Separator))
			sampleFile(t, name, relay.Kind(folder))
		})
	}
}

// maxChecked is how many records of one file are looked at, spread over the file.
const maxChecked = 400

// sampleFile checks the records of a file.
func sampleFile(t *testing.T, name string, folder relay.Kind) {
	kinds := []relay.Kind{relay.KindAuto}
	for _, k := range relay.Kinds {
		if k == folder {
			kinds = append(kinds, k)
		}
	}
	recs := sampleRecords(t, name)
	flat, err := encode.New("json", encode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ocsf, err := encode.New("ocsf", encode.Options{Raw: true, Observables: true})
	if err != nil {
		t.Fatal(err)
	}
	s, old := readOCSF(t), schema110(t)
	n := normalize.New()
	classes := map[string]int{}
	step := len(recs)/maxChecked + 1
	for i := 0; i < len(recs); i += step {
		for _, k := range kinds {
			o := *recs[i].Origin
			o.Kind = k
			r := recs[i]
			r.Origin = &o
			var es relay.Events
			n.Append(&es, &r)
			for j := range es.List {
				b := ocsf(nil, &es.List[j])
				checkMembers(t, withoutJSON(t, b))
				v := decode(t, b)
				if err := s.check(v); err != nil {
					t.Fatalf("%v in %s\nof %s", err, b, r.Raw)
				}
				if old != nil {
					b := older(t, encode.Options{})(nil, &es.List[j])
					if err := old.check(decode(t, b)); err != nil {
						t.Fatalf("in 1.1.0 %v in %s\nof %s", err, b, r.Raw)
					}
				}
				decode(t, flat(nil, &es.List[j]))
				class, _ := v["class_name"].(string)
				if es.List[j].Fault.Reason != relay.FaultNone {
					class = "fault " + es.List[j].Fault.Reason.String()
				}
				classes[string(k)+" as "+string(es.List[j].Kind)+": "+class]++
			}
		}
	}
	t.Log(classes)
}

// withoutJSON takes away what is JSON of the source, in which anything may stand.
func withoutJSON(t *testing.T, b []byte) []byte {
	t.Helper()
	v := decode(t, b)
	delete(v, "unmapped")
	delete(v, "api")
	delete(v, "resources")
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sampleRecords cuts a file into records as an input does. What test suites have put around a record (event, message, body in base64) is
// taken off as well.
func sampleRecords(t *testing.T, name string) []relay.Record {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if b, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	out := cutRecords(t, b)
	if !strings.HasSuffix(name, ".jsonl") {
		return out
	}
	for _, r := range out {
		var wrapped struct {
			Event   json.RawMessage
			Message string
			M64     string `json:"message_b64"`
			B64     string `json:"body_b64"`
		}
		if json.Unmarshal(r.Raw, &wrapped) != nil {
			continue
		}
		for _, inner := range [][]byte{wrapped.Event, []byte(wrapped.Message), unbase64(wrapped.M64), unbase64(wrapped.B64)} {
			out = append(out, cutRecords(t, inner)...)
		}
	}
	return out
}

func unbase64(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}

// cutRecords cuts a body.
func cutRecords(t *testing.T, b []byte) (out []relay.Record) {
	t.Helper()
	split := ingest.NewSplitter(b, ingest.SplitOptions{Columns: true, Fields: true, Lenient: true})
	for {
		var p ingest.Piece
		err := split.Next(&p)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		o := &relay.Origin{Input: "main", Peer: "192.0.2.7:41532"}
		if p.Context != nil {
			o.Columns, o.Attrs = p.Context.Columns, p.Context.Attrs
		}
		out = append(out, relay.Record{
			Raw: bytes.Clone(p.Raw), Meta: bytes.Clone(p.Meta), Flags: p.Flags, Origin: o,
			Received: 1_795_252_533_500_000_000, Ordinal: uint64(len(out)),
		})
	}
}
