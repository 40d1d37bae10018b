// Package ledger is what becomes of a finding once it was raised: somebody owns
// it by a deadline, answers with cause and measure, somebody else outside that
// person's chain of command verifies it, and it is closed with an outcome.
//
// An [Item] is a finding on the ledger. What it stands at ([Standing]) is nothing
// but the fold of its [Move]s (fold.go): each says who did what when, none is
// ever changed, and the tables keep the fold only to be found by it. What a move
// needs is data (kinds.go); whether somebody may make it is decided in one place
// (decide.go, bar.go), where the invariants are code:
//
//   - nobody verifies what he, or anybody in his chain of command, owns;
//   - nobody with a declared conflict verifies, owns or moves the deadline;
//   - whom a finding concerns never owns or verifies it, and may reply always;
//   - a deadline that was set never disappears;
//   - a closed item changes by being reopened and by nothing else.
//
// The judge speaks here too (judge.go): what was entered late makes an item
// claimed, and it waits for a verifier like any other claim. [Ledger] puts it
// together over a [Store], which makes a move and its effects one transaction;
// files (files.go) lie beside the record by their hashes.
package ledger
