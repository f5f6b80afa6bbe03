// Package object cuts an S3 object into records while it streams by.
//
//	Recognize   key → what is in it, or why it is not read
//	Reader      bytes → records: inflate, then lines or JSON (ingest.Stream), or Parquet
//
//	layout.go     the table of keys          splitter.go   what a mark keeps of how an object is cut
//	reader.go     what is in the object      parquet.go    rows in their order; cells.go: a row as a line or as JSON
//	magic.go      what is not read           guard.go      what the Parquet library may see; runs.go, thrift.go: how it is checked
//
// # Invariants
//
//   - The same bytes and the same Splitter give the same records under the same ordinals, today and after an upgrade: those that ingest.Splitter gives of
//     the whole, with the differences that ingest.Stream states. A mark's splitter comes before the configuration.
//   - What was read before an *Error stands, and reading the object again ends in the same place. Errors of the blob are not *Error: they say
//     nothing about the object and nothing is given that was not complete. The last line before broken compression is given, flagged FlagTruncated.
//   - Nothing is held but a window: 64 KiB, up to what one record (1 MiB by default) or one CloudWatch Logs message (4 MiB) needs; zstd's window
//     (8 MiB); of Parquet a page of each column (usually 1 MiB or less) and what the library makes of it: 128 MiB in all, for which Options.Room is asked first.
//   - No allocation per record, but for Parquet.
//
// # Why
//
//   - The content says what an object is, not its name: Content-Encoding, name and content disagree in the field. Gzip inside gzip is what Firehose makes of
//     CloudWatch Logs.
//   - Bombs. Where a body is held, its ratio has to be bounded, and package ingest does. Here nothing is held, and lines that repeat compress honestly to
//     a thousandth in gzip and less in zstd. What a bomb can cost is work, and room in the log. So any ratio goes up to 4 GiB of decoded bytes,
//     beyond that 200 decoded bytes for each one read. The log's quota and the share of the input bound the rest.
//   - A JSON array or envelope is cut before its end is known. Waiting for the end would need the object in memory or read twice. What is broken behind is
//     reported with its offset; what came before is in custody, once.
//   - An envelope is looked at whole up to the size of a record, so that {"Records":[...],"more":1} is a record as it is for every other input.
//     Beyond that size it would be refused as too long anyway.
//   - Services that write a JSON value a line are cut at line ends: a broken line is then one record that does not parse and not the end of the object.
//   - The header lines of CloudFront (#Version, #Fields) are records: no kind reads them otherwise, and no byte of a text is lost.
//   - VPC flow logs in Parquet become the line that the same flow log would be in text, with its columns: one normalizer, one form in custody. Blanks in values
//     are percent-encoded, as AWS does in tags. All other Parquet becomes one JSON object a row: times as RFC 3339, bytes that are no text as base64.
//   - github.com/parquet-go/parquet-go: pure Go, kept up, reads what AWS and Spark write. It believes what pages claim: a run of 2^24 values takes 2
//     bytes, a size 5, and memory that is gone cannot be recovered from as a panic can. So it gets each page through a guard that has decompressed it once, bounded,
//     and has counted sizes, values and runs. That inflates twice; Parquet is not the fast path. Not read for that reason: brotli, LZ4, DELTA_BYTE_ARRAY
//     (prefixes multiply), bit-packed levels, row groups of different compression. A decoder of our own would be the next step if Parquet became the usual form.
package object
