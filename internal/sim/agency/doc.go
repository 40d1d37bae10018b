// Package agency simulates an agency of police with known faults: what it
// writes into its log is drawn, and what the law says of it is known before
// anybody looks.
//
// A city bureau has county branches, these have stations and squads, and the
// officers in them posts, ranks, shifts and unequal workloads (staff.go). Cases
// come in, more on some days than on others, and take their courses: reports,
// filing, summons, custody, property, orders, money, ends; beside them weapons go
// out and come back. A course (course.go and a file a subject) is drawn from a
// seed of its own, so that the same options give the same log byte by byte. For
// every rule that it meets it asks whether to keep it, to keep it in the last
// moment, or to break it ([Rates]).
//
// What was broken isn't taken from that plan but worked out from what was drawn,
// by plain code beside the articles (law*.go), so that one fault that breaks a
// second rule counts there too. The calendar and the counting of days are this
// package's own (calendar.go). It shares nothing with the clocks, the rules or
// the engine: that both agree is a test of each.
//
// How it is typed in is another matter (paper.go): entries come late, in another
// order, twice, wrong and then corrected.
package agency
