// Package vpcflow reads the text records of Amazon VPC flow logs (versions 2 to 11 and custom formats) and of Transit Gateway flow logs
// (version 6) into the class NetworkFlow.
//
// A record is one line of fields between blanks, without quoting; "-" stands for an absent value. Firehose may wrap it: {"message":"a line"}. What the fields mean is known
// only from Origin.Columns: the header of the object or request, or the configured format. A line without columns goes out as it
// is, with an error that names the setting.
//
// # Invariants
//
//   - Every field of a row is in the class, or in Event.Rest under its column's name, or was "-", or was the account "unknown".
//   - A row whose number of fields differs from the number of columns, or whose numbers and addresses are none, is not guessed
//     at: it goes out as it is.
//   - A header line that arrives as a record is recognised and is an event of class Other.
//   - A NODATA or SKIPDATA row is known by log-status, never by position. All that it holds except its time and place is in
//     Rest, and Message says what it means: SKIPDATA is the only sign of records that AWS lost. AWS writes none with addresses; one that
//     names both ends is a flow like others.
//
// # Why
//
//   - Columns are compiled into a table of small numbers and a row is walked once: reading 26 fields costs about as much as
//     finding the blanks between them. A map from name to value for each row would cost more than the whole path to the output.
//   - Names are compared with "_" read as "-", and ${name} read as name: the Parquet form of the same logs writes underscores, and a
//     LogFormat copied from AWS is a good configuration.
//   - Interface, VPC, subnet and instance belong to the destination of an ingress row and to the source of an egress row. Without a
//     direction they stay in Rest: a guess would be wrong half of the time.
//
// Sources: Amazon VPC user guide, "Flow log records" and "Flow log record examples"; Amazon VPC Transit Gateways guide, "Transit
// Gateway Flow Logs records".
package vpcflow
