package xes

import (
	"strings"

	"plumbline/internal/eventio"
)

// part is what an attribute of an event says where it isn't just an attribute.
type part uint8

const (
	partNone part = iota
	partType
	partTime
	partActor
	partUnit
	partID
	partSeq
	partRecorded
	partObjects    // plumbline:objects
	partAttributes // plumbline:attributes
	partObject     // an object, by --map object.<type>
)

// key is what is known of an attribute's name.
type key struct {
	name      string
	part      part
	wanted    bool   // as an attribute
	traceName bool   // in a trace: the case
	objType   string // partObject
	qualifier string
	col       int   // its column, −1 until it has a value
	seen      int64 // the event or trace that had it last
	next      *key  // which came after it the last time
}

// keys finds attributes by name. Logs repeat the same few names in nearly the
// same order, so that the one that followed last time is tried first.
type keys struct {
	byName map[string]*key
	last   *key
	lately [256]*key // by a few of their bytes
	wants  func(string) bool
}

func newKeys(m eventio.Mapping, wants func(string) bool) *keys {
	ks := &keys{byName: map[string]*key{}, last: &key{}, wants: wants}
	usual := func(part, name string) string {
		if n := m[part]; n != "" {
			return n
		}
		return name
	}
	for _, p := range []struct {
		part part
		name string
	}{
		{partObjects, keyObjects}, {partAttributes, keyAttributes},
		{partType, usual("type", keyName)}, {partTime, usual("time", keyTime)},
		{partActor, usual("actor", keyResource)}, {partUnit, usual("unit", keyGroup)},
		{partID, usual("id", keyID)}, {partSeq, usual("seq", keySeq)}, {partRecorded, usual("recorded", keyRecorded)},
	} {
		ks.add(p.name).part = p.part
	}
	for as, name := range m {
		if typ, ok := strings.CutPrefix(as, "object."); ok {
			k := ks.add(name)
			k.part = partObject
			k.objType, k.qualifier, _ = strings.Cut(typ, "/")
		}
	}
	ks.add(usual("case", keyName)).traceName = true
	return ks
}

func (ks *keys) add(name string) *key {
	k := ks.byName[name]
	if k == nil {
		k = &key{name: strings.Clone(name), wanted: ks.wants(name), col: -1, seen: -1}
		ks.byName[k.name] = k
	}
	return k
}

// find is the key of a name.
func (ks *keys) find(name []byte) *key {
	if k := ks.last.next; k != nil && k.name == string(name) {
		ks.last = k
		return k
	}
	var k *key
	slot := 0
	if n := len(name); n > 0 {
		slot = (n*7 + int(name[0])*31 + int(name[n/2])*5 + int(name[n-1])) & 255
		k = ks.lately[slot]
	}
	if k == nil || k.name != string(name) {
		if k = ks.byName[string(name)]; k == nil {
			k = ks.add(string(name))
		}
		ks.lately[slot] = k
	}
	ks.last.next = k
	ks.last = k
	return k
}
