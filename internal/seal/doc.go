// Package seal is the transparency log that fixes the record: whatever is
// changed, left out or put in afterwards no longer fits what was signed, and
// what was signed is known to witnesses outside the agency.
//
// Everything that the record takes down is a [Leaf]. The log holds of it an
// entry of 33 bytes: a salted commitment, from which nobody learns anything. A
// batch of events is one leaf, whose body holds the root of a tree over its
// events ([Batch]), each salted by itself, so that one event can be proven, or
// erased, alone. Entries lie in a Merkle tree in tiles (RFC 6962, C2SP
// tlog-tiles), written in the transaction of what they seal. Its head is signed
// as a checkpoint (tlog-checkpoint) and cosigned by witnesses (tlog-cosignature,
// tlog-witness). A [Proof] (tlog-proof) shows alone that something is in it.
//
// What the log proves is that the record is unaltered since, not that it is
// true: docs/seal.md.
//
//   - leaf.go, salt.go, event.go, shape.go, batch.go: what is committed to, and how;
//   - tiles.go: the tree.
package seal
