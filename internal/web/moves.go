package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/ledger"
	"plumbline/internal/org"
)

// moveView is a move that who asks may make now, as a form.
type moveView struct {
	Kind  ledger.Kind
	Needs []ledger.Need
	First bool // the one that is expected
	Open  bool
}

// barView is somebody who may not verify, and why.
type barView struct{ Who, Why string }

// fileView is a file of an item.
type fileView struct{ Name, Hash, Short, Size, Link, Proof string }

// stepView is one circle of an item's course.
type stepView struct{ Mark, Class, Word, When string }

// tried is a move that was refused, with what was written, so that it can be sent
// again.
type tried struct {
	Kind  ledger.Kind
	Say   ledger.Content
	Until string
	Why   string
	Lacks []ledger.Need
	Since []ledger.Move // what was done meanwhile
}

// expected are the moves that lead on, by the state of an item.
var expected = map[ledger.State][]ledger.Kind{
	ledger.Open: {ledger.Assign}, ledger.Assigned: {ledger.Accept}, ledger.Working: {ledger.Claim}, ledger.Returned: {ledger.Claim, ledger.Accept},
	ledger.Reopened: {ledger.Assign, ledger.Accept}, ledger.Claimed: {ledger.Verify, ledger.Return}, ledger.Verified: {ledger.Close},
}

// placeOf is where a move stands among others: those that lead on first.
func placeOf(s ledger.State, k ledger.Kind) int {
	if i := slices.Index(expected[s], k); i >= 0 {
		return i
	}
	return len(expected[s])
}

// onLedger adds where the item stands, and what who asks may do about it.
func (v *view) onLedger(out *findingView, t *access.Thing) {
	d := out.Item
	out.Turn = v.turn(&d.Item)
	out.Steps = v.steps(d)
	for _, f := range d.Files {
		out.Files = append(out.Files, v.fileView(d.Finding, &f))
	}
	for i := range slices.Backward(d.Moves) {
		if m := &d.Moves[i]; m.Kind == ledger.Claim {
			out.Answer = m
			break
		}
	}
	for _, o := range d.Offers {
		if o.Bar != nil || o.Kind == ledger.Attach || !access.Decide(v.who, access.ItemMove(string(o.Kind)), t).Allowed {
			continue
		}
		if o.Kind == ledger.Link || o.Kind == ledger.Unlink { // they have a page of their own
			out.MayLink = true
			continue
		}
		first := slices.Contains(expected[d.State], o.Kind)
		out.Mine = out.Mine || first
		out.Moves = append(out.Moves, moveView{Kind: o.Kind, Needs: o.Needs, Open: out.Tried != nil && out.Tried.Kind == o.Kind})
	}
	slices.SortStableFunc(out.Moves, func(a, b moveView) int { return placeOf(d.State, a.Kind) - placeOf(d.State, b.Kind) })
	if out.Mine {
		out.Moves[0].First = true
	}
	for _, c := range d.Verifiers {
		if !out.Persons { // who they are, and why not, isn't for everybody who may read
			break
		}
		b := barView{Who: c.Account}
		if c.Bar != nil {
			b.Why = c.Bar.Why.In(v.Lang)
		}
		out.Barred = append(out.Barred, b)
	}
	slices.SortStableFunc(out.Barred, func(a, b barView) int { return strings.Compare(a.Why, b.Why) })
}

func (v *view) fileView(finding string, f *ledger.File) fileView {
	short := f.Hash
	if len(short) > 8 {
		short = short[:4] + "…" + short[len(short)-2:]
	}
	out := fileView{Name: f.Name, Hash: f.Hash, Short: short, Size: v.Bytes(f.Size), Link: "/findings/" + escapePath(finding) + "/files/" + f.Hash}
	if v.p.Seal != nil {
		out.Proof = out.Link + "/proof"
	}
	return out
}

