package rule

import "plumbline/internal/errs"

// Vocabulary names what a pack's logs speak of, in both languages, and marks
// what concerns members of the public.
type Vocabulary struct {
	Events     map[string]Term
	Attributes map[string]Term
	Objects    map[string]Term // object types
}

// Term is one name. Nothing is grouped, counted or filtered by a Public one.
type Term struct {
	Text   errs.Text
	Public bool
}

// Event is what an event type is called: the log's own name in English, which
// those who know the log know, and the vocabulary's in Chinese.
func (v *Vocabulary) Event(typ string) errs.Text {
	if v != nil && v.Events[typ].Text.Zh != "" {
		return errs.T(typ, v.Events[typ].Text.Zh)
	}
	return errs.T(typ, typ)
}

func (v *Vocabulary) attribute(name string) bool { return v != nil && v.Attributes[name].Public }

func (v *Vocabulary) object(name string) bool { return v != nil && v.Objects[name].Public }

// ParseVocabulary reads a vocabulary file:
//
//	events:     {Create Fine: {en: Fine created, zh: 开具罚单}}
//	attributes: {plate: {en: Number plate, zh: 车牌, public: true}}
//	objects:    {person: {en: Person, zh: 人员, public: true}}
//
// The error is an [errs.List].
func ParseVocabulary(file string, src []byte) (*Vocabulary, error) {
	s, src := newSource(file, src)
	v := &Vocabulary{Events: map[string]Term{}, Attributes: map[string]Term{}, Objects: map[string]Term{}}
	if src != nil {
		if root := s.readYAML(src); root != nil {
			p := parser{s}
			p.fields(root, errs.T("a vocabulary", "词汇表"), p.terms("events", v.Events), p.terms("attributes", v.Attributes), p.terms("objects", v.Objects))
		}
	}
	if _, err := s.result(); err != nil {
		return nil, err
	}
	return v, nil
}

// terms reads one section of a vocabulary.
func (p parser) terms(name string, into map[string]Term) field {
	return field{name, func(e entry) {
		for _, t := range p.entries(e.value, errs.T("names", "名称"), nil) {
			var en, zh, public *scalar
			at := p.spanOf(t.value)
			k := p.fields(t.value, errs.T("a name", "名称"), p.word("en", &en, wordText), p.word("zh", &zh, wordText), p.word("public", &public, wordFlag))
			if k == nil {
				continue
			}
			c := &checker{source: p.source}
			for _, l := range []string{"en", "zh"} {
				c.missing(k, at, l, errs.T("a name stands in English (en) and Chinese (zh)", "名称须有英文（en）和中文（zh）"))
			}
			into[t.key.Value] = Term{errs.Text{En: c.text(en), Zh: c.text(zh)}, c.flag(public)}
		}
	}}
}
