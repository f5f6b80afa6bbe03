// Command relaybench is the developer's tool that puts logrelay under load and checks that everything arrives. It is not packaged.
//
//	generator ──▶ program under test ──▶ sink
//	  marks            (a process)         checks the marks
//
//	bucket, queue ──▶ program under test ──▶ sink
//	  filled before      (pulls)               checks the marks
//
// Each message holds a mark: sender, number, time of sending. The sink keeps a bitmap for each sender and so knows what was lost,
// came twice, or came behind a later one; the time makes the latency. The program under test is logrelay, built from the source;
// rsyslog with a disk queue that is synced for each message, which is the only one to make the same promise; or the floor: a bare
// pass-through with an fsynced log. It runs in a directory of its own that is removed; all sockets are on loopback; every run is
// bounded in time and messages, and the program ends with relaybench.
//
// What it measures: CPU is utime and stime of the process and its children from the start of the load to the last message, so
// that connecting counts too. Memory is the peak of RssAnon, sampled every 20 ms. Rates are from the first message sent to the
// last one received. Where objects are pulled, the load begins when the queue is told of them; their S3 is MinIO (--minio), which takes its
// share of the processors, or without it a stand-in that costs next to nothing; the queue is always a stand-in. MB/CPU s is decompressed
// megabytes for each second of the relay's processor time: what one core does.
//
// # Why
//
//   - Numbers of messages are per connection. Between connections there is no order that could be kept.
//   - For plain syslog "sent" is what was written. The protocol has no acknowledgement, so the scenario kill uses HTTPS, where
//     "sent" is what was answered with 200.
//   - Generator and sink use no logging or HTTP client library where bytes flow: messages are formatted once and their marks set
//     in place, frames are parsed in place, and one clock reading serves a whole write. They have to be cheap, for they share the
//     processors.
//   - Records of objects hold their mark where records of their kind have an id, so that they are as long, and compress about as well, as real
//     ones. There is no time in it: how long an object waits in a full queue says nothing.
//   - A bucket is filled with requests signed here: the AWS SDK is for package access alone.
//   - A connection is closed by half, then read until the far end closes. Otherwise unread TLS session tickets turn the close into a
//     reset, and the far end loses what it had not read yet.
package main
