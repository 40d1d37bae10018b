package seal

import (
	"crypto/aes"
	"crypto/sha256"
)

// Shape is the form of the tree over a batch's events, and of that of their salts, which
// has the same shape. Every level is grouped from its beginning, and a group of one goes
// up as it is; else a node is the SHA-256 of the byte 1 and what stands below it.
type Shape int

const (
	// Binary is RFC 6962's: pairs. Batches of records up to form 25 have it.
	Binary Shape = iota
	// Wide has groups of 16. An event costs a fifth of the hashing above its leaf, and
	// of the making of its salt; the way to the root is longer, a kilobyte or so.
	Wide
)

const maxFan = 16

// known says whether there is such a tree.
func (p Shape) known() bool { return Binary <= p && p <= Wide }

// bits are those of a number that say which of its group something is.
func (p Shape) bits() uint8 {
	if p == Wide {
		return 4
	}
	return 1
}

// fan is how many a group has, if there are so many.
func (p Shape) fan() int { return 1 << p.bits() }

// depthOf is how many levels stand above n leaves.
func (p Shape) depthOf(n int) (depth uint8) {
	for n--; n > 0; n >>= p.bits() {
		depth++
	}
	return depth
}

// group is what a node is made of: the byte 1 and up to 16 hashes.
type group struct {
	bytes [1 + maxFan*hashSize]byte
	n     int
}

func (g *group) add(h *Hash) {
	copy(g.bytes[1+g.n*hashSize:], h[:])
	g.n++
}

// node is the hash over the group; one alone is its own.
func (g *group) node() Hash {
	if g.n == 1 {
		return Hash(g.bytes[1 : 1+hashSize])
	}
	g.bytes[0] = 1
	return sha256.Sum256(g.bytes[:1+g.n*hashSize])
}

// Root is the root of the tree over leaves.
func (p Shape) Root(leaves []Hash) Hash {
	if len(leaves) == 0 {
		return sha256.Sum256(nil)
	}
	level := append([]Hash(nil), leaves...)
	for len(level) > 1 {
		level = p.up(level)
	}
	return level[0]
}

// Path is the way from one of the leaves to their root: what stands beside it in its
// group, from below.
func (p Shape) Path(leaves []Hash, which int) []Hash {
	var path []Hash
	level := append([]Hash(nil), leaves...)
	for len(level) > 1 {
		from := which &^ (p.fan() - 1)
		for i := from; i < min(from+p.fan(), len(level)); i++ {
			if i != which {
				path = append(path, level[i])
			}
		}
		level, which = p.up(level), which>>p.bits()
	}
	return path
}

// up makes of a level the one above it, in its place.
func (p Shape) up(level []Hash) []Hash {
	above := level[:0]
	for from := 0; from < len(level); from += p.fan() {
		var g group
		for i := from; i < min(from+p.fan(), len(level)); i++ {
			g.add(&level[i])
		}
		above = append(above, g.node())
	}
	return above
}

// Holds says whether a path leads from a leaf, which is the given one of n, to the root,
// and has nothing else in it.
func (p Shape) Holds(path []Hash, n, which int64, leaf, root Hash) bool {
	if !p.known() || which < 0 || which >= n {
		return false
	}
	for fan := int64(p.fan()); n > 1; n, which = (n-1)>>p.bits()+1, which>>p.bits() {
		from := which &^ (fan - 1)
		var g group
		for i := from; i < min(from+fan, n); i++ {
			switch {
			case i == which:
				g.add(&leaf)
			case len(path) == 0:
				return false
			default:
				g.add(&path[0])
				path = path[1:]
			}
		}
		leaf = g.node()
	}
	return len(path) == 0 && leaf == root
}

// below makes the salts below one: as many of its group as are asked for.
func (p Shape) below(s Salt, group []Salt) {
	if p == Binary {
		h := sha256.Sum256(s[:])
		group[0] = Salt(h[:16])
		if len(group) > 1 {
			group[1] = Salt(h[16:])
		}
		return
	}
	c, err := aes.NewCipher(s[:])
	if err != nil {
		panic("seal: a salt: " + err.Error()) // 16 bytes are a key
	}
	for i := range group {
		group[i] = Salt{len(s) - 1: byte(i)}
		c.Encrypt(group[i][:], group[i][:])
	}
}
