// Package rule is the rule language: it turns the text of a pack into checked
// rules and compiled conditions (docs/language.md §2–§7, §10).
//
// It works in named stages, each of which can be read alone:
//
//   - parse: YAML into nodes that carry the place of every word (ast.go,
//     parse.go), and nothing else;
//   - check: nodes into a [Pack] in which everything is resolved and known to
//     be sound; every fault is found at once, each with its line, a caret and
//     what was probably meant (check.go and its neighbours);
//   - compile: a condition, checked by CEL, becomes a closure over the columns
//     of a log where its shape allows it, and a program of CEL's interpreter
//     where not (condition.go, compile.go, interpret.go). Both give the same
//     answers; a test runs them side by side.
//
// [Rule.String] writes a rule back in the language; parsed again it is the
// same rule.
package rule
