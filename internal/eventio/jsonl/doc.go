// Package jsonl reads and writes logs as JSON: an event a line, or one array of
// events, in the words of the event language (§1): id, type, time, seq,
// recorded, actor, unit, source, objects, attributes, corrects, voids. "case":
// "A1" is short for an object of type case.
//
// [Read] is strict, since what it passed over in silence would be missing from
// the record: a key that it doesn't know, a key that stands twice, a number
// that would lose digits are errors with line and column. null is absent, "" is
// a value. It scans bytes and makes no tree; a value can't be nested deeper
// than the form allows, a line can't be longer than 16 MB.
//
// With a mapping (--map) the records may have any form; a column is then the path
// to a value, with dots (mapped.go).
//
// [Write] gives all that a log holds. Times among the attributes are written as
// text, as JSON has no form for them, and are times again where a pack declares
// them.
package jsonl
