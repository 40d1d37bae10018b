package access

import (
	"slices"
	"strings"

	"plumbline/internal/errs"
)

// What no agency's table may change:
//
//   - the administrator, machines that send and everyone get no more than the
//     program gives them: who keeps the system running reads no content;
//   - a lay supervisor sees no persons, cases or exports;
//   - where every line of an action that reaches beyond one's own has a bar, every new
//     one has it, too, and none is over what it bars: nobody verifies, closes or approves
//     their own, and a conflict hides;
//   - what is kept for people stays so;
//   - an auditor reads all that the program lets an auditor read, and everyone what it
//     lets everyone: what concerns them, and to reply to it;
//   - what takes somebody who may do it to anything (approve, verify, close) has one.
func (e *Entry) check() (wrong errs.List) {
	say := func(at errs.Place, what, next errs.Text) { wrong = append(wrong, fault(at, what, next)) }
	own := builtin().by[e.Action]
	if own == nil {
		var known []Action
		for i := range builtin().entries {
			known = append(known, builtin().entries[i].Action)
		}
		say(e.at, errs.Tf("there is no action %q", "没有操作 %q", e.Action), errs.DidYouMean(string(e.Action), namesOf(known)))
		return wrong
	}
	if own.People && !e.People {
		say(e.at, errs.Tf("%s is kept for people", "%s 只能由人员办理", e.Action), errs.T("write `people` below it", "请在其下写 `people`"))
	}
	bars := own.bars()
	for i := range e.Lines {
		l := &e.Lines[i]
		if was := own.line(l.Role); !l.within(was) {
			say(l.at, errs.Tf("%s may not get this: %s", "%s 不能获得此项权限：%s", l.Role, e.Action), limitOf(l.Role))
		}
		for _, b := range bars {
			if l.reaches() && !slices.Contains(l.Unless, b) {
				say(l.at, errs.Tf("the bar %s can't be left out of %s", "%[2]s 不能去掉限制 %[1]s", b, e.Action), errs.Tf("write `unless %s`", "请写 `unless %s`", strings.Join(namesOf(bars), " ")))
			}
			if slices.Contains(l.Over, b) {
				say(l.at, errs.Tf("%s bars %s, and can't be what it is over", "%s 是 %s 的限制条件，不能作为其范围", b, e.Action), errs.T("take the word out", "请删去该词"))
			}
		}
	}
	for i := range own.Lines {
		was := &own.Lines[i]
		if kept := e.line(was.Role); was.stays(e.Action) && (kept == nil || !holdsAll(kept.Over, was.Over) || !holdsAll(was.Unless, kept.Unless)) {
			say(e.at, errs.Tf("%s can't be taken from %s", "不能取消 %[2]s 的 %[1]s 权限", e.Action, was.Role), errs.Tf("keep the line `%s`", "请保留 `%s`", was))
		}
	}
	if e.wantsSomebody() && !slices.ContainsFunc(e.Lines, func(l Line) bool { return slices.Contains(l.Over, All) }) {
		say(e.at, errs.Tf("nobody could %s where it concerns others", "将无人可以对他人事项 %s", e.Action), errs.T("one role at least has `all`", "至少一个角色须为 `all`"))
	}
	return wrong
}

// reaches says whether a line gives more than what is one's own or concerns oneself,
// and persons to see with it.
func (l *Line) reaches() bool {
	return l.Role != everyone && l.Role != Source && l.Role != Lay &&
		slices.ContainsFunc(l.Over, func(r Relation) bool { return r != Own && r != Subject })
}

// bars are those that all lines of an entry have which reach beyond one's own.
func (e *Entry) bars() (out []Relation) {
	first := true
	for i := range e.Lines {
		switch l := &e.Lines[i]; {
		case !l.reaches():
		case first:
			out, first = slices.Clone(l.Unless), false
		default:
			out = slices.DeleteFunc(out, func(r Relation) bool { return !slices.Contains(l.Unless, r) })
		}
	}
	return out
}

// within says whether a line gives no more than the program's own for those roles
// that never get more.
func (l *Line) within(was *Line) bool {
	switch l.Role {
	case Administrator, Source, Lay, everyone:
		return was != nil && holdsAll(was.Over, l.Over) && holdsAll(l.Unless, was.Unless)
	}
	return true
}

func limitOf(r Role) errs.Text {
	if r == Administrator {
		return errs.T("whoever keeps the system running reads no content and decides nothing", "系统管理员不得查看内容，也不参与业务决定")
	}
	return errs.T("this role gets no more than the program gives it", "该角色的权限不得超出系统规定")
}

// stays says whether a line of the program can't be taken away: what is everyone's,
// and what an auditor reads.
func (l *Line) stays(a Action) bool {
	return l.Role == everyone || l.Role == Auditor && strings.HasSuffix(string(a), ".read") || l.Role == Auditor && a == FindingPersons
}

// wantsSomebody says whether the work stands still where nobody may.
func (e *Entry) wantsSomebody() bool {
	return strings.HasSuffix(string(e.Action), ".approve") || strings.HasSuffix(string(e.Action), ".propose") || e.Action == ItemVerify || e.Action == ItemClose || e.Action == ItemAssign
}

// holdsAll says whether a list holds all that another has.
func holdsAll(list, all []Relation) bool {
	return !slices.ContainsFunc(all, func(r Relation) bool { return !slices.Contains(list, r) })
}
