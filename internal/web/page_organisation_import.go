package web

import (
	"crypto/rand"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/org"
)

// drafted is a file that was looked at and not entered yet: kept in memory, for whoever
// sent it, until it is entered or others push it out.
type drafted struct {
	ticket, account, name string
	body                  []byte
	from                  clock.Day
	hasFrom               bool
}

// drafts are the last such files.
type drafts struct {
	mu   sync.Mutex
	list []*drafted
}

// mostDrafts is how many files wait to be entered at most.
const mostDrafts = 8

func (d *drafts) keep(one *drafted) {
	d.mu.Lock()
	defer d.mu.Unlock()
	one.ticket = rand.Text()
	if d.list = append(d.list, one); len(d.list) > mostDrafts {
		d.list = append([]*drafted{}, d.list[1:]...)
	}
}

// of is an account's draft; nil where it has none by this ticket.
func (d *drafts) of(ticket, account string) *drafted {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, one := range d.list {
		if one.ticket == ticket && one.account == account {
			return one
		}
	}
	return nil
}

// importForm is what is written of an import.
type importForm struct{ Wrong, From string }

// importPage asks for a file.
func (p *Pages) importPage(v *view) (templ.Component, error) {
	v.title = v.T("orgs.import")
	return organisationImport(v, importForm{}), nil
}

// author is who asks, as the organisation knows people.
func (v *view) author() org.Author {
	return org.Author{Account: v.who.Account, Person: org.PersonID(v.who.Person)}
}

// importPreview reads the file and says what it would change; nothing is entered.
func (p *Pages) importPreview(v *view) (templ.Component, error) {
	v.title = v.T("orgs.import")
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	d := &drafted{account: v.who.Account}
	from := strings.TrimSpace(form.Get("from"))
	err = v.readDraft(d, from)
	var plan *org.Plan
	if err == nil {
		plan, err = p.planned(v, d)
	}
	if err != nil {
		if c := errs.CodeOf(err); c != errs.Usage && c != errs.Input && c != errs.Limit {
			return nil, err
		}
		v.status = http.StatusUnprocessableEntity
		return organisationImport(v, importForm{Wrong: errs.In(err, v.Lang), From: from}), nil
	}
	p.drafts.keep(d)
	return v.planPage(plan, d, told{})
}

// planPage shows what a file would change.
func (v *view) planPage(p *org.Plan, d *drafted, t told) (templ.Component, error) {
	shown, err := v.planView(p, d)
	if err != nil {
		return nil, err
	}
	return organisationPlan(v, shown, t), nil
}

// readDraft reads the file of a form, and from which day on it says how things are.
func (v *view) readDraft(d *drafted, from string) (err error) {
	if from != "" {
		if d.from, err = clock.ParseDay(from); err != nil {
			return &errs.Error{Code: errs.Usage, What: errs.Tf("%q is not a day", "%q 不是日期", from), Next: errs.T("write it as 2026-04-01", "请写成 2026-04-01")}
		}
		d.hasFrom = true
	}
	file, head, err := v.r.FormFile("file")
	if err != nil {
		return &errs.Error{Code: errs.Input, What: errs.T("no file was chosen", "未选择文件"), Err: err}
	}
	defer file.Close()
	d.name = head.Filename
	d.body, err = io.ReadAll(file)
	return err
}

func (p *Pages) planned(v *view, d *drafted) (*org.Plan, error) {
	draft, err := p.Organisation.Read(d.name, d.body)
	if err != nil {
		return nil, err
	}
	return p.Organisation.Plan(v.r.Context(), v.author(), draft, d.from, d.hasFrom)
}

// importApply enters what the preview showed. Where somebody entered something
// meanwhile, the difference is shown again.
func (p *Pages) importApply(v *view) (templ.Component, error) {
	v.title = v.T("orgs.import")
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	d := p.drafts.of(form.Get("ticket"), v.who.Account)
	if d == nil {
		v.status = http.StatusUnprocessableEntity
		return organisationImport(v, importForm{Wrong: v.T("orgs.again")}), nil
	}
	plan, err := p.planned(v, d)
	if err != nil {
		return nil, err
	}
	if seen, err := strconv.ParseInt(form.Get("seen"), 10, 64); err != nil || seen != plan.Seen {
		v.status = http.StatusConflict
		return v.planPage(plan, d, told{Wrong: v.T("orgs.faster")})
	}
	if plan.Bar != nil { // the preview had no button for it
		v.noted("organisation: favour")
		v.status = http.StatusForbidden
		return v.planPage(plan, d, told{Wrong: errs.In(plan.Bar, v.Lang)})
	}
	_, err = p.Organisation.Apply(v.r.Context(), v.author(), plan, form.Get("reason"))
	switch {
	case err == nil:
		return nil, redirect("/organisation?done=applied")
	case errs.CodeOf(err) == errs.Usage:
		v.status = http.StatusUnprocessableEntity
		return v.planPage(plan, d, told{Wrong: errs.In(err, v.Lang)})
	}
	return nil, err
}
