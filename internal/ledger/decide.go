package ledger

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"plumbline/internal/errs"
	"plumbline/internal/org"
)

func (f Form) from(s State) bool { return slices.Contains(f.From, s) }

// Decide makes the move that somebody asks for, or says why not. Nothing else lets
// an item change; roles are asked before, by whoever calls.
func (sc *Scene) Decide(it *Item, moves []Move, who Who, kind Kind, say Content) (*Move, error) {
	form, ok := Forms[kind]
	if !ok || form.Maker == TheJudge {
		names := make([]string, len(Kinds))
		for i, k := range Kinds {
			names[i] = string(k)
		}
		return nil, refuse(Lacking, "kind", errs.Tf("%q is no move", "没有流转“%s”", kind), errs.DidYouMean(string(kind), names))
	}
	if bar := sc.mayMove(it, moves, who, form.Maker); bar != nil {
		return nil, refuse(Barred, bar.Rule, errs.Tf("%[1]s can't make this move: %[3]s", "%[2]s 不能办理此项流转：%[4]s", who.Account, who.Account, bar.Why.En, bar.Why.Zh), errs.Text{})
	}
	if !form.from(it.State) {
		return nil, notNow(it, kind, form)
	}
	m := &Move{Finding: it.Finding, Number: it.Version + 1, Kind: kind, At: sc.Now, Account: who.Account, Person: who.Person, Content: said(kind, say)}
	if who.Person == "" {
		m.Unit = who.Unit
	}
	if err := sc.complete(it, moves, m, form); err != nil {
		return nil, err
	}
	sc.Policy.deadlines(&it.Standing, m)
	return m, nil
}

func notNow(it *Item, kind Kind, form Form) *Refused {
	if it.State == Closed {
		return refuse(NotNow, "closed", errs.T("the item is closed", "事项已销号"), errs.T("reopen it first, with the reason", "请先重新打开并说明理由"))
	}
	names := make([]string, len(form.From))
	for i, s := range form.From {
		names[i] = string(s)
	}
	return refuse(NotNow, string(it.State), errs.Tf("%[1]s isn't possible while the item is %[2]s; it is from %[3]s", "事项处于 %[2]s 时不能办理 %[1]s；可办理的状态：%[3]s", kind, it.State, strings.Join(names, ", ")), errs.Text{})
}

// mayMove says why somebody may not make a move of a maker.
func (sc *Scene) mayMove(it *Item, moves []Move, who Who, maker Maker) *Bar {
	owns := it.Owner != "" && who.Person == it.Owner
	switch {
	case who.Account == "":
		return &Bar{BarUnknown, errs.T("nobody is named", "未指明账户")}
	case maker == Everybody:
		return nil
	case maker == TheSubject:
		if it.Subject == "" || who.Person != it.Subject {
			return &Bar{BarMaker, errs.T("the right of reply is that of the person whom the finding concerns", "申辩权属于该问题所涉人员")}
		}
		return nil
	case maker == Independent:
		return sc.Bar(it, moves, who)
	}
	if bar := sc.barSubject(it, who); bar != nil {
		return bar
	}
	if maker == TheOwner && !owns {
		return &Bar{BarMaker, errs.T("only the item's owner can", "只有承办人可以办理")}
	}
	if maker == NotTheOwner && owns {
		return &Bar{BarOwner, errs.T("the item's owner can't", "承办人不能办理")}
	}
	var current []owner // the owner's own answer isn't barred by a conflict with themself
	if maker == NotTheOwner && it.Owner != "" {
		current = []owner{{person: it.Owner}}
	}
	return sc.barConflict(it, current, who)
}

