// Package awsiam is what an operator does in IAM for the relay, with the operator's own credentials: it rotates the access key of the relay's user, and
// says what the relay's identity may do. The relay itself never imports it (imports_test.go): its identity needs no right to IAM, and should have none.
//
// # Rotation
//
// The key is in two files that the relay reads again before use. Each line is safe to be the last: a failure is undone, or leaves two keys
// of which the relay has one that works, and the next run goes on from there.
//
//	look       whose key is it, is there room for a second (IAM: two for a user), can the files be written
//	create     a new key; kept at once in FILE.new, so that a process that dies does not lose it
//	try        until AWS knows it everywhere: IAM is eventually consistent         failed: the new key is deleted
//	switch     FILE.old is written, then FILE is replaced, both atomically         failed: FILE is put back, the new key deleted
//	relay      the running relay is told, and watched until it pulls with it       failed: both keys stay, the next run goes on here
//	deactivate the old key, and the relay is watched once more                     failed: the old key is activated again
//	delete     the old key and FILE.old, by a run after the grace time
//
// The state is what IAM and the files say, and nothing else is kept: which key is in FILE, in FILE.old and in FILE.new, and which of them IAM has.
//
// # Invariants
//
//   - A key is deactivated or deleted only if it is not the one in the files, and is one that a run of ours put into FILE.old or FILE.new.
//   - No secret is printed or in an error.
//   - The files keep mode and owner. A link is followed, and what it points to replaced.
//
// # Why
//
//   - CreateAccessKey is asked once and never again by itself: where the answer was lost, a second request would make a second key, which
//     nobody knows and which takes the user's last place. What a lost answer made is found by listing, and deleted.
//   - Two files cannot be replaced in one step. Between the two renames, some microseconds, a relay that reads them gets a pair that does not fit;
//     it is refused, reads them again and goes on. A process that dies just there has left FILE.new, from which the next run completes them.
//   - FILE.old's time is when the key was replaced, which starts the grace time. No other state can then be lost or contradict it.
//   - Several successes in a row are asked for of a new key: the first may come from a server of AWS's that knows it before the others do.
package awsiam
