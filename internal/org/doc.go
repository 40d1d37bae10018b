// Package org is the organisation: its units, its posts, and who held which post
// when.
//
// A file says it, YAML or a workbook (parse.go, sheets.go). Nothing in it is ever
// overwritten: a unit that moved under another, a transfer, an acting chief are
// lines with days of their own, because what is judged is judged by who held which
// post in which unit on the day of the event, not by who does today. Days are those
// of the agency's zone; `from` is the first day, `to` the first that no longer is.
//
// The record keeps it as lines that revisions add and end ([Keeper], lines.go); what
// a file would change is compared first (compare.go, over.go), and a change of days
// that have passed isn't entered by whom it favours (plan.go). People who declared kinship or
// a conflict are kept from what concerns each other (relation.go).
//
// An [Organisation] is checked once, when it is read (check.go): no unit is its own
// superior on any day, nobody has two primary posts on one day, every post is in a
// unit that stood. Then it answers as of an instant: [Organisation.Position] of a
// person, [Organisation.Command] of a unit. [Organisation.Stamp] writes into an
// event what the organisation says of its actor, in place of what the source
// claims: who acts is known to the sender, what rank and territory they act with
// isn't the sender's to say.
package org
