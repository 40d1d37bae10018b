// Package trial compares what two versions of a pack say of one log, so that a
// rule can be tried before it counts and a rule that was bent shows.
//
// [Compare] takes two results of the engine over the same events. Rules are
// matched by id (a rule whose id alone changed is called renamed), activations
// by their event and key. What changed is counted by rule, by unit and by
// official of the activating event: activations that appear or vanish, verdicts
// that become others, violations that appear or vanish. Every change is counted
// exactly once in each of the three; events without a unit or official, and acts
// of members of the public, who are grouped by nothing, have a line of their own.
//
// Where the violations that vanish (or appear) lie with one official or unit
// more than its part of the activations explains, that is said with the figures
// ([Concentration]). Nobody is listed who isn't concerned by a change.
package trial
