// Package ingest holds what sources share: cutting bodies into records, bounded decompression, the shape of the metrics
// and of refusals. It keeps no state between calls, knows no protocol and stores nothing: sources do.
package ingest
