// Package monitor holds a log against rules: it decides a verdict for every
// activation, once over a whole log ([Check]) or as events arrive ([Live]), and
// says why ([Explainer]).
//
// The rules that correlate events in the same way share one pass. A log is cut
// into traces (group.go), traces are shared out among the cores, and a runner
// folds each trace's events, in order, into the states of its rules: one
// function, runner.step, is the only place where an event changes what a rule
// knows, in batch and live alike. An event type that no rule names never
// reaches it.
//
//   - bind.go: a rule bound to a log: event types as bit masks, conditions as
//     functions over rows, and the two readings of what has no value (spec §6);
//   - response.go, precedence.go, window.go: followed_by, preceded_by, counts.
//     A plain activation is 48 bytes: its event, its deadline, two verdicts;
//   - machine.go: activations whose deadline moves (pauses, extensions) or
//     that rest on a date alone: a set of machines, one for each reading and
//     each choice of a day's first or last instant, merged where they mean the
//     same. Where all agree, that is the verdict;
//   - live.go, livecrew.go, livelook.go, liveplain.go, livekeying.go, liveset.go,
//     settle.go: events as they come are looked up and made rows on all cores, then
//     dealt out to sets by key; an event folds a short trace for the
//     rules that it concerns (liveshort.go), late ones replay a long one (of counts
//     a stretch, livecount.go), corrections and ticks compare what was said with
//     what is said now. ids.go and recstore.go are how they lie in memory;
//   - explain.go, say.go, saystep.go: the verdict in words, with the deadline's
//     computation and the least change that would have met it.
//
// Nothing else decides a verdict, save the brute force in brute/, written from
// the definition alone, against which the tests hold all of this.
package monitor
