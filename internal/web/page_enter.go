package web

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/rule"
	"plumbline/internal/service"
)

// enterView is the page on which a step of a case is entered by hand: first which
// one, then what it says.
type enterView struct {
	Case   *service.Case
	Back   string
	Groups []termGroup
	Type   string // the chosen one; "" while none is
	Title  string
	Means  string
	ID     string // of the event that will be: what is sent twice is taken once
	When   string
	Reason string
	Fields []termField
	Others []otherObject
	Wrong  string
	Person string // as whom it is entered; "" of an account of no person
	Latest string // the latest time that may be given
}

// termGroup are the types of event that are one role's acts.
type termGroup struct {
	Role  string
	Terms []option
}

// termField is one attribute that a type of event should carry.
type termField struct {
	Name, Label, Help, Kind, Value string
	Options                        []option // where it is coded
}

// otherObject is an object beside the case that its events speak of.
type otherObject struct {
	Value, Label string
	Chosen       bool
}

// The attributes that say of an event that somebody entered it on a page.
const (
	enteredBy  = "entered_by"     // the account
	enteredWhy = "entered_reason" // why by hand
)

// maxEntered is the longest text of a field, in characters.
const maxEntered = 2000

// enterable is the case of a request, where who asks may enter a step of it.
func (v *view) enterable() (*service.Case, error) {
	c, err := v.p.Judged.CaseOf(v.r.Context(), v.r.PathValue("type"), v.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, errNone
	}
	thing := caseThing(c, v.above())
	if err := v.must(access.CaseRead, thing); err != nil {
		return nil, err
	}
	return c, v.must(access.EventEnter, thing)
}

func (p *Pages) enterForm(v *view) (templ.Component, error) {
	c, err := v.enterable()
	if err != nil {
		return nil, err
	}
	return v.enterPage(c, v.r.URL.Query().Get("event"), url.Values{}, "")
}

// enterPage is the form, filled with what was sent and was wrong.
func (v *view) enterPage(c *service.Case, typ string, sent url.Values, wrong string) (templ.Component, error) {
	out := enterView{Case: c, Back: caseLink(c.Type, c.ID), Wrong: wrong, Person: v.who.Person, Latest: v.local(v.now).Format(formTimeLayout)}
	v.title = v.T("enter.title")
	voc, term := v.eventTerm(typ)
	if voc == nil {
		out.Groups = v.eventGroups()
		return enterChoice(v, out), nil
	}
	out.Type, out.Title, out.Means = typ, term.Text.In(v.Lang), term.Means.In(v.Lang)
	out.ID, out.When, out.Reason = cmp.Or(sent.Get("id"), rand.Text()), cmp.Or(sent.Get("when"), out.Latest), sent.Get("reason")
	for _, name := range term.Attributes {
		a := voc.Attributes[name]
		f := termField{Name: name, Label: cmp.Or(a.Text.In(v.Lang), name), Help: a.Means.In(v.Lang), Kind: fieldKind(&a), Value: sent.Get("attr." + name)}
		for _, code := range a.Values {
			f.Options = append(f.Options, option{code.Code, code.Text.In(v.Lang), code.Code == f.Value})
		}
		out.Fields = append(out.Fields, f)
	}
	course, err := v.p.Judged.Course(v.r.Context(), c.Type, c.ID, 0)
	if err != nil {
		return nil, err
	}
	if course != nil {
		out.Others = v.otherObjects(course, sent["object"])
	}
	return enterStep(v, out), nil
}

// formTimeLayout is how a browser writes a time of a form.
const formTimeLayout = "2006-01-02T15:04"

// fieldKind is what a form asks for: select, number, datetime-local, yes or text.
func fieldKind(a *rule.AttributeTerm) string {
	switch {
	case len(a.Values) > 0:
		return "select"
	case a.Kind == event.Number:
		return "number"
	case a.Kind == event.Bool:
		return "yes"
	case a.Kind == event.Time || a.Kind == event.Day:
		return "datetime-local"
	}
	return "text"
}

// eventTerm is a type of event in the vocabularies of the packs in force; nil where
// none of them has it.
func (v *view) eventTerm(typ string) (*rule.Vocabulary, rule.EventTerm) {
	for _, r := range v.p.Service.Rules() {
		if voc := r.Pack.Vocabulary; voc != nil {
			if term, ok := voc.Events[typ]; ok {
				return voc, term
			}
		}
	}
	return nil, rule.EventTerm{}
}

// eventGroups are all types of event, by whose act they are.
func (v *view) eventGroups() []termGroup {
	byRole, seen := map[string][]option{}, map[*rule.Vocabulary]bool{}
	for _, r := range v.p.Service.Rules() {
		voc := r.Pack.Vocabulary
		if voc == nil || seen[voc] {
			continue
		}
		seen[voc] = true
		for typ, term := range voc.Events {
			role := voc.Roles[term.By].In(v.Lang)
			if o := (option{Value: typ, Text: cmp.Or(term.Text.In(v.Lang), typ)}); !slices.Contains(byRole[role], o) {
				byRole[role] = append(byRole[role], o)
			}
		}
	}
	var out []termGroup
	for role, terms := range byRole {
		slices.SortFunc(terms, func(a, b option) int { return cmp.Compare(a.Text, b.Text) })
		out = append(out, termGroup{cmp.Or(role, v.T("enter.others")), terms})
	}
	slices.SortFunc(out, func(a, b termGroup) int {
		return cmp.Or(cmp.Compare(len(b.Terms), len(a.Terms)), cmp.Compare(a.Role, b.Role))
	})
	return out
}

