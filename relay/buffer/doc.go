// Package buffer is the durable log in the middle of the relay: sources put batches in, outputs lease records out. Put returns nil
// when the batch is fsynced; a record leaves when every cursor has an outcome for it. The package knows nothing of what
// records mean, who sends them, or where they go.
//
//	Put ─▶ queue ─▶ committer ─▶ block ▮▮▮▮ write, fsync ─▶ Put returns nil
//	                                    │
//	                    segment ─ segment ─ segment        cursor "siem"    Next ─▶ lease ─▶ Ack(outcome)
//	                                 ▲          ▲                            position moves over the unbroken run
//	                                 └ cursors ─┘          keeper: syncs cursors, deletes segments that all have passed
//
// # Invariants
//
//   - Put answers after the fsync of the data, and of the directory where a file is new. There is no other mode.
//   - A batch is in one block, so it is in the log whole or not at all, also when it was never acknowledged.
//   - Records have numbers: the n-th record ever accepted, without gaps. start + outcomes = position and position + waiting =
//     end, for every cursor, at every moment and after every crash. A number is never given twice: the first one after a start
//     is not below any cursor's position.
//   - Nothing is added to a segment that an earlier run of the process wrote, or in which a write failed.
//   - A write that failed for another reason than lack of space, and every failed fsync of what was not yet answered for, break the log for good. The footer
//     that ends a segment holds nothing of its own: where it cannot be written, the next start reads the blocks instead.
//   - A segment is deleted only when every cursor's fsynced position is behind it and the ledger holds its marks. Without any
//     cursor nothing is deleted.
//   - Two goroutines belong to a log: the committer and the keeper. Close waits for both.
//
// # The directory
//
//	lock                    flock; the process id, for people
//	0000000000000042.seg    a segment; the name is its sequence number, higher than all that the ledger covers
//	0000000000000040.spare  a segment that was, and waits to be used again; contents do not matter
//	NAME.cursor             a cursor; bytes of the name other than letters, digits, '-' and '_' as %XX
//	cursors                 the cursors that there are: one file name without suffix a line, then the CRC32C of the lines in hex
//	totals                  only in the store of dead letters: what was resolved; see DeadLetters
//	ledger/                 how far deliveries have come; see type ledger
//	damaged/                copies of bytes that could not be read, for people; 64 MiB at most
//	*.tmp                   a file that was not finished; removed at the start
//
// # A segment
//
// Integers are little-endian, times nanoseconds since 1970 UTC, checksums CRC32C (Castagnoli), strings a varint length and the
// bytes. Zero bytes are never valid.
//
//	offset 0      header, 4096 bytes: magic "LOGLRSEG", version u64, id [16], sequence u64, base u64 (number of the first
//	              record), created i64, checksum u32 of the 56 bytes before it; zeros
//	offset 4096   blocks, each at the next multiple of 16 behind the one before
//	last 16 KiB   footer, in a sealed segment: magic "LOGLRFOT", length u32, checksum u32 of what follows up to length, id [16], then as
//	              u64: version, sequence, base, created, end (offset behind the last block), records, flags (1: has marks), first and
//	              last received time; then for each input and tenant: two strings and the varint of the bytes that count
//	              against shares. Pairs that have no room are added up under two empty strings, the smallest ones first.
//
// The file has its usual length from the start (fallocate) and is written over; a segment that ends early is cut behind its
// footer, so the footer is always at the end of the file. The id is random and made anew whenever a file becomes a segment: blocks of
// the file's former life carry another id. A header that is damaged is replaced by the footer, and without that by the
// first block.
//
// # A block
//
//	 0  magic "LBLK" u32
//	 4  checksum u32 of bytes 8 to 80
//	 8  id of the segment [16]
//	24  number of the first record u64
//	32  earliest received time i64
//	40  offset of the block in the segment u32
//	44  synced u32: everything before this offset was fsynced when the block was written
//	48  place of the first record in the segment u32, from 0
//	52  records u32
//	56  length of the body u32
//	60  checksum of the body u32
//	64  length of the origin table u32
//	68  length of the marks u32
//	72  shift u8, zeros [7]
//	80  body: origin table, marks, record table, bytes of the records
//
// A row of the origin table: varint of the ordinal that the row's first record in this block has in its delivery (0 without a
// delivery), varint of the length of what follows; then as strings input, kind, tenant, source, peer, identity, columns, delivery; the
// delivery id [16]; varint of the number of attributes, and two strings for each. Equal origins share a row.
//
// A mark: delivery id [16], varint of the next ordinal, varint 1 when nothing follows, splitter as a string.
//
// A row of the record table: length of the raw bytes u32, length of the meta bytes u16, row of the origin u16, flags u32, received
// time u32 in units of 1<<shift nanoseconds after the block's. The shift is 0 unless the times in a block are more than 4 s
// apart. The meta bytes of a record come before its raw bytes.
//
// The id of a record is the segment's id and its place in the segment, or, where its origin names a delivery, the delivery's id and
// the ordinal in it.
//
// # A cursor's file
//
// Three slots of 4096 bytes: magic "LOGLUCSR", length u32, checksum u32 of what follows up to length, then as u64: version, sequence,
// start, position, segment and offset of the block with the position (a hint), delivered, dead-lettered, dropped, discarded, damaged; then the
// name. The whole slot with the highest sequence counts. Every Ack that moves the position writes a slot, which
// survives kill -9; four times a second what was written is fsynced. One slot is the last one fsynced, one is on its way, and one
// takes what comes meanwhile, so a torn write never hits the only good slot.
//
// # Start
//
// Sealed segments are taken at their footer's word. One that is not sealed is read from its first block on. Where there is no whole block
// at offset X, the blocks behind decide: if one says that X was fsynced, then X is damaged: the bytes are copied aside, and
// the numbers missing up to the next block are counted as damaged by every cursor that comes to them. Else X is the torn end of a write
// that nobody was told of: it is copied aside and cut. The last commit is written once more and fsynced: after a failed fsync the kernel may
// show bytes that never reached the disk. Then the segment is sealed. Damage in sealed segments is found when it is read: a block
// with a wrong checksum is read again from the disk, and if it stays wrong, counted and stepped over.
//
// The slot that counts of a cursor's file is written once more and fsynced for the same reason, before any segment goes.
// A cursor whose file is lost or damaged begins anew with the oldest record. Where the list of cursors is lost, too, a cursor that is to
// begin now begins with the oldest record. A start on a full disk delivers, and accepts when there is room.
//
// # Files
//
//   - Log: log.go (Open, Put, Close), commit.go, build.go (a block), rotate.go, segment.go, quota.go, stats.go, metrics.go.
//   - Format: format.go (headers, footers), block.go, origin.go, names.go (file names, files of lines).
//   - Reading: cursor.go, lease.go, reader.go, chunk.go (memory of leases), cursorfile.go, cursorlist.go, cursorstats.go.
//   - Keeping: keep.go (sync, delete), recover.go and scan.go (start), damage.go.
//   - Deliveries: ledger.go, ledger_run.go (a file of it), ledger_merge.go.
//   - Dead letters: deadletter.go, deadentry.go (format), deadcount.go, deadops.go (retry, drop).
//   - fs.go: the file system, and the seam at which the tests make it fail. inspect.go: reading the directory offline.
//
// It is one package because of one invariant: a record, its mark and its outcome are safe together. Taken apart, the ledger and the
// dead letters would need most of Log's inside as an interface.
//
// # What it rests on
//
// fdatasync that returned nil means that bytes and length survive power loss. A page that is written over with bytes that differ
// only behind what was fsynced keeps what was fsynced (SQLite calls it powersafe overwrite; etcd's log and raft-wal assume it as well).
// A slot of a cursor is smaller than a sector.
//
// # Why
//
//   - One goroutine writes, and everybody waits for it: while it syncs, the next group gathers by itself, without timers. Leader election among
//     the callers would save a goroutine switch on a lone Put and cost a second state machine.
//   - The checksums are not seeded with the segment's id; the id is in the block instead. It costs 16 bytes a block and lets a segment
//     without header and footer be read.
//   - Blocks carry the number and the offset, not only the ordinal, so that a block says by itself where it belongs.
//   - The next segment is not made ahead of time: making one is three fsyncs every 64 MiB, and a spare makes it cheap.
//   - Files are written through the page cache, not past it: cursors that keep up read from there. O_DIRECT saves a third of the
//     write's CPU (350 against 200 µs a MiB, measured) and needs a cache of our own for them.
//   - Hot blocks are not compressed. S2 makes our samples 5.7 times smaller and takes 0.5 µs for 300 bytes, more than the whole way through
//     the log; zstd at its fastest 7.6 times and 1.8 µs. A backlog could be compressed when it is sealed; disks are cheaper than a second reader.
//   - A cursor's file has three slots, not two: with two, acks that come during an fsync would have to wait or hit the slot that is being synced.
//   - An index of the records is not kept: cursors go forward, a hint leads to the block, and a lost hint costs reading one segment.
//   - Shares are counted when a segment is deleted, not when a record is delivered: that is when the space comes back.
//   - The dead letters are a log like this one. What became of an entry is appended to it as well, over quota and reserve if need
//     be, because dropping entries is what makes room. An entry that is refused again in other words is stored anew: answers
//     are bounded by the quota like everything else, and the old place is free.
package buffer
