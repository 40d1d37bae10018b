package seal

import (
	"encoding/binary"
	"errors"

	"plumbline/internal/clock"
)

// Sealed is what is kept beside the log to open a leaf: all that its entry commits to,
// the body by its hash. Where salt and hash are gone (see Blank), nobody can open it.
type Sealed struct {
	Kind, Ref string
	Salt      Salt
	Body      Hash
}

// Entry is what the log holds of it.
func (l *Sealed) Entry(at clock.Instant) []byte { return Entry(l.Salt, at, l.Kind, l.Ref, l.Body) }

// Hash is the hash of its entry in the tree.
func (l *Sealed) Hash(at clock.Instant) Hash { return LeafHash(l.Entry(at)) }

// Blank says whether salt and hash were taken away.
func (l *Sealed) Blank() bool { return l.Salt == Salt{} && l.Body == Hash{} }

// AppendBlock writes leaves that were sealed together, one behind the other, so that
// they are kept as one: salt, hash of the body, and kind and ref behind their lengths.
func AppendBlock(dst []byte, leaves []Sealed) []byte {
	for i := range leaves {
		l := &leaves[i]
		dst = append(append(dst, l.Salt[:]...), l.Body[:]...)
		dst = append(binary.AppendUvarint(dst, uint64(len(l.Kind))), l.Kind...)
		dst = append(binary.AppendUvarint(dst, uint64(len(l.Ref))), l.Ref...)
	}
	return dst
}

var errBlock = errors.New("it ends in the midst of a leaf")

// ParseBlock reads what AppendBlock wrote.
func ParseBlock(b []byte) ([]Sealed, error) {
	var leaves []Sealed
	text := func() (string, error) {
		n, used := binary.Uvarint(b)
		if used <= 0 || n > uint64(len(b)-used) {
			return "", errBlock
		}
		s := string(b[used : used+int(n)])
		b = b[used+int(n):]
		return s, nil
	}
	for len(b) > 0 {
		var l Sealed
		if len(b) < len(l.Salt)+len(l.Body) {
			return nil, errBlock
		}
		b = b[copy(l.Salt[:], b):]
		b = b[copy(l.Body[:], b):]
		var err error
		if l.Kind, err = text(); err != nil {
			return nil, err
		}
		if l.Ref, err = text(); err != nil {
			return nil, err
		}
		leaves = append(leaves, l)
	}
	return leaves, nil
}
