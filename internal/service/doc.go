// Package service is the heart of what `plumbline serve` runs: it takes events
// in, judges them as they come, and keeps findings. It knows neither HTTP nor
// SQL: faces call it, a Store keeps what it decides.
//
// The data's way. A face hands over events of one source (Service.Take). They
// are checked one by one: what can't be read or is dated too far ahead goes into
// the source's quarantine, what says something of the public that the system
// doesn't hold is refused. One goroutine, the judge, owns the live engine: it
// collects what waits into a batch, applies it, turns changes of verdicts into
// findings, and has the Store commit all of it at once: the batch as one
// segment, the findings, the sources' states, the position. Only then is anybody
// answered. So nothing acknowledged is lost, and nothing counts twice after a
// crash: what was not committed never happened, and the engine is folded anew
// from the segments.
//
//   - model.go: what is kept, and the Store that keeps it;
//   - service.go: starting, stopping, asking the judge;
//   - judge.go, queue.go, steady.go: the one goroutine, its batches and its clock;
//     flight.go: what is written while it goes on judging;
//   - image.go, hurry.go: the engine as a file, made beside the judge; engine.go: of
//     which version of the program it is;
//   - intake.go, stamp.go, quarantine.go: what becomes of one event before it is
//     judged, and of what can't be;
//   - sources.go, gaps.go: who sends, who fell silent, whose totals differ;
//   - packs.go, retire.go, rules.go: versions of packs, tried and in force from a day
//     on, until one; ruletests.go: their tests, as a page shows them;
//   - finding.go: verdicts that change, as findings that are raised, amended,
//     cured, withdrawn or claimed met;
//   - near.go: what is at risk;
//   - cases.go, caseindex.go, openfindings.go: the cases as a list, newest activity
//     first; casenumbers.go, fields.go: by their numbers, by what their events say;
//     course.go: one of them with all that its page tells;
//   - figures.go: what rules demanded of a unit in a month, and what became of it;
//   - erase.go, eraseplan.go, erasure.go: what is to be taken out of the record, what
//     that would change, and what stays passed over ever after;
//   - trouble.go: why the record can't be used, in words;
//   - reading.go, taken.go, answers.go: verdicts as of a time and as known at a time, timelines.
package service
