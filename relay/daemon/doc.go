// Package daemon puts the relay together and runs it. It alone knows the configuration's types and all packages.
//
//	New ── opens, in this order: log and dead letters, certificate, outputs (cursors, destinations), inputs (listeners), admin
//	Run ── READY ─▶ reloads … ─▶ first signal: inputs end ─▶ outputs drain (drain_timeout) ─▶ log closes ─▶ return
//	                                └───────── second signal: everything is cut short ─────────┘
//
// # Files
//
//   - daemon.go: New, Run, close. runner.go: how an input and an output are started.
//   - inputs.go, inputs_s3.go, outputs.go, destinations.go, rules.go, log.go, admin.go: configuration into each package's Options.
//   - listen.go: the listeners, which outlive the sources that use them. sockets.go: those of the service manager against the configuration.
//     acme.go: certificates from a CA. token.go: the generated token.
//   - reload.go, access.go, contents.go: what changes between two configurations, and in the files that they name. check.go, check_s3.go: `logrelay check`. check_aws.go, keys.go: `logrelay aws`,
//     its checks and its access keys. metriclist.go: `logrelay metrics`.
//   - doctor.go, doctor_net.go: `logrelay doctor`. wants.go: a question of `logrelay explain`.
//   - tap.go: where records can be looked at as they pass. tail.go: the live tail, by whoever looks. rates.go: rates of the last half minute.
//   - snapshot.go, metrics.go, actions.go: what the admin doors show and do. notify.go: the service manager.
//
// # Invariants
//
//   - Only Run's goroutine changes the sets of inputs and outputs; d.mu guards them against readers.
//   - No far end can keep the program from starting or make it restart: outputs are built without connecting, and the watchdog looks
//     at internal loops only. A broken disk does end it, with status 1.
//   - A reload either takes place or changes nothing: everything new is built (ports bound, files read) before anything old
//     is stopped. An input whose access rules alone changed is not replaced; an input that is replaced keeps its port, through a second
//     handle on the same socket, and its old connections run on until they end, under the rules of
//     now; where those cannot be given to them, they are ended.
//   - An input that pulls is stopped, and has given its messages back, before its successor starts: two of them would read the same objects.
//   - Who watches records costs the pipeline one atomic load while there is nobody, and copies into a bounded buffer while there is somebody. Everything
//     else is done by the watcher's own goroutine, on the copy: normalizing it again, encoding, masking, searching.
//
// # Why
//
//   - Sockets from the service manager are matched by the input's name and a left-over one is an error: a typing error in a
//     unit would otherwise be a port on which nobody answers. One that is elsewhere than the input's listen is used, and said to be so by the
//     log, status and check: to refuse it would stop intake over a difference that harms nobody who sends there. A check by hand has no sockets; it
//     asks systemd what the units hold.
//   - Some keys cannot change while the process runs (state_dir, buffer.dir, memory_limit, admin but for its users): a reload that would need it
//     fails and says so, rather than taking half of the new file.
package daemon
