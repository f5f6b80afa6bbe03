// Command logrelay takes custody of logs at the edge of a network and delivers them to SIEMs. This package is its command
// line: one file a command, each a few lines around a plain function that takes a context, a writer and options. What the
// program does is in package relay and below.
//
// # Rules
//
//   - Results go to stdout; talk goes to stderr as "logrelay: WORD: text". After "error:" comes "hint:" where something can be done.
//   - --json wherever there is output; its fields are as stable as the flags.
//   - Exit status: 0 done, 1 failed, 2 wrong usage or configuration, 3 unhealthy. Only main exits.
//   - What cannot be undone asks, or needs --yes where nobody can be asked.
//   - Text of strangers (records, far ends' answers, certificates) is made printable before it reaches a terminal.
//   - No secret is taken from or put on a command line.
//
// # Why
//
//   - Changes (reload, forget, retry, drop) go through the admin socket and never to the files: the running relay alone writes
//     its log, and a tool run by root would leave files behind that the service cannot open. Looking (buffer ls, dump, verify)
//     reads the files, so that it works on a relay that does not start.
//   - Flags may stand after arguments (args.go): urfave/cli stops at the first argument, people do not.
//   - Completion scripts are written from the command tree rather than asking the program at each Tab: no start, and no second
//     way into the program.
//   - send does not repeat a request whose connection broke: plain HTTPS has no request id, so that the records might be stored twice.
//     It says how many are safe. "Busy" (503, 429) is an answer, and is tried again.
//   - send opens its own sockets and writes its own frames rather than use the packages of the outputs: a client that shares code with
//     the server it tests finds no fault in it.
//   - The log goes to journald by its native protocol (coreos/go-systemd, which also knows whether stderr is journald's) and not as lines with JSON in
//     them: fields are what journalctl and what reads the journal can ask for. A line of text stays in MESSAGE, for people.
//   - top is made with bubbletea, which is kept up: raw mode, keys, resizing, and giving the terminal back however the program ends are its affair. What
//     it shows is the screen of status, so that there is one of them to keep right. status --watch needs no more than two escape sequences.
//   - explain reads the log's files, as "buffer dump" does, and asks the running relay only for what its files do not tell.
//   - A support bundle masks the secrets of the configuration in everything that it takes along, also in what the relay and the journal said: masking
//     where text is made is the rule, and this is the net below it.
//   - schollz/progressbar draws the bar: it is kept up, and small.
package main
