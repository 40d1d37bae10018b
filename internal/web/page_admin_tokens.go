package web

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/service"
)

// tokenRow is a token of the list; its secret is kept nowhere.
type tokenRow struct {
	Name, Kind, Unit, Types, Since, Contact, Mark, Word, Link string
	Disabled                                                  bool
}

// tokenForm is what is written of a new one.
type tokenForm struct {
	Name, Kind, Unit, Types, Lateness, Habit string
	Kinds                                    []option
	Units                                    []option
}

// tokensView is what the page of tokens shows.
type tokensView struct {
	told
	Rows    []tokenRow
	Changes bool
	Form    tokenForm
	Name    string // whose token is shown, this once
	Token   string
}

// tokenKinds are what a token may do.
var tokenKinds = []service.Role{service.RoleSource, service.RoleReader, service.RoleAdmin}

func (p *Pages) tokens(v *view) (templ.Component, error) {
	return p.tokensWith(v, tokensView{told: v.done("disabled", v.T("tokens.done_disabled"))})
}

func (p *Pages) tokensWith(v *view, out tokensView) (templ.Component, error) {
	v.title = v.T("tokens.title")
	list, err := p.Service.Sources(v.r.Context())
	if err != nil {
		return nil, err
	}
	for i := range list {
		out.Rows = append(out.Rows, v.tokenRow(&list[i]))
	}
	out.Changes, out.Form.Units = v.may(access.SourceChange), v.unitOptions([]string{out.Form.Unit})
	for _, k := range tokenKinds {
		out.Form.Kinds = append(out.Form.Kinds, option{string(k), v.T("tokens.may_" + string(k)), out.Form.Kind == string(k)})
	}
	return tokensPage(v, out), nil
}

func (v *view) tokenRow(s *service.SourceInfo) tokenRow {
	kind := s.Source.Role
	if kind == "" {
		kind = service.RoleSource
	}
	row := tokenRow{Name: s.Source.Name, Kind: v.T("tokens.kind_" + string(kind)), Unit: v.unit(s.Source.Unit), Types: strings.Join(s.Source.Types, v.T("list.comma")), Since: v.at(s.Source.Created),
		Contact: "—", Mark: "met", Word: v.T("admin.active"), Link: "/admin/tokens/" + escapePath(s.Source.Name), Disabled: s.Source.Disabled}
	if s.State.Contact != 0 {
		row.Contact = v.at(s.State.Contact)
	}
	if row.Disabled {
		row.Mark, row.Word = "moot", v.T("admin.disabled")
	}
	return row
}

// addToken makes a token and shows it, this once.
func (p *Pages) addToken(v *view) (templ.Component, error) {
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	text := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	f := tokenForm{Name: text("name"), Kind: text("kind"), Unit: text("unit"), Types: text("types"), Lateness: text("lateness"), Habit: text("habit")}
	src := service.Source{Name: f.Name, Role: service.Role(f.Kind), Unit: f.Unit, Skew: 5 * minute,
		Types: strings.FieldsFunc(f.Types, func(r rune) bool { return r == ',' || r == '，' || r == '、' || r == '\n' || r == '\r' })}
	for i := range src.Types {
		src.Types[i] = strings.TrimSpace(src.Types[i])
	}
	for _, d := range []struct {
		key, text string
		to        *int64
	}{{"tokens.lateness", f.Lateness, &src.Lateness}, {"tokens.habit", f.Habit, &src.Habit}} {
		if *d.to, err = length(v.T(d.key), d.text); err != nil {
			break
		}
	}
	if err == nil && !v.isKind(src.Role) {
		err = &errs.Error{Code: errs.Usage, What: errs.T("it isn’t said what the token may do", "未选择令牌权限")}
	}
	token := ""
	if err == nil {
		token, err = p.Tokens.Add(v.r.Context(), src)
	}
	if err != nil && errs.CodeOf(err) == errs.Usage {
		v.status = http.StatusUnprocessableEntity
		return p.tokensWith(v, tokensView{told: told{Wrong: errs.In(err, v.Lang)}, Form: f})
	}
	if err != nil {
		return nil, err
	}
	return p.tokensWith(v, tokensView{Name: f.Name, Token: token})
}

func (v *view) isKind(r service.Role) bool {
	for _, k := range tokenKinds {
		if k == r {
			return true
		}
	}
	return false
}

// length reads a length of time in microseconds; a day is 24 hours, nothing is none.
func length(field, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	d, err := clock.ParseDuration(text)
	if err == nil && d.Unit == clock.UnitDay {
		d = clock.Duration{N: d.N * 24, Unit: clock.UnitHour}
	}
	if err != nil || !d.Elapsed() {
		return 0, &errs.Error{Code: errs.Usage, Err: err, What: errs.Tf("%s: %q is not a length of time", "%s：%q 不是时间长度", field, text),
			Next: errs.T("write whole minutes, hours or days: 30m, 48h, 2d", "请写整数的分、小时或天：30m、48h、2d")}
	}
	return d.Micros(), nil
}

// changeToken gives another token, or lets one open nothing any more.
func (p *Pages) changeToken(v *view) (templ.Component, error) {
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	name, token := v.r.PathValue("name"), ""
	if form.Get("act") == "disable" {
		err = p.Tokens.Disable(v.r.Context(), name)
	} else {
		token, err = p.Tokens.Rotate(v.r.Context(), name)
	}
	switch {
	case err != nil && errs.CodeOf(err) == errs.Usage:
		v.status = http.StatusUnprocessableEntity
		return p.tokensWith(v, tokensView{told: told{Wrong: errs.In(err, v.Lang)}})
	case err != nil:
		return nil, err
	case token != "":
		return p.tokensWith(v, tokensView{Name: name, Token: token})
	}
	return nil, redirect("/admin/tokens?done=disabled")
}
