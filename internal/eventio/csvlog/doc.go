// Package csvlog reads and writes logs as CSV and its kin: comma, semicolon,
// tab or bar between the cells, quotes by RFC 4180 (line ends inside them
// too), UTF-8, UTF-16 with its mark, or GB18030.
//
// [Read] cuts the file into blocks at the ends of records; each core parses
// blocks into batches with dictionaries of their own (package table), and one
// goroutine merges them in the order of the file, so that the result doesn't
// depend on timing. Cells that nobody asked for are passed over. What can't be
// known is asked for: delimiter=, encoding= and the layouts of times can be
// given in the mapping.
//
// [Write] writes one row an event. A cell is kept as the log has it, also one
// that begins with = + - @ or a tab, which a spreadsheet would take for a
// formula: a log that changes what it was told is no evidence. A cell has no
// type: numbers, times and truth values are read back as such where a pack
// declares them.
package csvlog
