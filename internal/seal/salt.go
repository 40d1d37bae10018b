package seal

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Seeds are the salts of a batch of events. They are the leaves of a binary
// tree in which a node makes its two children by SHA-256 and nobody finds the
// node from them (Goldreich, Goldwasser, Micali). At first there is the root
// alone, 16 bytes for a whole batch, where a salt for each event would add half
// as much again to what an event takes. To erase one salt, the root gives way to
// the nodes beside the way to it; from those all others can be made, and that
// one can't.
type Seeds []seed

// seed is a node of the tree: how far below the root, which of its depth.
type seed struct {
	depth uint8
	index uint32
	salt  Salt
}

const seedSize = 1 + 4 + len(Salt{})

// NewSeeds are the salts of a new batch.
func NewSeeds() Seeds { return Seeds{{salt: NewSalt()}} }

// Bytes is how seeds are kept.
func (s Seeds) Bytes() []byte {
	var out []byte
	for _, n := range s {
		out = append(out, n.depth)
		out = binary.BigEndian.AppendUint32(out, n.index)
		out = append(out, n.salt[:]...)
	}
	return out
}

// ParseSeeds reads what Bytes wrote.
func ParseSeeds(b []byte) (Seeds, error) {
	if len(b)%seedSize != 0 {
		return nil, fmt.Errorf("seeds of %d bytes", len(b))
	}
	var s Seeds
	for ; len(b) > 0; b = b[seedSize:] {
		n := seed{depth: b[0], index: binary.BigEndian.Uint32(b[1:]), salt: Salt(b[5:seedSize])}
		if n.depth > 31 || n.index>>n.depth != 0 {
			return nil, fmt.Errorf("a seed at depth %d, number %d", n.depth, n.index)
		}
		s = append(s, n)
	}
	return s, nil
}

// children are the two salts below one.
func children(s Salt) (left, right Salt) {
	h := sha256.Sum256(s[:])
	return Salt(h[:16]), Salt(h[16:])
}

// depthOf is how deep the tree of n salts is.
func depthOf(n int) uint8 { return uint8(bits.Len(uint(n - 1))) }

// Salts are the salts of n events; those that were erased are not in have.
func (s Seeds) Salts(n int) (salts []Salt, have []bool) {
	if n == 0 {
		return nil, nil
	}
	salts, have = make([]Salt, n), make([]bool, n)
	deep := depthOf(n)
	for _, node := range s {
		if node.depth > deep {
			continue
		}
		spread(node.salt, int(node.index)<<(deep-node.depth), 1<<(deep-node.depth), salts, have)
	}
	return salts, have
}

// spread writes the salts below a node: width of them, from a number on.
func spread(s Salt, from, width int, salts []Salt, have []bool) {
	if from >= len(salts) {
		return
	}
	if width == 1 {
		salts[from], have[from] = s, true
		return
	}
	left, right := children(s)
	spread(left, from, width/2, salts, have)
	spread(right, from+width/2, width/2, salts, have)
}

// Without are the seeds of a batch of n from which all salts but one can be
// made.
func (s Seeds) Without(n, which int) Seeds {
	deep := depthOf(n)
	var out Seeds
	for _, node := range s {
		if node.depth > deep || uint32(which)>>(deep-node.depth) != node.index {
			out = append(out, node)
			continue
		}
		for node.depth < deep { // down to it, keeping what stands beside the way
			left, right := children(node.salt)
			l, r := seed{node.depth + 1, 2 * node.index, left}, seed{node.depth + 1, 2*node.index + 1, right}
			if uint32(which)>>(deep-l.depth)&1 == 0 {
				node, out = l, append(out, r)
			} else {
				node, out = r, append(out, l)
			}
		}
	}
	return out
}
