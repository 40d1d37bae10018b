package rule

import (
	"slices"

	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// Vocabulary names what a pack's logs speak of, in both languages: an agency
// maps its own system's names onto it once. It says whose acts the events are,
// what they carry, what the coded values mean, and marks what concerns members
// of the public.
type Vocabulary struct {
	Roles      map[string]errs.Text // whose acts there are, as police or bank
	Events     map[string]EventTerm
	Attributes map[string]AttributeTerm
	Objects    map[string]Term // object types

	beside []*Vocabulary
}

// Beside lets the vocabularies of packs that are used together name for each other the
// event types that one of them lacks: a rule about any event speaks of them, too.
func Beside(all []*Vocabulary) {
	for _, v := range all {
		if v != nil {
			v.beside = all
		}
	}
}

// Term is one name. Nothing is grouped, counted or filtered by a Public one.
type Term struct {
	Text   errs.Text
	Means  errs.Text // what it means, where the name doesn't say; may be empty
	Public bool
	Pos    Pos
}

// EventTerm is the name of an event type.
type EventTerm struct {
	Term
	By         string   // the role whose act it is; "" where the vocabulary doesn't say
	Attributes []string // what such an event should carry
}

// AttributeTerm is the name of an attribute of events or objects.
type AttributeTerm struct {
	Term
	Kind    event.Kind // Absent where the vocabulary gives no type
	KindPos Pos        // where it gives it
	Values  []Value    // the coded values that it may have, in the file's order
	Names   Naming
	// Searchable is text by which whoever may read a case finds it; never what concerns
	// the public, never a narrative.
	Searchable bool
}

// Value is one of the coded values of an attribute.
type Value struct {
	Code string
	Text errs.Text
}

// Naming is what an attribute's value identifies.
type Naming uint8

// What an attribute may identify.
const (
	NamesNobody Naming = iota
	NamesOfficial
	NamesUnit
	NamesCase
)

var namingNames = []string{"official", "unit", "case"}

// Event is what an event type is called: the log's own name in English, which
// those who know the log know, and the vocabulary's in Chinese.
func (v *Vocabulary) Event(typ string) errs.Text {
	if v == nil {
		return errs.T(typ, typ)
	}
	if zh := v.Events[typ].Text.Zh; zh != "" {
		return errs.T(typ, zh)
	}
	for _, other := range v.beside {
		if other != nil && other.Events[typ].Text.Zh != "" {
			return errs.T(typ, other.Events[typ].Text.Zh)
		}
	}
	return errs.T(typ, typ)
}

// Searchable are the names of the attributes that are searched, sorted.
func (v *Vocabulary) Searchable() []string {
	var out []string
	for name, a := range v.attributes() {
		if a.Searchable {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Public says whether an attribute is marked as one of the public.
func (v *Vocabulary) Public(attribute string) bool { return v.attribute(attribute) }

func (v *Vocabulary) attributes() map[string]AttributeTerm {
	if v == nil {
		return nil
	}
	return v.Attributes
}

func (v *Vocabulary) attribute(name string) bool { return v.attributes()[name].Public }

func (v *Vocabulary) object(name string) bool { return v != nil && v.Objects[name].Public }

// ParseVocabulary reads a vocabulary file:
//
//	roles:      {police: {en: Traffic police, zh: 交通警察}}
//	events:     {Create Fine: {en: Fine created, zh: 开具罚单, by: police, attributes: [amount]}}
//	attributes: {plate: {en: Number plate, zh: 车牌, type: string, public: true}}
//	objects:    {person: {en: Person, zh: 人员, public: true}}
//
// The error is an [errs.List].
func ParseVocabulary(file string, src []byte) (*Vocabulary, error) {
	s, src := newSource(file, src)
	v := &Vocabulary{Roles: map[string]errs.Text{}, Events: map[string]EventTerm{}, Attributes: map[string]AttributeTerm{}, Objects: map[string]Term{}}
	if src != nil {
		if root := s.readYAML(src, errs.T("a vocabulary has events, as events: {Create Fine: {en: Fine created, zh: 开具罚单}}", "词汇表写明事件，如 events: {Create Fine: {en: Fine created, zh: 开具罚单}}")); root != nil {
			r := vocabularyReader{parser: parser{s}, check: &checker{source: s}, into: v}
			r.read(root)
		}
	}
	if _, err := s.result(); err != nil {
		return nil, err
	}
	return v, nil
}

// vocabularyReader reads and checks in one go: only what events say of roles
// and attributes waits until all of them are known.
type vocabularyReader struct {
	parser
	check   *checker
	into    *Vocabulary
	by      []*scalar // roles that events name
	carries []*scalar // attributes that events name
}
