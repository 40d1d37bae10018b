// Package ocel reads and writes object-centric logs in the OCEL 2.0 standard
// (ocel-standard.org): JSON and XML are read, JSON is written; SQLite files are
// read by package ocelsqlite.
//
// The three forms say the same things: which types of events and objects there
// are and of what type their attributes, the objects with attributes that
// change at an instant, and the events with the objects that they are about,
// each in a role. They meet in a [Sink], which reads values as they are
// declared, holds what came before the objects that it names, and refuses an
// event that names an object that isn't there. A value of an object that is
// dated 1970-01-01 is in force from the beginning. Relations between objects
// have no place in a log of events; they are counted ([eventio.Read.Lost]).
//
// JSON and XML are scanned as they come, in any order of their parts; nothing
// is kept of them but what goes into the log.
//
// OCEL has no place for some of what an event has. [WriteJSON] keeps these as
// attributes of the event, from which the reader takes them back:
//
//	org:resource, org:group   actor, unit
//	recorded, seq             when it was entered; its place among events of one instant
//	time#day                  true where the time is a date alone
//
// An attribute whose values are of several kinds is written as A for the first
// of number, string, boolean and time, and as A#string, A#boolean, A#time for
// the others; a list is A#strings, its value a JSON array. An attribute whose
// name means something else here is written as attribute:A. An event without
// an id gets the one from its content.
package ocel
