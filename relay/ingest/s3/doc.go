// Package s3 is the source that pulls objects from S3, told of them by notifications in an SQS queue, and takes every record into custody once.
//
//	Queue.Receive ─▶ message ─▶ notice.Parse ─▶ objects ─▶ wanted? ─▶ Ledger.Lookup ─▶ Store.Get ─▶ object.Reader ─▶ batch ─▶ Sink.Put
//	     ▲               │                                              done: next          └─ blob: ranges          └─ with a mark
//	     │               ├─ keeper: hidden from the receipt on, until one of:
//	     └───────────────┼─ deleted: all of it is in custody, or set aside
//	                     └─ shown again: at the end, after 11 h 50 min, or with back-off after a failure
//
// It knows its queue and its store as interfaces; package access reaches AWS. Package notice reads messages, package object cuts objects.
//
// # Invariants
//
//   - A message is deleted when every record of every object in it is in custody, or when what cannot be is in the dead-letter store, fsynced. Never before.
//   - A delivery is one version of an object: bucket, key, and version id, or the entity tag where the bucket keeps no versions. The answer of S3 names it, not the
//     notification, which may be stale. Each batch carries a mark of how far the delivery is, committed with the records; the last one says that nothing
//     follows. Records and ordinals of a delivery are put by one goroutine, in order. So a crash at any moment costs a second reading and no record.
//   - A half-read object goes on with the splitter that its mark names. When this program no longer knows that one, the object is taken from its
//     beginning under another delivery id: duplicates, never two records with one id.
//   - One delivery is in hand once in a process, whichever input has it (Options.Flights); who comes later waits, and finds it done.
//   - Who has borrowed memory waits for no more of it, and for no delivery: an object that turns out to need more is begun anew, with all it needs.
//   - What a notification may make the relay do is bounded: buckets that Options.Buckets does not name are never asked for, and their pointers are set
//     aside without turning anything red.
//   - At most Workers messages are in work, and no more are asked for than can be begun. A full sink, or a store that lets nobody in, stops receiving; what is in
//     hand stays hidden meanwhile.
//
// # What becomes of failures
//
//	object missing (404)                pointer set aside, message deleted
//	object broken in the middle         what could be read is in custody, pointer with the place set aside, message deleted;
//	                                    likewise where a decoder panics
//	object overwritten before or while  what is there now is taken; what was cut off is set aside as above
//	403, KMS, no bucket, no queue       shown again with back-off, never deleted; red after a minute without a success in that bucket
//	403 of one object among readable    after MaxReceives it is taken for deleted: S3 says 403 for 404 without s3:ListBucket; pointer set aside. Only
//	                                    AccessDenied counts, that does not name reading itself, and only if others of the bucket were read since it was first met
//	throttled                           shown again with back-off, never set aside
//	server error, archived, garbage     shown again with back-off; left to the queue's redrive policy, or without one set aside after MaxReceives
//	bucket not allowed                  pointer set aside, message deleted
//
// A pointer is the message as it came, or for one object of several the event that S3 would send of that one. (*Source).Retry takes it in again, from
// where the object broke.
//
// # Why
//
//   - One keeper for all messages, and not a timer for each: changes of visibility go out in batches of ten, and what waits for its turn is kept like what is in work.
//     A third of the timeout is spent before the first attempt, so that two thirds are left for others.
//   - Permits for messages and slots for objects are two things: a long poll holds permits for what may come, and must not hold up a backfill.
//   - An object waits while a batch of it is being committed. To fill the next one meanwhile was tried: neither one large object nor sixteen came in faster,
//     for the log takes a batch sooner than the next is inflated. Workers overlap with each other, and share an fsync in the log.
//   - Receiving slows down while nothing but failures comes of it. One wrong key policy would otherwise carry the whole queue through its redrive policy
//     to the dead-letter queue, message by message.
//   - Whether the queue has a redrive policy is asked when it matters, and again after ten minutes: an operator may add one. Where that cannot be known, one is
//     assumed, and nothing is taken away from the queue.
//   - What came of a message of which a part failed is kept: the ledger knows the objects that are done, so only the others are read again.
//   - A pointer to an object in a bucket that is not allowed is set aside and not only counted: the likely cause is a list that lacks an entry, and a retry
//     after mending it brings the object in.
package s3
