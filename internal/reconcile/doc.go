// Package reconcile holds two sources against each other by their totals: calls at
// the switch against calls accepted, receipt books against fines. No event says
// that something was never registered; that one of two numbers is smaller does.
//
// An agency declares in YAML what is counted on either side, by which day and unit,
// how much the two may differ, and how long after the day's end both must be known
// (declare.go). A [Book] keeps the counts: it is told which events count and which
// no longer do (a correction may move one to another day), once a day is over and
// the wait has passed it says which gaps came, changed or closed, and afterwards
// again for whatever arrives late. What it says follows from the events that stand
// alone, in whatever order they came; a property test holds it to a plain count.
package reconcile
