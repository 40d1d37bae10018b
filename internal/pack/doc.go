// Package pack finds packs, says what their rules keep, and runs their tests.
//
// A pack is asked for by the name of a built-in one (the folders under packs/,
// carried in the program), by a file, or by a folder: one that holds a
// pack.yaml, or several packs, each in a folder or file of its own. Beside a
// pack's rules may lie vocabulary.yaml, which names its events in both
// languages and marks what concerns the public, and calendars, which rules
// name without their ending. What a pack says is checked by package rule; what
// is looked for and where is decided here.
//
// [Test] runs a pack's own tests (docs/language.md §10) in batch and live, in
// order and shuffled. [Bound] says what a rule keeps per key and when it lets
// go (§9), from the rule's shape alone.
package pack
