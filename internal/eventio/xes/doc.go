// Package xes reads and writes event logs in XES, the XML of process mining
// (IEEE 1849-2016, and the 1.0 and 2.0 that went before it), plain or
// compressed with gzip.
//
// Reading goes through three stages that run beside and above each other: a
// feed unpacks the file into blocks on a goroutine of its own; a scanner of
// our own cuts the blocks into tags (encoding/xml would take ten times as long
// as everything else together), refusing what a conforming parser refuses; and
// the reader turns tags into rows of an [event.Builder] without keeping a tree.
// Memory is bounded by the log that comes out, not by the file.
//
// A trace's concept:name is its case; traces of one name are one case. An
// event's concept:name, time:timestamp, org:resource, org:group and
// identity:id are its type, time, actor, unit and id (another key each by
// --map), and everything else is an attribute. Attributes of a trace belong to
// the case, from its earliest event on. A child of an attribute is an attribute
// named parent/child, and the children of a list or container are a list of
// strings. Globals, classifiers, extensions and attributes of the log say
// nothing about an event and are read past; a trace without events is no case.
//
// What XES has no word for is written under keys of our own, which any other
// program shows as attributes and ours reads back:
//
//   - plumbline:per, of the log: the type of the objects that its traces are,
//     where that isn't case;
//   - plumbline:seq, plumbline:recorded, of an event;
//   - plumbline:objects, of an event: a list of its objects, key the type and
//     value the id, with their qualifier (plumbline:qualifier) and the
//     attributes that come into force there as children. The trace's own object
//     is in it only where it isn't the first, has a qualifier, or is given
//     attributes by an event that isn't the trace's earliest;
//   - plumbline:objects, of the log: objects with attributes that an instant
//     (plumbline:from) and no event brings into force;
//   - plumbline:day, of a date: it is a day and not an instant;
//   - plumbline:attributes, of an event, trace or object: attributes whose
//     names would be taken for one of the keys above.
//
// An event that isn't about any object of the traces' type stands after the
// traces, directly in the log.
package xes

// The keys that XES and its standard extensions give a meaning, and ours.
const (
	keyName     = "concept:name"
	keyTime     = "time:timestamp"
	keyResource = "org:resource"
	keyGroup    = "org:group"
	keyID       = "identity:id"

	keyPer        = "plumbline:per"
	keySeq        = "plumbline:seq"
	keyRecorded   = "plumbline:recorded"
	keyObjects    = "plumbline:objects"
	keyQualifier  = "plumbline:qualifier"
	keyFrom       = "plumbline:from"
	keyDay        = "plumbline:day"
	keyAttributes = "plumbline:attributes"
)
