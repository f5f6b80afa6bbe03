package main

import (
	"bytes"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// Not parallel: its servers could take the port that a program of another test is about to listen on.
func TestBucketHoldsWhatIsAnnounced(t *testing.T) {
	b, err := newBucket("", t.TempDir(), pull{contentFlow, 50, "raw"})
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	if err := b.fill(t.Context(), 120); err != nil {
		t.Fatal(err)
	}
	if len(b.sent) != 3 || sum(b.sent) != 120 || b.sent[2] != 20 {
		t.Errorf("records of the objects: %d", b.sent)
	}
	made, err := newMaker(contentFlow).object(2, 20)
	if err != nil {
		t.Fatal(err)
	}
	want := []byte(made.key)
	if len(b.notices) != 3 || !bytes.Contains([]byte(b.notices[2]), want) {
		t.Errorf("%q does not tell of %s", b.notices, want)
	}
	if b.store.Calls("PutObject") != 3 {
		t.Errorf("%d objects were stored", b.store.Calls("PutObject"))
	}
}

func TestRecordsOfObjectsAreMarked(t *testing.T) {
	t.Parallel()
	for _, content := range []string{contentFlow, contentTrail} {
		m, v := newMaker(content), newVerifier(contentMark(content))
		sent := []uint64{30, 70}
		for i, n := range sent {
			made, err := m.object(i, n)
			if err != nil {
				t.Fatal(err)
			}
			z, err := gzip.NewReader(bytes.NewReader(made.zipped))
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(z)
			if err != nil || int64(len(text)) != made.text {
				t.Errorf("%s: %d bytes, not %d, %v", content, len(text), made.text, err)
			}
			v.scan(text, 0)
		}
		if got, _ := v.result(); got.Messages != 100 || got.Unique != 100 || v.missing(sent) > 0 {
			t.Errorf("%s: %+v", content, got)
		}
	}
}
