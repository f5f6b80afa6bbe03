# Reads the output of go test -v, and prints of each test that failed its last lines; of what passed nothing; and what belongs to no test.
BEGIN { most = 60 } # lines of a test, or of a panic

function keep(name, line) { text[name, n[name]++] = line }
function forget(name,   i) { for (i = 0; i < n[name]; i++) delete text[name, i]; delete n[name] }
function show(name,   i) {
	i = n[name] > most ? n[name] - most : 0
	if (i > 0) print "    [" i " lines of " name " left out]"
	for (; i < n[name]; i++) print text[name, i]
	forget(name)
}

/^=== / { if ($2 != "PAUSE") test = $3; next }
/^ *--- (PASS|SKIP):/ { forget($3); next }
/^ *--- FAIL:/ { show($3); print; next }
/^(panic:|fatal error:)/ { panicked = 1; left = most; if (test) show(test) }
/^(ok|FAIL|\?|PASS|exit status)/ {
	if (/^(ok|FAIL)[ \t]/ || (/^exit/ && panicked)) print
	if (/^(ok|FAIL)[ \t]/) { for (name in n) forget(name); panicked = 0; test = "" }
	next
}
panicked { if (left-- > 0) print; next }
test == "" { print; next }
{ keep(test, $0) }
