package web

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/ledger"
)

// bulkKinds are the moves that can be made of several items at once.
var bulkKinds = []ledger.Kind{ledger.Assign, ledger.Extend, ledger.Comment}

// bulkDone is what became of several moves that were asked for at once.
type bulkDone struct {
	Kind ledger.Kind
	Done int
	Not  []bulkNot
	Back string
}

// bulkNot is an item of which the move wasn't made, and why.
type bulkNot struct{ Link, Number, Why string }

// mayBulk are those of the moves that who asks may make at all.
func (v *view) mayBulk() []ledger.Kind {
	return slices.DeleteFunc(slices.Clone(bulkKinds), func(k ledger.Kind) bool { return !v.may(access.ItemMove(string(k))) })
}

// moveFindings makes one move of each of several items, each by itself.
func (p *Pages) moveFindings(v *view) (templ.Component, error) {
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	kind, items := ledger.Kind(form.Get("kind")), v.r.PostForm["item"]
	switch {
	case !slices.Contains(bulkKinds, kind):
		return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("there is no move %q for several findings", "没有“%s”这一批量操作", form.Get("kind"))}
	case len(items) == 0:
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("no finding was chosen", "未选择问题")}
	case len(items) > pageSize:
		return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("at most %d findings at once", "一次最多 %d 项", pageSize)}
	}
	say, _ := v.content(form)
	out := bulkDone{Kind: kind, Back: local(form.Get("back"))}
	v.title = v.T("bulk.title")
	var want []ledger.Wanted
	for _, item := range items {
		id, version, _ := strings.Cut(item, ":")
		seen, err := strconv.ParseInt(version, 10, 64)
		if err != nil {
			return nil, &errs.Error{Code: errs.Input, What: errs.T("the form has no version of an item", "表单缺少事项版本")}
		}
		thing, err := v.readable(id)
		if errors.Is(err, errNone) {
			continue // it isn't told that there is such a thing
		}
		if err != nil {
			return nil, err
		}
		if d := access.Decide(v.who, access.ItemMove(string(kind)), thing); !d.Allowed {
			v.noted(d.Rule)
			out.Not = append(out.Not, bulkNot{Link: "/findings/" + escapePath(id), Number: id[:min(8, len(id))], Why: d.Why.In(v.Lang)})
			continue
		}
		want = append(want, ledger.Wanted{Finding: id, Seen: seen})
	}
	done, err := p.Ledger.MoveAll(v.r.Context(), v.mover(), want, kind, say)
	if err != nil {
		return nil, err
	}
	for _, d := range done {
		if d.Err == nil {
			out.Done++
			continue
		}
		v.barred(kind, d.Err)
		out.Not = append(out.Not, bulkNot{Link: "/findings/" + escapePath(d.Finding), Number: d.Finding[:min(8, len(d.Finding))], Why: errs.In(d.Err, v.Lang)})
	}
	return bulkDonePage(v, out), nil
}
