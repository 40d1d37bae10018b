// Package brute decides verdicts by the plainest reading of the rule language: for each
// activation it quantifies over the trace, and where the definition speaks of two readings or
// of a day tried at its first and last instant it does the whole evaluation again. It is the
// oracle that the engine is held against, so it shares nothing with the engine: its own model
// of events and rules, its own three-valued conditions, its own dates and calendars, and no
// import but the standard library.
//
// A [Case] is one question: a pack, events, and the instants it is judged at. [Evaluate]
// answers it. [YAML], [Pack.CalendarFile] and [JSONL] write the same question in the product's own
// formats, [Random] makes up questions where verdicts lie close together, and [Shrink] makes a
// question on which two programs disagree small enough to read; [Case.String] shows it.
//
// It is slow on purpose, and meant for traces of up to about eight events.
package brute
