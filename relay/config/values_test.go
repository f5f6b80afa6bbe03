package config

import "testing"

func TestBytes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want Bytes
		back string
	}{
		{"0", 0, "0"}, {"1", 1, "1"}, {"100B", 100, "100"}, {"64KiB", 64 << 10, "64KiB"}, {"1.5GiB", 3 << 29, "1536MiB"},
		{"10 GiB", 10 << 30, "10GiB"}, {"1TB", 1e12, "976562500KiB"}, {"9223372036854775807", 1<<63 - 1, "9223372036854775807"},
	} {
		var b Bytes
		if err := b.UnmarshalText([]byte(tt.text)); err != nil || b != tt.want || b.String() != tt.back {
			t.Errorf("%q = %d %q, %v; want %d %q", tt.text, b, b, err, tt.want, tt.back)
		}
	}
	for _, text := range []string{"", "KiB", "-1", "1e3", "0x10", "1..5GiB", "1PiB", "NaN", "Inf", "9223372036854775808", "9999999TiB", "1,5GiB"} {
		var b Bytes
		if err := b.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q = %d, want an error", text, b)
		}
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Percent{"50%": 50, "1": 1, "100%": 100, "0%": 0, "101%": 0, "-5%": 0, "5%%": 0, "": 0} {
		var p Percent
		if err := p.UnmarshalText([]byte(text)); (err == nil) != (want > 0) || p != want {
			t.Errorf("%q = %d, %v; want %d", text, p, err, want)
		}
	}
	if got := Percent(50).Of(1<<63 - 1); got != 1<<62-1 {
		t.Errorf("half of the largest size = %d", got)
	}
}

func TestDidYouMean(t *testing.T) {
	t.Parallel()
	known := []string{"listen", "networks", "tenant", "type"}
	for word, want := range map[string]string{
		"lisen": "listen", "litsen": "listen", "network": "networks", "tpye": "type", "tenants": "tenant", "x": "", "": "", "completely": "",
	} {
		got := didYouMean(word, known)
		if want != "" {
			want = `; did you mean "` + want + `"?`
		}
		if got != want {
			t.Errorf("didYouMean(%q) = %q, want %q", word, got, want)
		}
	}
}
