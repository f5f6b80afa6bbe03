package encode

import (
	"strings"
)

// The functions of this file read JSON texts that a kind has checked already: they do not check again, and read nothing beyond the text
// whatever it holds.

// jsonMember returns the text of the member name of an object; "" when there is none, or no object. Names are compared as they stand.
func jsonMember(object, name string) string {
	for it := membersOf(object); it.next(); {
		if it.name == name {
			return it.value
		}
	}
	return ""
}

// jsonString returns what stands between the quotes of a JSON string; "" for all else, and for strings with escapes.
func jsonString(value string) string {
	if len(value) < 2 || value[0] != '"' || strings.IndexByte(value, '\\') >= 0 {
		return ""
	}
	return value[1 : len(value)-1]
}

// jsonEmpty reports whether a JSON value says nothing: null, "", {} or [].
func jsonEmpty(value string) bool {
	switch {
	case value == "" || value == "null" || value == `""`:
		return true
	case value[0] == '{' || value[0] == '[':
		for i := 1; i < len(value); i++ {
			if value[i] > ' ' {
				return value[i] == '}' || value[i] == ']'
			}
		}
	}
	return false
}

// isObject reports whether a JSON value is an object.
func isObject(value string) bool { return value != "" && value[0] == '{' }

// jsonItems walks over the members of an object or the elements of an array.
type jsonItems struct {
	name, value string // of the item in hand; name as it stands, "" in arrays

	text string
	i    int
	named,
	open bool
}

func membersOf(text string) jsonItems {
	return jsonItems{text: text, i: 1, named: true, open: len(text) > 0 && text[0] == '{'}
}

func elementsOf(text string) jsonItems {
	return jsonItems{text: text, i: 1, open: len(text) > 0 && text[0] == '['}
}

func (it *jsonItems) next() bool {
	if !it.open {
		return false
	}
	it.i = jsonGap(it.text, it.i)
	if it.i >= len(it.text) || it.text[it.i] == '}' || it.text[it.i] == ']' {
		it.open = false
		return false
	}
	if it.named {
		end := jsonEnd(it.text, it.i)
		it.name = it.text[min(it.i+1, end):max(it.i+1, end-1)]
		it.i = jsonGap(it.text, end)
	}
	end := jsonEnd(it.text, it.i)
	it.value = it.text[it.i:end]
	it.i = end
	return true
}

// jsonGap returns where blanks, commas and colons from i on end.
func jsonGap(s string, i int) int {
	for i < len(s) && (s[i] <= ' ' || s[i] == ',' || s[i] == ':') {
		i++
	}
	return i
}

// jsonEnd returns where the value that begins at i ends.
func jsonEnd(s string, i int) int {
	depth := 0
	for i < len(s) {
		switch s[i] {
		case '"':
			i = jsonQuote(s, i)
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				return min(i+1, len(s))
			}
		default:
			if depth == 0 {
				for i < len(s) && s[i] > ' ' && s[i] != ',' && s[i] != '}' && s[i] != ']' {
					i++
				}
				return i
			}
		}
		i++
	}
	return len(s)
}

// jsonQuote returns where the string that begins at i ends.
func jsonQuote(s string, i int) int {
	for i++; i < len(s); i++ {
		n := strings.IndexByte(s[i:], '"')
		if n < 0 {
			return len(s)
		}
		i += n
		slashes := 0
		for s[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes&1 == 0 {
			return i + 1
		}
	}
	return len(s)
}

// memberKeyword appends a string, or a number or a truth as a string: what has the type keyword is one. What says nothing is left out, and all else.
func memberKeyword(dst []byte, key, value string) []byte {
	switch {
	case jsonEmpty(value) || value[0] == '{' || value[0] == '[':
		return dst
	case value[0] == '"':
		return memberJSON(dst, key, value)
	}
	dst = append(append(dst, key...), '"')
	return append(append(dst, value...), '"')
}

// memberTextOf is member for the text of a JSON value. Objects of which every sender has its own go out like this: as objects, each of their members
// would become a field of the index.
func memberTextOf(dst []byte, key, value string) []byte {
	if jsonEmpty(value) {
		return dst
	}
	return member(dst, key, value)
}

// memberPruned is memberJSON for an object or array of which null, "", {} and [] are left out at every level.
func memberPruned(dst []byte, key, value string) []byte {
	at := len(dst)
	dst, _, ok := appendPruned(append(dst, key...), value, 0)
	if !ok {
		return dst[:at]
	}
	return dst
}

// appendPruned appends the value at i, and returns where it ends and whether anything of it is left. jsondoc.MaxDepth bounds its recursion.
func appendPruned(dst []byte, s string, i int) (out []byte, end int, ok bool) {
	i = jsonGap(s, i)
	if i >= len(s) {
		return dst, i, false
	}
	switch s[i] {
	case '{', '[':
		return appendPrunedItems(dst, s, i)
	case '"':
		end = jsonQuote(s, i)
		if end == i+2 {
			return dst, end, false
		}
	default:
		end = max(jsonEnd(s, i), i+1)
		if s[i:end] == "null" {
			return dst, end, false
		}
	}
	return appendJSON(dst, s[i:end]), end, true
}

// appendPrunedItems is appendPruned for an object or an array.
func appendPrunedItems(dst []byte, s string, i int) (out []byte, end int, ok bool) {
	at, bracket := len(dst), s[i]
	dst = append(dst, bracket)
	for i = jsonGap(s, i+1); i < len(s) && s[i] != '}' && s[i] != ']'; i = jsonGap(s, i) {
		item := len(dst)
		if item > at+1 {
			dst = append(dst, ',')
		}
		if bracket == '{' {
			name := jsonQuote(s, i)
			dst = append(appendJSON(dst, s[i:name]), ':')
			i = name
		}
		var kept bool
		if dst, i, kept = appendPruned(dst, s, i); !kept {
			dst = dst[:item]
		}
	}
	if len(dst) == at+1 {
		return dst[:at], i + 1, false
	}
	return append(dst, bracket+2), i + 1, true // '{' + 2 is '}', '[' + 2 is ']'
}