// steps is the item's course: what is behind it, where it stands, what is to come.
func (v *view) steps(d *ledger.Detail) []stepView {
	last := map[ledger.Kind]clock.Instant{}
	for i := range d.Moves {
		last[d.Moves[i].Kind] = d.Moves[i].At
	}
	claim := max(last[ledger.Claim], last[ledger.Met])
	at := map[ledger.State]int{ledger.Open: 0, ledger.Assigned: 1, ledger.Working: 2, ledger.Returned: 2, ledger.Reopened: 2, ledger.Claimed: 3, ledger.Verified: 4, ledger.Closed: 5}[d.State]
	if d.State == ledger.Reopened && d.Owner == "" {
		at = 0
	}
	var out []stepView
	for i, s := range []struct {
		word string
		when clock.Instant
	}{{"opened", d.Opened}, {"assigned", last[ledger.Assign]}, {"working", last[ledger.Accept]}, {"claimed", claim}, {"verified", last[ledger.Verify]}, {"closed", last[ledger.Close]}} {
		step := stepView{Mark: "open", Word: v.T("step." + s.word)}
		switch {
		case i < at || d.State == ledger.Closed:
			step.Mark, step.Class = "closed", "past"
		case i == at:
			step.Mark, step.Class = string(d.State), "here"
		}
		if i <= at && s.when != 0 {
			step.When = v.at(s.when)
		}
		out = append(out, step)
	}
	return out
}

// moveMarks are the marks of moves in a history.
var moveMarks = map[ledger.Kind][2]string{ledger.Assign: {"assigned", "q"}, ledger.Accept: {"working", "q"}, ledger.Decline: {"returned", "amber"}, ledger.Claim: {"claimed", "violet"},
	ledger.Return: {"returned", "amber"}, ledger.Verify: {"verified", "green"}, ledger.Close: {"closed", "q"}, ledger.Reopen: {"reopened", "amber"}, ledger.Extend: {"extend", "q"},
	ledger.Comment: {"reply", "q"}, ledger.Reply: {"person", "q"}, ledger.Link: {"added", "q"}, ledger.Unlink: {"withdrawn", "q"}, ledger.Attach: {"added", "q"}}

// moveLine is a move as a line of the history.
func (v *view) moveLine(m *ledger.Move, persons bool) historyLine {
	k, ok := moveMarks[m.Kind]
	if !ok {
		k = [2]string{"dot", "q"}
	}
	owner := string(m.Owner)
	if !persons {
		owner = v.T("move.somebody")
	}
	out := historyLine{at: m.At, Mark: k[0], Class: k[1], At: v.at(m.At), Machine: v.machine(m.At), Quote: true}
	who := m.Account
	if !persons { // an account's name is an official's, and what somebody wrote may name anybody
		who = v.T("move.somebody")
	}
	switch m.Kind {
	case ledger.Assign:
		out.Head = v.T("move.did_assign", who, owner)
	default:
		out.Head = v.T("move.did_"+string(m.Kind), who)
	}
	add := func(key, value string) {
		if value != "" {
			out.Details = append(out.Details, v.T("move.with", v.T("need."+key), value))
		}
	}
	if m.Outcome != "" {
		add("outcome", v.T("outcome."+string(m.Outcome)))
	}
	if m.Kind == ledger.Extend {
		add("until", v.dueAt(m.Due, nil))
	}
	if !persons {
		return out
	}
	out.Text = m.Text
	proven := v.p.Seal != nil
	if proven && m.Link != "" { // its proof would name the other
		proven, _ = v.reads(m.Link)
	}
	if proven {
		out.Proof = fmt.Sprintf("/findings/%s/moves/%d/proof", escapePath(m.Finding), m.Number)
	}
	add("reason", v.reason(m))
	add("cause", m.Cause)
	add("measure", m.Measure)
	add("no_files", m.NoFiles)
	if m.File != nil {
		add("file", m.File.Name)
	}
	if m.LinkAs != "" {
		add("link_as", v.T("link."+m.LinkAs))
	}
	return out
}

// reason is why an item is no fault, by the policy's list, or unfixed, in words.
func (v *view) reason(m *ledger.Move) string {
	for _, r := range v.p.Ledger.Policy().NoFault {
		if r.Key == m.Reason && m.Outcome == ledger.NoFault {
			return r.Title.In(v.Lang)
		}
	}
	return m.Reason
}

// maxForm is the longest form without files.
const maxForm = 256 << 10

// maxUpload is the longest form with a file; the ledger bounds the file itself.
const maxUpload = 26 << 20

