package field

import "logrelay/relay"

// Lower returns s with A to Z in lower case, in memory of es where that changes it.
func Lower(es *relay.Events, s string) string {
	for i := range len(s) {
		if s[i]-'A' <= 25 {
			b := append(make([]byte, 0, 64), s...)
			for ; i < len(b); i++ {
				if b[i]-'A' <= 25 {
					b[i] |= 0x20
				}
			}
			return es.Text(b)
		}
	}
	return s
}
