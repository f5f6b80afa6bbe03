# Reads the output of go test -json, and prints what go test -v says, a package after the other. What is still under way at the end comes last:
# what its package has said, and "running: PACKAGE TEST for SECONDS s", as of the time "ended".
function field(name,   rest) {
	if (!match($0, "\"" name "\":\"")) return ""
	rest = substr($0, RSTART + RLENGTH)
	return substr(rest, 1, index(rest, "\"") - 1)
}
function seconds(time) { return substr(time, 12, 2) * 3600 + substr(time, 15, 2) * 60 + substr(time, 18, 2) }
function plain(text) {
	gsub(/\\\\/, "\001", text)
	gsub(/\\"/, "\"", text)
	gsub(/\\n/, "\n", text)
	gsub(/\\t/, "\t", text)
	gsub(/\\r/, "", text)
	gsub(/\\u003c/, "<", text)
	gsub(/\\u003e/, ">", text)
	gsub(/\\u0026/, "\\&", text)
	gsub(/\\u001b/, "^[", text)
	gsub("\001", "\\", text)
	return text
}
function flush(package,   i) {
	for (i = 0; i < n[package]; i++) { printf "%s", said[package, i]; delete said[package, i] }
	delete n[package]
}

!/^\{"/ { print; next }
{
	action = field("Action"); package = field("Package"); test = field("Test"); time = field("Time")
	if (time) now = seconds(time)
}
action == "build-output" { package = "build of " field("ImportPath") }
action ~ /output$/ {
	match($0, /"Output":"/)
	text = substr($0, RSTART + RLENGTH)
	sub(/",?("OutputType":"[a-z-]*")?\}$/, "", text)
	if (test && test != last[package]) { # go test -v says so too, and its JSON leaves it out
		said[package, n[package] + 0] = "=== NAME  " test "\n"
		n[package]++
		last[package] = test
	}
	said[package, n[package] + 0] = plain(text)
	n[package]++
	if (action == "build-output") flush(package)
	next
}
action == "run" { begun[package " " test] }
action == "run" || action == "cont" { since[package " " test] = now }
action == "pause" { delete since[package " " test] }
action ~ /^(pass|fail|skip)$/ && test { delete since[package " " test]; delete begun[package " " test] }
action ~ /^(pass|fail|skip)$/ && !test { flush(package) }
END {
	for (package in n) flush(package)
	now = seconds(ended)
	for (name in since) {
		waits = 0 # for a part of it
		for (other in begun) if (index(other, name "/") == 1) waits = 1
		if (!waits) printf "running: %s for %d s\n", name, (now - since[name] + 86400) % 86400
	}
}
