// Package packdoc writes the page of a pack: docs/packs/<pack>.md in English
// and <pack>.zh.md in Chinese. A jurist holds it against the statute, without
// reading YAML: what each rule rests on, in the statute's own words; which act
// calls for which other, and by when; how its time counts; why a violation is
// as grave as the pack says.
//
// Nothing on a page is written by hand. The words are the pack's (title, about,
// says, basis, reason), the duty is told by package report, as in reports, and
// the deadlines are worked in the steps of the engine's own explanation, on
// events of the pack's own tests, whose deadlines were worked out by hand.
//
// go generate ./... writes the pages and the schemas; scripts/check.sh refuses
// a tree where they aren't current.
package packdoc

//go:generate go run ./gen ../../..
