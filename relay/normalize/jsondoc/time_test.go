package jsondoc

import "testing"

// TestUsualTime: the short way to read the usual form of a time says what the long one does, and leaves to it what it does not know.
func TestUsualTime(t *testing.T) {
	t.Parallel()
	for s, short := range map[string]bool{
		"2026-11-21T09:15:32Z": true, "2026-11-21T09:15:32.5Z": true, "2024-02-28T23:59:59.123456789Z": true, "1678-01-01T00:00:00.000Z": true, "2261-12-28T00:00:00.010Z": true,
		"2024-02-29T00:00:00Z": false, "2026-02-29T00:00:00Z": false, "2026-02-30T00:00:00Z": false, "2026-12-31T00:00:00Z": false, "2026-04-31T00:00:00Z": false,
		"2026-00-21T09:15:32Z": false, "2026-13-21T09:15:32Z": false, "2026-11-00T09:15:32Z": false, "2026-11-21T24:00:00Z": false, "2026-11-21T09:60:32Z": false,
		"2026-11-21T09:15:60Z": false, "1677-12-01T00:00:00Z": false, "2262-01-01T00:00:00Z": false, "0000-01-01T00:00:00Z": false, "9999-01-01T00:00:00Z": false,
		"2026-11-21T09:15:32": false, "2026-11-21 09:15:32Z": false, "2026-11-21T09:15:32+01:00": false, "2026-11-21T09:15:32.1234567890Z": false,
		"2026-11-21T09:15:32.Z": false, "2026-11-21T09:15:32,5Z": false, "2026-11-21T09:15:32.5xZ": false, "2026-11-21T09:15:-2Z": false, "2026-1 -21T09:15:32Z": false,
		"+026-11-21T09:15:32Z": false, "2026-11/21T09:15:32Z": false, "2026-11-21T09.15:32Z": false, "2026-11-21T09:15.32Z": false,
	} {
		want, wantOK := parseText(s)
		if got, ok := ParseTime(s); got != want || ok != wantOK {
			t.Errorf("%s: %d, %v, not %d, %v", s, got, ok, want, wantOK)
		}
		if _, ok := parseUTC(s); ok != short {
			t.Errorf("%s: read in the short way: %v", s, ok)
		}
	}
}
