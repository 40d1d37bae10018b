// Package sim is a simulated agency with known faults: it writes logs whose
// departures from the law are known before anybody looks for them.
//
// [Fines] is a police force's traffic fines, 150,000 of them if asked, with the
// shape of a real and published log: how often each course of a case occurs, how
// long each step takes, what is paid and what is asked (shape.go; figures only,
// no row of the log). Nothing else of the real log is in it: every fine is drawn
// anew (fine.go, days.go, money.go), from a seed, so that the same options give
// the same log byte by byte.
//
// The shape alone brings departures with it, as it does in life: fines notified
// late, files that lay for years. Further faults, of kinds that the real log
// doesn't know, are put in on demand (fault.go). What the law says of each fine
// is worked out here, in plain code that can be read beside the articles
// (law.go). It shares nothing with the rule language, the clocks or the engine:
// that both agree is a test of each.
package sim
