// Package field reads the fields that records of text are made of: it cuts lines into fields and checks what a field holds. Kinds decide what
// the fields mean.
//
//	Quoted, CSV, Pairs     cut a line into fields
//	Addr, AddrPort, Port   check a value and put it where it belongs; false, and nothing is touched, when it is none
//	Number, Clock, ISO     likewise for numbers and times
//	Stamp, Zone            times that need not say their year, and the abbreviations of zones
//	Rest                   collects what no class has a place for, under its source's name
//	Header                 carries what a syslog header said over into the class that its text became
//	Zones                  the zone of times that state none
//
// # Invariants
//
//   - Nothing is allocated but by Rest and Zones, which reuse their memory. Strings point into the record.
//   - A value that is refused is left to the caller, who keeps it in Rest: no function here drops bytes.
package field
