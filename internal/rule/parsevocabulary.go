package rule

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"plumbline/internal/errs"
	"plumbline/internal/event"
)

func (r *vocabularyReader) read(root *yaml.Node) {
	v := r.into
	r.fields(root, errs.T("a vocabulary", "词汇表"),
		r.section("roles", func(name string, n *yaml.Node) {
			if t, ok := r.term(n, errs.T("a role", "角色"), nil); ok {
				v.Roles[name] = t.Text
			}
		}),
		r.section("events", r.event),
		r.section("attributes", r.attribute),
		r.section("objects", func(name string, n *yaml.Node) {
			if t, ok := r.term(n, errs.T("an object type", "对象类型"), r.meaning); ok {
				v.Objects[name] = t
			}
		}))
	known := func(names []*scalar, all []string, what errs.Text) {
		slices.Sort(all)
		for _, s := range names {
			if !slices.Contains(all, s.text) {
				r.fail(s.at, errs.Text{En: "there is no " + what.En + " " + quote(s.text) + " in this vocabulary", Zh: "本词汇表中没有" + what.Zh + " " + quote(s.text)}, errs.DidYouMean(s.text, all))
			}
		}
	}
	known(r.by, keysOf(v.Roles), errs.T("role", "角色"))
	known(r.carries, keysOf(v.Attributes), errs.T("attribute", "属性"))
}

func keysOf[T any](m map[string]T) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

// section reads one section of a vocabulary, name by name.
func (r *vocabularyReader) section(name string, read func(name string, n *yaml.Node)) field {
	return field{name, func(e entry) {
		for _, t := range r.entries(e.value, errs.T("names", "名称"), nil) {
			read(t.key.Value, t.value)
		}
	}}
}

// meaning are the keys that every name may have beside its texts.
func (r *vocabularyReader) meaning(t *Term) []field {
	return []field{
		{"means", func(e entry) { t.Means = r.both(e.value, errs.T("what it means", "含义")) }},
		{"public", func(e entry) { t.Public = r.check.flag(r.scalar(e.value, wordFlag)) }},
	}
}

// both reads a text in two languages, neither of which may be missing here: the
// names are what a report is read by.
func (r *vocabularyReader) both(n *yaml.Node, what errs.Text) errs.Text {
	t := r.parser.both(n, what)
	if t == nil {
		return errs.Text{}
	}
	return r.texts(t.keys, t.at, t.en, t.zh)
}

func (r *vocabularyReader) texts(k keys, at span, en, zh *scalar) errs.Text {
	for _, l := range []string{"en", "zh"} {
		r.check.missing(k, at, l, errs.T("a name stands in English (en) and Chinese (zh)", "名称须有英文（en）和中文（zh）"))
	}
	return errs.Text{En: r.check.text(en), Zh: r.check.text(zh)}
}

// term reads what a name is called; more gives the other keys that it may have.
func (r *vocabularyReader) term(n *yaml.Node, what errs.Text, more func(*Term) []field) (Term, bool) {
	at := r.spanOf(n)
	t := Term{Pos: r.pos(at)}
	var en, zh *scalar
	fields := []field{r.word("en", &en, wordText), r.word("zh", &zh, wordText)}
	if more != nil {
		fields = append(fields, more(&t)...)
	}
	k := r.fields(n, what, fields...)
	if k == nil {
		return t, false
	}
	t.Text = r.texts(k, at, en, zh)
	return t, true
}

func (r *vocabularyReader) event(name string, n *yaml.Node) {
	var e EventTerm
	t, ok := r.term(n, errs.T("an event type", "事件类型"), func(t *Term) []field {
		return append(r.meaning(t),
			field{"by", func(f entry) {
				if s := r.scalar(f.value, errs.T("the role whose act it is", "行为主体的角色")); s != nil {
					e.By = s.text
					r.by = append(r.by, s)
				}
			}},
			field{"attributes", func(f entry) {
				if l := r.list(f.value, errs.T("a list of attributes", "属性列表")); l != nil {
					for _, s := range l.items {
						e.Attributes = append(e.Attributes, s.text)
					}
					r.carries = append(r.carries, l.items...)
				}
			}})
	})
	if e.Term = t; ok {
		r.into.Events[name] = e
	}
}

func (r *vocabularyReader) attribute(name string, n *yaml.Node) {
	var a AttributeTerm
	t, ok := r.term(n, errs.T("an attribute", "属性"), func(t *Term) []field {
		return append(r.meaning(t),
			field{"type", func(f entry) { r.kind(&a, f.value) }},
			field{"values", func(f entry) {
				for _, c := range r.entries(f.value, errs.T("the coded values", "代码值"), nil) {
					if v, ok := r.term(c.value, errs.T("a coded value", "代码值"), nil); ok {
						a.Values = append(a.Values, Value{c.key.Value, v.Text})
					}
				}
			}},
			field{"names", func(f entry) {
				if s := r.scalar(f.value, errs.T("official, unit or case", "official、unit 或 case")); s != nil {
					r.check.choice(s, namingNames...)
					a.Names = Naming(slices.Index(namingNames, s.text) + 1)
				}
			}})
	})
	if a.Term = t; ok {
		r.into.Attributes[name] = a
	}
}

func (r *vocabularyReader) kind(a *AttributeTerm, n *yaml.Node) {
	s := r.scalar(n, errs.T("a type: number, string, bool, time or strings", "类型：number、string、bool、time 或 strings"))
	if s == nil {
		return
	}
	k, ok := event.ParseKind(s.text)
	if !ok {
		r.check.choice(s, kindNames...)
		return
	}
	a.Kind, a.KindPos = k, r.pos(s.at)
}
