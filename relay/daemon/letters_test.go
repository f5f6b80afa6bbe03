package daemon

import (
	"testing"

	"logrelay/relay"
	"logrelay/relay/status"
)

// TestLargeDeadLettersAreNotAllInMemory: what is refused for its size is large, and there may be a store full of it.
func TestLargeDeadLettersAreNotAllInMemory(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	const each = 12 << 20
	for i := range 3 {
		r := &relay.Record{Raw: make([]byte, each), Origin: &relay.Origin{Input: "in"}, Base: relay.ID{1}, Ordinal: uint64(i)}
		if err := s.letters.Put(t.Context(), relay.DeadLetter{Output: "siem", Record: r, Answer: "413"}); err != nil {
			t.Fatal(err)
		}
	}
	a := actions{s.Daemon}
	if list, err := a.DeadLetters(t.Context(), status.LetterQuery{All: true}, 10); err != nil || len(list) != 3 {
		t.Errorf("without records: %d, %v", len(list), err)
	}
	if list, err := a.DeadLetters(t.Context(), status.LetterQuery{All: true, Raw: true}, 10); err == nil || relay.HintOf(err) == "" {
		t.Errorf("with records: %d, %v", len(list), err)
	}
	one := status.LetterQuery{IDs: []string{(&relay.Record{Base: relay.ID{1}, Ordinal: 1}).ID()}, Raw: true}
	if list, err := a.DeadLetters(t.Context(), one, 10); err != nil || len(list) != 1 || len(list[0].Raw) != each {
		t.Errorf("one: %d, %v", len(list), err)
	}
}

// A typing error in an output's name is not taken for "it has no dead letters".
func TestDeadLettersOfNobody(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	a := actions{s.Daemon}
	for _, c := range []struct {
		output string
		known  bool
	}{{"", true}, {"siem", true}, {"input/in", true}, {"siemm", false}, {"input/siem", false}, {"in", false}, {"removed", true}} {
		if c.output == "removed" { // it has some still
			r := &relay.Record{Raw: []byte("x"), Origin: &relay.Origin{Input: "in"}, Base: relay.ID{1}}
			if err := s.letters.Put(t.Context(), relay.DeadLetter{Output: c.output, Record: r, Answer: "413"}); err != nil {
				t.Fatal(err)
			}
		}
		q := status.LetterQuery{Output: c.output, All: true}
		_, listed := a.DeadLetters(t.Context(), q, 1)
		_, dropped := a.DropDeadLetters(t.Context(), q)
		for _, err := range []error{listed, dropped} {
			if (err == nil) != c.known || err != nil && relay.HintOf(err) == "" {
				t.Errorf("output %q: %v", c.output, err)
			}
		}
	}
}
