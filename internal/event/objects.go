package event

// ObjectID is the code of an object in one log, from 1; 0 is no object.
type ObjectID uint32

// Objects gives every object (type, id) of a log a code, and every type of
// object one. It is a [Dict] whose key has two parts.
type Objects struct {
	Types *Dict    // codes of object types
	typ   []uint16 // by ObjectID
	name  Dict     // only its names and arena are used
	slots []uint64
}

func newObjects() *Objects {
	return &Objects{Types: NewDict(), typ: make([]uint16, 1, 16), name: Dict{names: make([]string, 1, 16)}, slots: make([]uint64, 32)}
}

// Len is the number of objects.
func (o *Objects) Len() int { return len(o.typ) - 1 }

// Type is the code (in Types) of the object's type.
func (o *Objects) Type(id ObjectID) uint16 { return o.typ[id] }

// TypeName is the name of the object's type.
func (o *Objects) TypeName(id ObjectID) string { return o.Types.Name(uint32(o.typ[id])) }

// Name is the object's id as its source wrote it.
func (o *Objects) Name(id ObjectID) string { return o.name.names[id] }

// CountByType is how many objects there are of each type code.
func (o *Objects) CountByType() []int {
	n := make([]int, o.Types.Len()+1)
	for _, t := range o.typ[1:] {
		n[t]++
	}
	return n
}

// ID is the code of an object, given now if it has none yet.
func (o *Objects) ID(typ uint16, name []byte) ObjectID {
	return o.code(objectHash(typ, name), typ, name)
}

// code is ID for a name whose hash is known.
func (o *Objects) code(h uint32, typ uint16, name []byte) ObjectID {
	mask := uint32(len(o.slots) - 1)
	i := h & mask
	for {
		s := o.slots[i]
		if s == 0 {
			break
		}
		if c := uint32(s); uint32(s>>32) == h && o.typ[c] == typ && o.name.names[c] == string(name) {
			return ObjectID(c)
		}
		i = (i + 1) & mask
	}
	code := uint32(len(o.typ))
	o.typ = append(roomFor(o.typ), typ)
	o.name.names = append(roomFor(o.name.names), o.name.keep(name))
	o.slots[i] = uint64(h)<<32 | uint64(code)
	if len(o.typ)*5 > len(o.slots)*3 {
		o.name.slots = o.slots
		o.name.grow()
		o.slots, o.name.slots = o.name.slots, nil
	}
	return ObjectID(code)
}

// Find is the code of an object, or 0 if the log has no such object.
func (o *Objects) Find(typ, name string) ObjectID {
	t := o.Types.Find(typ)
	if t == 0 {
		return 0
	}
	return o.find(objectHash(uint16(t), stringBytes(name)), uint16(t), name)
}

// find is Find for a name whose hash is known.
func (o *Objects) find(h uint32, typ uint16, name string) ObjectID {
	mask := uint32(len(o.slots) - 1)
	for i := h & mask; o.slots[i] != 0; i = (i + 1) & mask {
		s := o.slots[i]
		if c := uint32(s); uint32(s>>32) == h && o.typ[c] == typ && o.name.names[c] == name {
			return ObjectID(c)
		}
	}
	return 0
}

// typeMix spreads objects of one name and several types.
const typeMix = 0x9e3779b1

func objectHash(typ uint16, name []byte) uint32 {
	return dictHash(name) ^ uint32(typ)*typeMix
}
