package encode_test

import (
	"reflect"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/encode"
)

// encoders are those of json and ocsf, with all that they can do.
func encoders(t testing.TB) map[string]relay.EncodeFunc {
	t.Helper()
	out := map[string]relay.EncodeFunc{}
	for name, o := range map[string]encode.Options{
		"json": {}, "ecs": {}, "ecs-raw": {Raw: true}, "ocsf": {}, "ocsf-observables": {Observables: true}, "ocsf-1.1.0": {OCSFVersion: "1.1.0"},
		"ocsf-all": {Raw: true, Observables: true, OCSFVersion: "1.1.0"},
	} {
		schema, _, _ := strings.Cut(name, "-")
		enc, err := encode.New(schema, o)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = enc
	}
	return out
}

// fullEvents are an event of each class with everything in it.
func fullEvents() map[string]*relay.Event {
	out := map[string]*relay.Event{}
	for _, class := range classesOf() {
		var leaves []leaf
		for _, l := range leavesOf(class, false) {
			if !strings.HasSuffix(l.path, ".Quiet") {
				leaves = append(leaves, l)
			}
		}
		out[reflect.TypeOf(class).Elem().Name()] = fill(class, leaves)
	}
	return out
}

// BenchmarkClass is the encoding of events that have a value in every field of their class.
func BenchmarkClass(b *testing.B) {
	for name, enc := range encoders(b) {
		for class, e := range fullEvents() {
			b.Run(class+"/"+name, func(b *testing.B) {
				dst := enc(nil, e)
				b.ReportAllocs()
				b.SetBytes(int64(len(dst)))
				start := cpuTime()
				for b.Loop() {
					dst = enc(dst[:0], e)
				}
				b.ReportMetric(float64((cpuTime()-start).Nanoseconds())/float64(b.N), "cpu-ns/op")
			})
		}
	}
}

// TestNoAllocationsByClass: once a buffer is long enough, no class costs an allocation.
func TestNoAllocationsByClass(t *testing.T) {
	for name, enc := range encoders(t) {
		for class, e := range fullEvents() {
			dst := enc(nil, e)
			dst = enc(dst[:0], e)
			allowed := 0.0
			if strings.HasPrefix(name, "ecs") && class == "DNSQuery" {
				allowed = 1 // of package publicsuffix, see splitDomain
			}
			if got := testing.AllocsPerRun(20, func() { dst = enc(dst[:0], e) }); got > allowed {
				t.Errorf("%s as %s: %v allocations", class, name, got)
			}
		}
	}
}

// FuzzClasses: whatever stands in the texts of a class, each schema makes one line of it, one JSON object without an empty member or a
// name twice, and nothing is lost.
func FuzzClasses(f *testing.F) {
	for class := range classesOf() {
		f.Add(byte(class), ^uint64(0), "|=\xe2\x28\xa1\"\\\r\n\x00\x7f\xff\u2028{}[],:")
		f.Add(byte(class), uint64(0x5555_5555_5555_5555), "a")
		f.Add(byte(class), uint64(1), "")
	}
	encs := encoders(f)
	f.Fuzz(func(t *testing.T, number byte, which uint64, text string) {
		list := classesOf()
		class := list[int(number)%len(list)]
		var leaves []leaf
		for i, l := range leavesWith(class, text) {
			if which>>(i%64)&1 != 0 {
				leaves = append(leaves, l)
			}
		}
		e := fill(class, leaves)
		e.Rest = append(e.Rest, relay.Field{Name: "text of the source", Value: text + "rest2x"})
		e.Record.Raw = []byte(text)
		for name, enc := range encs {
			b := enc([]byte("before"), e)
			if string(b[:6]) != "before" {
				t.Fatalf("%s: what was there is gone: %q", name, b)
			}
			b = b[6:]
			oneLine(t, b)
			checkMembers(t, b)
			decode(t, b)
			schema, _, _ := strings.Cut(name, "-")
			for _, l := range leaves {
				if !strings.Contains(string(b), l.token) && !lost(schema, l, len(leaves) == 1) {
					t.Fatalf("%s: %s (%s) is lost in %s", name, l.path, l.token, b)
				}
			}
			if !strings.Contains(string(b), "rest2x") {
				t.Fatalf("%s: the rest is lost in %s", name, b)
			}
		}
	})
}
