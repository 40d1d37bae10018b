// Package xlsxlog reads logs from the sheets of workbooks (XLSX): one row an
// event ([Read]), or one row a case ([ReadWide]). The parts that columns play
// are those of package table; sheet= in the mapping names a sheet, else it is
// the first that is shown.
//
// A workbook is a ZIP of XML. What a date is, only the style of a cell says: its
// value is a number of days since 1900 or 1904. A stream reader that gives the
// values alone isn't enough, so this package goes through the sheet's XML
// itself, holding a row at a time and the table of shared strings. A cell
// counts as it is stored: of a formula the value last computed, an error (#N/A)
// as absent, a number without its format (so 00123 that was typed as a number
// is 123). A date whose style shows no time of day is a day.
//
// Limits hold what a small file can unfold to: parts, depth, lengths.
package xlsxlog
