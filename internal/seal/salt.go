package seal

import (
	"encoding/binary"
	"fmt"
)

// Seeds are the salts of a batch of events. They are the leaves of a tree in which a
// node makes those below it and nobody finds the node, or one of them, from the others
// (Goldreich, Goldwasser, Micali): by SHA-256 two in a Binary tree, by AES-128 with
// the node as the key 16 in a Wide one, the nth from the number n. At first there is
// the root alone, 16 bytes for a whole batch, where a salt for each event would add half
// as much again to what an event takes. To erase one salt, the root gives way to the
// nodes beside the way to it; from those all others can be made, and that one can't.
type Seeds struct {
	Shape Shape
	nodes []seed
}

// seed is a node of the tree: how far below the root, which of its depth.
type seed struct {
	depth uint8
	index uint32
	salt  Salt
}

const seedSize = 1 + 4 + len(Salt{})

// NewSeeds are the salts of a new batch.
func NewSeeds(p Shape) Seeds { return Seeds{p, []seed{{salt: NewSalt()}}} }

// Bytes is how seeds are kept.
func (s Seeds) Bytes() []byte {
	var out []byte
	for _, n := range s.nodes {
		out = append(out, n.depth)
		out = binary.BigEndian.AppendUint32(out, n.index)
		out = append(out, n.salt[:]...)
	}
	return out
}

// ParseSeeds reads what Bytes wrote of the salts of such a tree.
func ParseSeeds(p Shape, b []byte) (Seeds, error) {
	s := Seeds{Shape: p}
	if !p.known() {
		return s, fmt.Errorf("a tree of form %d", p)
	}
	if len(b)%seedSize != 0 {
		return s, fmt.Errorf("seeds of %d bytes", len(b))
	}
	for ; len(b) > 0; b = b[seedSize:] {
		n := seed{depth: b[0], index: binary.BigEndian.Uint32(b[1:]), salt: Salt(b[5:seedSize])}
		if most := 31 / p.bits(); n.depth > most || n.index>>(n.depth*p.bits()) != 0 {
			return s, fmt.Errorf("a seed at depth %d, number %d", n.depth, n.index)
		}
		s.nodes = append(s.nodes, n)
	}
	return s, nil
}

// Salts are the salts of n events; those that were erased are not in have.
func (s Seeds) Salts(n int) (salts []Salt, have []bool) {
	if n == 0 {
		return nil, nil
	}
	salts, have = make([]Salt, n), make([]bool, n)
	deep := s.Shape.depthOf(n)
	for _, node := range s.nodes {
		if node.depth <= deep {
			s.Shape.spread(node.salt, int(node.index)<<((deep-node.depth)*s.Shape.bits()), deep-node.depth, salts, have)
		}
	}
	return salts, have
}

// spread writes the salts that are so many levels below a node, from a number on.
func (p Shape) spread(s Salt, from int, levels uint8, salts []Salt, have []bool) {
	if from >= len(salts) {
		return
	}
	if levels == 0 {
		salts[from], have[from] = s, true
		return
	}
	var group [maxFan]Salt
	below := group[:p.fan()]
	p.below(s, below)
	for i := range below {
		p.spread(below[i], from+i<<((levels-1)*p.bits()), levels-1, salts, have)
	}
}

// Without are the seeds of a batch of n from which all salts but one can be
// made.
func (s Seeds) Without(n, which int) Seeds {
	p, deep := s.Shape, s.Shape.depthOf(n)
	out := Seeds{Shape: p}
	for _, node := range s.nodes {
		if node.depth > deep || uint32(which)>>((deep-node.depth)*p.bits()) != node.index {
			out.nodes = append(out.nodes, node)
			continue
		}
		for node.depth < deep { // down to it, keeping what stands beside the way
			var group [maxFan]Salt
			below := group[:p.fan()]
			p.below(node.salt, below)
			first := seed{depth: node.depth + 1, index: node.index << p.bits()}
			on := uint32(which) >> ((deep - first.depth) * p.bits())
			for i := range below {
				one := seed{first.depth, first.index + uint32(i), below[i]}
				if one.index == on {
					node = one
				} else if int(one.index)<<((deep-one.depth)*p.bits()) < n {
					out.nodes = append(out.nodes, one)
				}
			}
		}
	}
	return out
}
