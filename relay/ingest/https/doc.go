// Package https is the HTTPS source: a generic route for text and JSON, Amazon Data Firehose, and Splunk's HTTP Event Collector.
package https
