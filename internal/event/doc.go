// Package event holds what happened: events, the objects they are about, and
// the columnar log that the engine reads.
//
// An event has a type, a time, a place in the total order (time, seq, id) and
// at least one object; everything else may be absent, and absent is never
// null, zero or empty (docs/language.md §1). There are two forms of it:
//
//   - [Event] is one event as a value: what JSON holds, what a live source
//     sends, what an explanation shows;
//   - [Log] keeps many of them as columns over dictionaries: a row is 14 bytes
//     where only time, type and case are there, and a condition compares codes
//     instead of strings.
//
// A [Builder] makes a Log: row by row ([Builder.Begin], [Builder.Add]) or, for
// the readers that must be fast, batch by batch ([Builder.AppendBatch]) with
// dictionaries of their own that are merged once per distinct value. Finish
// settles what the order of arrival must not decide: repetitions, corrections,
// events that void others.
package event