// said is what belongs to a kind of move, trimmed; what else was sent is left out,
// so that nothing is sealed that nobody is shown.
func said(kind Kind, say Content) Content {
	say.Text, say.Cause, say.Measure, say.NoFiles = errs.Said(say.Text), errs.Said(say.Cause), errs.Said(say.Measure), errs.Said(say.NoFiles)
	out := Content{Text: say.Text}
	for _, n := range Forms[kind].Needs {
		switch n {
		case NeedOwner:
			out.Owner, out.OwnerUnit = say.Owner, say.OwnerUnit
		case NeedCause:
			out.Cause = say.Cause
		case NeedMeasure:
			out.Measure = say.Measure
		case NeedEvidence:
			out.Evidence, out.NoFiles = say.Evidence, say.NoFiles
		case NeedOutcome:
			out.Outcome = say.Outcome
		case NeedReason:
			out.Reason = errs.Said(say.Reason)
		case NeedUntil:
			out.Until = say.Until
		case NeedLink:
			out.Link, out.LinkAs = say.Link, say.LinkAs
		case NeedLinked:
			out.Link = say.Link
		case NeedFile:
			out.File = say.File
		}
	}
	return out
}

// maxText is how long a text of a move may be, in characters.
const maxText = 20_000

// complete looks whether a move says all that it must, and fills in what follows.
func (sc *Scene) complete(it *Item, moves []Move, m *Move, form Form) error {
	for _, text := range []string{m.Text, m.Cause, m.Measure, m.NoFiles, m.Reason} {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return lacking(NeedText, errs.T("a text isn't UTF-8", "文字不是 UTF-8 编码"), errs.Text{})
		}
		if n := utf8.RuneCountInString(text); n > maxText {
			return lacking(NeedText, errs.Tf("a text has %d characters; at most %d", "文字有 %d 个字符，最多 %d 个", n, maxText), errs.T("attach it as a file", "请作为文件附上"))
		}
	}
	if m.Kind == Close && m.Outcome == "" { // as was claimed and verified
		m.Outcome, m.Reason = it.Outcome, it.Reason
	}
	var first *Refused
	var lacks []Need
	for _, n := range form.Needs {
		if r := sc.need(it, moves, m, n); r != nil {
			lacks = append(lacks, n)
			if first == nil {
				first = r
			}
		}
	}
	if first != nil {
		first.Lacks = lacks
		return first
	}
	return nil
}

// need says what is missing of one need.
func (sc *Scene) need(it *Item, moves []Move, m *Move, n Need) *Refused {
	empty := func(text string, what errs.Text) *Refused {
		if text != "" {
			return nil
		}
		return lacking(n, what, errs.Text{})
	}
	switch n {
	case NeedOwner:
		return sc.needOwner(it, m)
	case NeedText:
		return empty(m.Text, errs.T("text is missing: say why, or what was looked at", "缺少说明（text）：请写明理由或核查情况"))
	case NeedCause:
		return empty(m.Cause, errs.T("cause is missing: why it came to be", "缺少原因（cause）：请写明问题产生的原因"))
	case NeedMeasure:
		return empty(m.Measure, errs.T("measure is missing: what was done about it", "缺少措施（measure）：请写明整改措施"))
	case NeedEvidence:
		return needEvidence(moves, m)
	case NeedOutcome:
		if !slices.Contains([]Outcome{Fixed, Remedied, NoFault, Unfixed}, m.Outcome) {
			return lacking(n, errs.T("outcome is missing: fixed, remedied, no_fault or unfixed", "缺少处理结果（outcome）：fixed 已整改、remedied 已补救、no_fault 不构成问题、unfixed 无法整改"), errs.Text{})
		}
	case NeedReason:
		return sc.needReason(m)
	case NeedUntil:
		if m.Until <= sc.Now || m.Until == it.Due {
			return lacking(n, errs.T("until must be another deadline than now, and lie ahead", "新期限（until）应不同于现期限，且晚于当前时间"), errs.Text{})
		}
	case NeedLink:
		if m.Link == "" || m.Link == it.Finding || !slices.Contains(Links, m.LinkAs) {
			return lacking(n, errs.T("a link needs another finding (link), and how the two belong together (link_as): "+strings.Join(Links, ", "), "关联须写明另一问题（link）及关联方式（link_as）："+strings.Join(Links, "、")), errs.Text{})
		}
	case NeedLinked:
		return empty(m.Link, errs.T("link is missing: the finding that doesn't belong here", "缺少要取消关联的问题（link）"))
	case NeedFile:
		if m.File == nil {
			return lacking(n, errs.T("no file", "缺少文件"), errs.Text{})
		}
	}
	return nil
}

