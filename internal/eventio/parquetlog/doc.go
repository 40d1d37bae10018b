// Package parquetlog reads and writes event logs as Parquet, one row an event.
//
// The reader takes a file apart itself: a bounded scanner of the footer and of
// page headers (thrift.go, footer.go), pages and their encodings (page.go,
// values.go), and then what a column means (columns.go, convert.go). It does so
// for two reasons. A file may be made to lie, and nothing that it claims is
// allocated before it is checked. And a log is read at the speed of its
// strings: a dictionary page is used as a dictionary, plain strings go into one
// of the chunk, and [event.Builder.AppendBatch] pays once per distinct value.
// Column chunks are decoded by as many workers as there are processors and
// merged in the order of the file, so that a log is the same on every machine.
// Only the columns that play a part, and the attributes that are wanted, are
// read at all.
//
// # Columns
//
// The writer's columns, which the reader takes back as they were:
//
//	case_id                     the object of type case
//	activity, timestamp         type; time
//	date                        instead of timestamp for events that have a date alone
//	recorded, recorded_date     when it was entered
//	actor, unit, seq, event_id
//	object:T, object:T/Q        objects of type T, with qualifier Q
//	case:A, object:T:A          attribute A of that object, in force from the event on
//	any other                   an attribute of the event
//
// A column is a list where some event has several such objects; their
// attributes are then lists of the same lengths. An attribute whose values are
// of several kinds has a column for each: A for the first, then A#string,
// A#number, A#bool, A#time, A#day or A#strings. An attribute whose name means
// something else above is written as attribute:A. In T, Q and A of an object the
// characters %, /, : and # are written %25, %2F, %3A and %23.
//
// Other people's files are recognised by the common names of the columns of
// tables (pm4py's and Chinese ones among them) or told by a mapping.
package parquetlog