// mostObjects is how many objects beside the case a form offers.
const mostObjects = 40

// otherObjects are the objects of which the events of a case speak, beside it.
func (v *view) otherObjects(c *service.Course, chosen []string) []otherObject {
	var out []otherObject
	for i := range c.Events {
		for _, o := range c.Events[i].Objects {
			value := o.Type + "/" + o.ID
			if o.Type == c.Type && o.ID == c.ID || len(out) == mostObjects || slices.ContainsFunc(out, func(x otherObject) bool { return x.Value == value }) {
				continue
			}
			out = append(out, otherObject{value, v.typeName(o.Type) + " " + o.ID, slices.Contains(chosen, value)})
		}
	}
	return out
}

// enterStepOf takes a step that a form says.
func (p *Pages) enterStepOf(v *view) (templ.Component, error) {
	c, err := v.enterable()
	if err != nil {
		return nil, err
	}
	if _, err := v.readForm(); err != nil {
		return nil, err
	}
	form := v.r.PostForm
	typ := form.Get("event")
	e, fault := v.enteredEvent(c, typ, form)
	wrong := ""
	if fault != nil {
		wrong = fault.In(v.Lang)
	} else {
		out, err := p.Enter(v.r.Context(), e)
		switch {
		case err != nil:
			return nil, err
		case out.Outcome == "refused" || out.Outcome == "quarantined":
			wrong = errs.T(out.Why, out.WhyZH).In(v.Lang)
		}
	}
	if wrong != "" {
		v.status = http.StatusUnprocessableEntity
		return v.enterPage(c, typ, form, wrong)
	}
	p.Log.Info("entered by hand", "by", "session "+v.who.Session, "type", typ)
	return nil, redirect(caseLink(c.Type, c.ID) + "?entered=yes#timeline")
}

// enteredEvent is the event that a form says, by whoever sent it.
func (v *view) enteredEvent(c *service.Case, typ string, form url.Values) (event.Event, *errs.Error) {
	no := func(en, zh string) (event.Event, *errs.Error) {
		return event.Event{}, &errs.Error{Code: errs.Input, What: errs.T(en, zh)}
	}
	voc, term := v.eventTerm(typ)
	reason := errs.Said(form.Get("reason"))
	when, day, err := clock.ParseInstant(strings.TrimSpace(form.Get("when")), v.p.Zone)
	switch id := form.Get("id"); {
	case v.who.Person == "":
		return no("your account is of no person of the organisation, so that nobody would have entered it", "您的账户未对应机构中的人员，无法确定补录人")
	case voc == nil:
		return no("no vocabulary in force has such a step", "现行词汇表中没有该环节")
	case len(id) != len(rand.Text()) || !utf8.ValidString(id):
		return no("the form has no id; open it again", "表单缺少编号，请重新打开")
	case err != nil || day:
		return no("when it happened can't be read; expected a day and a time", "发生时间无法识别，应填写日期和时间")
	case when > v.now:
		return no("it lies ahead; only what happened is entered", "发生时间晚于当前时间，只能补录已发生的环节")
	case reason == "" || utf8.RuneCountInString(reason) > maxEntered:
		return no("say why it is entered by hand, in at most 2000 characters", "须说明人工补录的理由，不超过 2000 字")
	}
	e := event.Event{ID: form.Get("id"), Type: typ, Time: event.Stamp{At: when, Kind: event.Time}, Recorded: event.Stamp{At: v.now, Kind: event.Time}, Actor: event.Some(v.who.Person),
		Objects: []event.Object{{Type: c.Type, ID: c.ID}}, Attrs: []event.Attr{{Name: enteredBy, Value: event.Str(v.who.Account)}, {Name: enteredWhy, Value: event.Str(reason)}}}
	course, fault := v.p.Judged.Course(v.r.Context(), c.Type, c.ID, 0)
	if fault != nil {
		return no(fault.Error(), fault.Error())
	}
	for _, o := range v.otherObjects(cmp.Or(course, &service.Course{}), form["object"]) {
		if o.Chosen {
			typ, id, _ := strings.Cut(o.Value, "/")
			e.Objects = append(e.Objects, event.Object{Type: typ, ID: id})
		}
	}
	for _, name := range term.Attributes {
		text := strings.TrimSpace(form.Get("attr." + name))
		if text == "" {
			continue
		}
		a := voc.Attributes[name]
		value, ok := event.ParseText(a.Kind, text, v.p.Zone)
		if !ok || utf8.RuneCountInString(text) > maxEntered || len(a.Values) > 0 && !slices.ContainsFunc(a.Values, func(c rule.Value) bool { return c.Code == text }) {
			return no("the value of “"+cmp.Or(a.Text.En, name)+"” can't be read", "“"+cmp.Or(a.Text.Zh, name)+"”的值无法识别")
		}
		e.Attrs = append(e.Attrs, event.Attr{Name: name, Value: value})
	}
	return e, nil
}