// moveFinding makes the move that a form asks for.
func (p *Pages) moveFinding(v *view) (templ.Component, error) {
	id := v.r.PathValue("id")
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	kind := ledger.Kind(form.Get("kind"))
	if _, ok := ledger.Forms[kind]; !ok || !slices.Contains(ledger.Kinds, kind) {
		return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("there is no move %q", "没有“%s”这一操作", form.Get("kind"))}
	}
	thing, err := v.readable(id)
	if err != nil {
		return nil, err
	}
	if err := v.must(access.ItemMove(string(kind)), thing); err != nil {
		return nil, err
	}
	seen, err := strconv.ParseInt(form.Get("version"), 10, 64)
	if err != nil {
		return nil, &errs.Error{Code: errs.Input, What: errs.T("the form has no version of the item", "表单缺少事项版本")}
	}
	say, until := v.content(form)
	if say.Link, err = v.linkMeant(say.Link, form.Get("other")); err != nil {
		return nil, err
	}
	if say.Link != "" { // that there is one that isn't for who asks would be told by a link to it
		if _, err := v.readable(say.Link); errors.Is(err, errNone) {
			return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("there is no finding %q", "没有问题“%s”", say.Link)}
		} else if err != nil {
			return nil, err
		}
	}
	if kind == ledger.Attach {
		err = p.attach(v, id, seen, say.Text)
	} else {
		_, err = p.Ledger.Move(v.r.Context(), v.mover(), id, seen, kind, say)
	}
	var no *ledger.Refused
	switch {
	case errors.As(err, &no):
		v.barred(kind, err)
		v.status = map[ledger.Reason]int{ledger.Faster: http.StatusConflict, ledger.NotNow: http.StatusConflict, ledger.Barred: http.StatusForbidden}[no.Because]
		if v.status == 0 {
			v.status = http.StatusUnprocessableEntity
		}
		t := &tried{Kind: kind, Say: say, Until: until, Why: errs.In(&no.Fault, v.Lang), Lacks: no.Lacks, Since: no.Moves}
		if kind == ledger.Link || kind == ledger.Unlink {
			return p.linksWith(v, t)
		}
		return p.findingWith(v, t)
	case err != nil:
		return nil, err
	}
	return nil, redirect("/findings/" + escapePath(id) + "#history")
}

// attach keeps the file of a form.
func (p *Pages) attach(v *view, id string, seen int64, text string) error {
	file, head, err := v.r.FormFile("file")
	if err != nil {
		return &errs.Error{Code: errs.Input, What: errs.T("no file was chosen", "未选择文件"), Err: err}
	}
	defer file.Close()
	_, _, err = p.Ledger.Attach(v.r.Context(), v.mover(), id, seen, head.Filename, text, file)
	return err
}

// formTime is how long a form may take to arrive.
const formTime = 2 * time.Minute

// readForm reads what was sent, bounded.
func (v *view) readForm() (form interface{ Get(string) string }, err error) {
	_ = http.NewResponseController(v.w).SetReadDeadline(time.Now().Add(formTime)) // a writer of a test has none
	bad := func(err error) error {
		return &errs.Error{Code: errs.Input, What: errs.T("the form could not be read, or is too long", "表单无法读取或过长"), Err: err}
	}
	if strings.HasPrefix(v.r.Header.Get("Content-Type"), "multipart/") {
		v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxUpload)
		if err := v.r.ParseMultipartForm(1 << 20); err != nil {
			return nil, bad(err)
		}
		return v.r.PostForm, nil
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
	if err := v.r.ParseForm(); err != nil {
		return nil, bad(err)
	}
	return v.r.PostForm, nil
}

// content is what a form says.
func (v *view) content(form interface{ Get(string) string }) (say ledger.Content, until string) {
	text := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	say = ledger.Content{Owner: org.PersonID(text("owner")), Outcome: ledger.Outcome(text("outcome")), Reason: text("reason"), Cause: text("cause"), Measure: text("measure"),
		Evidence: v.r.PostForm["evidence"], NoFiles: text("no_files"), Text: text("text"), Link: text("link"), LinkAs: text("link_as")}
	if say.Outcome == ledger.NoFault {
		say.Reason = text("no_fault")
	}
	if until = text("until"); until != "" {
		if d, err := clock.ParseDay(until); err == nil {
			say.Until = v.p.Zone.First(d + 1) // the day itself is in time
		}
	}
	return say, until
}

// findingFile gives a file of a finding.
func (p *Pages) findingFile(v *view) (templ.Component, error) {
	id := v.r.PathValue("id")
	thing, err := v.readable(id)
	if err != nil {
		return nil, err
	}
	if err := v.must(access.FindingPersons, thing); err != nil {
		return nil, err
	}
	f, body, err := p.Ledger.File(v.r.Context(), id, v.r.PathValue("hash"))
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, errNone
	}
	return nil, raw{f.Type, f.Name, body}
}
