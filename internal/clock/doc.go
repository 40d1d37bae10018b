// Package clock is legal time: it says when a time limit that a statute sets
// runs out, and why.
//
// A moment is an [Instant], microseconds in UTC; a date is a [Day], which has
// no zone. A [Zone] stands between the two: which local date an instant has,
// and which instant is the first of a date, also where midnight does not
// exist, comes twice, or a whole day was left out. A [Duration] is what a rule
// writes ("24h", "7wd", "6mo"); a [Calendar] knows which days are working
// days, and for which dates it knows that. A [Clock] is a duration with the
// options that a statute attaches to it, and turns a start into a [Deadline].
// A [Run] is a deadline under way, which pauses and extensions move; it can
// say step by step how it came about.
//
// The law is in section 5 of the rule language ("Durations and legal clocks").
// Everything on the way of an event is integer arithmetic over tables built
// when a zone or a calendar is loaded.
package clock