// needOwner wants a person who can own the item, and fills in their unit.
func (sc *Scene) needOwner(it *Item, m *Move) *Refused {
	switch {
	case m.Owner == "":
		return lacking(NeedOwner, errs.T("owner is missing: the person who is to answer", "缺少承办人（owner）"), errs.Text{})
	case m.Owner == it.Subject:
		return refuse(Barred, BarSubject, errs.T("whom the finding concerns can't own it", "问题所涉人员不能担任承办人"), errs.T("assign it to somebody else", "请另行指定承办人"))
	case sc.conflict(m.Owner, it.Subject):
		return refuse(Barred, BarConflict, errs.T("this person can't own it: a conflict was declared, and what it is stays sealed", "该人员已申报回避，不能担任承办人；具体情况保密"), errs.T("assign it to somebody else", "请另行指定承办人"))
	case sc.Org == nil:
		return nil
	}
	posts := sc.Org.Posts(m.Owner, sc.Now)
	if len(posts) == 0 {
		return lacking(NeedOwner, errs.Tf("%q holds no post in the organisation", "%q 在组织机构中没有任职", m.Owner), errs.T("give the person's id as the organisation has it", "请填写组织机构中的人员编号"))
	}
	if !slices.ContainsFunc(posts, func(p org.Position) bool { return p.Unit == m.OwnerUnit }) {
		m.OwnerUnit = posts[0].Unit
	}
	return nil
}

func needEvidence(moves []Move, m *Move) *Refused {
	have := files(moves)
	for _, hash := range m.Evidence {
		if !slices.ContainsFunc(have, func(f File) bool { return f.Hash == hash }) {
			return lacking(NeedEvidence, errs.Tf("the item has no file %q", "事项没有文件 %q", hash), errs.T("attach it first", "请先上传"))
		}
	}
	if len(m.Evidence) == 0 && m.NoFiles == "" {
		return lacking(NeedEvidence, errs.T("evidence is missing: files of the item, or why there are none (no_files)", "缺少佐证（evidence）：请选择已上传的文件，或写明没有文件的理由（no_files）"), errs.Text{})
	}
	return nil
}

func (sc *Scene) needReason(m *Move) *Refused {
	switch {
	case m.Outcome == NoFault && !sc.Policy.reason(m.Reason):
		list := sc.Policy.noFaultKeys()
		return lacking(NeedReason, errs.Tf("no_fault needs a reason of the list: %s", "不构成问题（no_fault）须从清单中选择理由：%s", strings.Join(list, ", ")), errs.DidYouMean(m.Reason, list))
	case m.Outcome == Unfixed && m.Reason == "":
		return lacking(NeedReason, errs.T("unfixed needs a reason", "无法整改（unfixed）须写明理由"), errs.Text{})
	}
	return nil
}

// deadlines fills in by when what follows a move is due.
func (p *Policy) deadlines(s *Standing, m *Move) {
	switch m.Kind {
	case Assign, Accept:
		m.Turn = s.Due
	case Decline:
		m.Turn = p.assign.Due(m.At).Due
	case Claim, Met, Verify:
		m.Turn = p.verify.Due(m.At).Due
	case Extend:
		m.Due = m.Until
		if s.Owner != "" {
			m.Turn = m.Due
		}
	case Return, Reopen, Stands:
		m.Due = max(s.Due, p.again.Due(m.At).Due)
		m.Turn = m.Due
		if s.Owner == "" {
			m.Turn = p.assign.Due(m.At).Due
		}
	}
}

// String names an account, for logs and faults.
func (w Who) String() string {
	if w.Person == "" {
		return w.Account
	}
	return fmt.Sprintf("%s (%s)", w.Account, w.Person)
}
