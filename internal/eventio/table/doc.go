// Package table is what the readers of tables share: CSV, TSV and XLSX.
//
// A table has a header and rows of cells that are text. [NewPlan] says which
// part each column plays: as --map gives it, else by the common names of
// headers in English and Chinese; what two columns could equally well be is
// refused, with the --map to write. [Plan.Learn] looks at the first rows and
// settles in which order a column writes day and month. A [Filler] then turns
// rows into a batch of events; it shares nothing, so that a reader may have one
// for each core.
//
// A wide table (one row a case, one column an event) is read by [ReadWide],
// which compares it with the sheet read before it and gives what changed as
// corrections.
package table
