package web

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// Mapper says what the names of a source's files are in the words of the packs in
// force, and keeps what was decided; package app implements it.
type Mapper interface {
	Mapping(ctx context.Context, source string) (text string, err error)
	// Preview reads a sample by a mapping; where text is "", by what it proposes for
	// a pack. With an error it gives what it found out before.
	Preview(ctx context.Context, source, file, pack, text string, sample []byte, lang errs.Lang) (*MapPreview, error)
	Save(ctx context.Context, account, source, text string) error
}

// MapPreview is what would become of a sample.
type MapPreview struct {
	Text    string // the mapping by which it was read
	Names   []MapName
	Refused []errs.Text   // fields about members of the public, and why
	Blocked []errs.Text   // rules that couldn't be judged
	Bad     []*errs.Error // rows that can't be read
	Odd     []*errs.Error // what the mapping names and the sample hasn't
	Events  []event.Event // the first ones, under their new names
	Total   int
}

// MapName is a name of the sample, and what it is taken for.
type MapName struct {
	Kind  string // event, object, attribute
	From  string
	N     int
	To    string // "" where that is to be decided
	Maybe []string
	Why   errs.Text
}

// mappingView is the page of a source's mapping.
type mappingView struct {
	Name, Title, Link string
	Kept              bool // a mapping is kept
	Text              string
	Packs             []option
	Wrong             string
	Done              bool
	File              string
	Shown             *MapPreview
	Events            []mappedEvent
	Bad, Odd          []string
}

// mappedEvent is an event of the sample as it would be taken.
type mappedEvent struct{ Name, Type, At, Actor, Unit, Objects, Attrs string }

// mostBad is how many bad rows are shown.
const mostBad = 20

// mapped is the page of the source of a request.
func (v *view) mapped() (*mappingView, error) {
	name := v.r.PathValue("name")
	list, err := v.p.Service.Sources(v.r.Context())
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Source.Name == name {
			out := &mappingView{Name: name, Title: v.sourceName(name), Link: "/sources/" + escapePath(name)}
			v.title = v.T("mapping.title") + " " + out.Title
			for _, r := range v.p.Service.Rules() {
				if !slices.ContainsFunc(out.Packs, func(o option) bool { return o.Value == r.Pack.Name }) {
					out.Packs = append(out.Packs, option{Value: r.Pack.Name, Text: r.Pack.Name})
				}
			}
			out.Text, err = v.p.Mapper.Mapping(v.r.Context(), name)
			out.Kept = out.Text != ""
			return out, err
		}
	}
	return nil, errNone
}

func (p *Pages) mappingPage(v *view) (templ.Component, error) {
	out, err := v.mapped()
	if err != nil {
		return nil, err
	}
	out.Done = v.r.URL.Query().Get("done") != ""
	return mappingForm(v, out), nil
}

// mappingFile gives the mapping that is kept, for commands that read a log.
func (p *Pages) mappingFile(v *view) (templ.Component, error) {
	m, err := v.mapped()
	if err != nil {
		return nil, err
	}
	if !m.Kept {
		return nil, errNone
	}
	return nil, raw{"application/yaml", "mapping.yaml", []byte(m.Text)}
}

// mapSource tries a mapping on a sample, or keeps it.
func (p *Pages) mapSource(v *view) (templ.Component, error) {
	out, err := v.mapped()
	if err != nil {
		return nil, err
	}
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	out.Text = strings.TrimSpace(strings.ReplaceAll(form.Get("text"), "\r\n", "\n"))
	if form.Get("act") == "save" {
		if err := p.Mapper.Save(v.r.Context(), v.who.Account, out.Name, out.Text); err != nil {
			return v.wrongMapping(out, err)
		}
		p.Log.Info("a mapping was kept", "by", "session "+v.who.Session, "source", out.Name)
		return nil, redirect(out.Link + "/mapping?done=yes")
	}
	file, head, err := v.r.FormFile("sample")
	if err != nil {
		return v.wrongMapping(out, &errs.Error{Code: errs.Input, What: errs.T("no sample was chosen", "未选择样本文件"), Err: err})
	}
	defer file.Close()
	sample, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	if form.Get("act") == "propose" {
		out.Text = ""
	}
	out.File = head.Filename
	shown, err := p.Mapper.Preview(v.r.Context(), out.Name, head.Filename, form.Get("pack"), out.Text, sample, v.Lang)
	if shown != nil {
		out.Text = shown.Text
		v.preview(out, shown)
	}
	if err != nil {
		return v.wrongMapping(out, err)
	}
	return mappingForm(v, out), nil
}

// wrongMapping is the page with what is wrong, where somebody can put it right.
func (v *view) wrongMapping(out *mappingView, err error) (templ.Component, error) {
	if code := errs.CodeOf(err); code != errs.Usage && code != errs.Input && code != errs.Limit {
		return nil, err
	}
	v.status, out.Wrong = http.StatusUnprocessableEntity, errs.In(err, v.Lang)
	return mappingForm(v, out), nil
}

// preview puts what would become of a sample into words.
func (v *view) preview(out *mappingView, p *MapPreview) {
	out.Shown = p
	for i := range p.Events {
		e := &p.Events[i]
		m := mappedEvent{Name: v.event(e.Type), Type: e.Type, At: v.full(e.Time.At), Actor: e.Actor.Value, Unit: v.unit(e.Unit.Value)}
		var objects, attrs []string
		for _, o := range e.Objects {
			objects = append(objects, v.typeName(o.Type)+" "+o.ID)
		}
		for _, a := range e.Attrs {
			attrs = append(attrs, a.Name+" = "+a.Value.Text(v.p.Zone))
		}
		m.Objects, m.Attrs = strings.Join(objects, v.T("list.comma")), strings.Join(attrs, v.T("list.comma"))
		out.Events = append(out.Events, m)
	}
	for _, b := range p.Bad[:min(mostBad, len(p.Bad))] {
		out.Bad = append(out.Bad, b.In(v.Lang))
	}
	for _, o := range p.Odd {
		out.Odd = append(out.Odd, o.In(v.Lang))
	}
}

// mayMap says whether who asks may say how a source's columns are read.
func (v *view) mayMap() bool { return v.p.Mapper != nil && v.may(access.SourceMap) }
