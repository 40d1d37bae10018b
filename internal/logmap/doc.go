// Package logmap puts an agency's own names onto those of a pack's vocabulary,
// once.
//
// [Propose] looks at a log and at a pack and says for each name of the log what
// it probably is in the pack's words, why, and how sure that is; which rules
// can't be judged for want of what; and which fields concern members of the
// public and are refused with the reason ([Refused]). [Proposal.YAML] writes
// that as a file for a person to edit. [Parse] reads such a file back, [Mapping]
// checks it against the packs in use, and readers take the names over as they
// read, whatever the format.
//
// Nothing is guessed in silence: a name that isn't surely the same stands in
// the file as a comment beside what it might be.
package logmap
