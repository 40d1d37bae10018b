package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/service"
)

const findingColumns = `id, number, kind, pack, version, rule, severity, weight, warning, state, verdict, key_parts, case_id, unit, actor,
	event, event_type, event_time, due, late, by_event, activations, last_event, raised, changed, replaced_by, provisional, erased`

// putFinding writes a finding in the place of the one of its id.
var putFinding = func() string {
	var places, sets []string
	for i, name := range namesOf(findingColumns) {
		places = append(places, "$"+strconv.Itoa(i+1))
		if name != "id" {
			sets = append(sets, name+" = excluded."+name)
		}
	}
	return `insert into findings (` + findingColumns + `) values (` + strings.Join(places, ", ") + `) on conflict (id) do update set ` + strings.Join(sets, ", ")
}()

// stood is what findings' indexes hold of one, as it was.
type stood struct {
	state                       service.FindingState
	number, weight, due, raised int64
	rule, unit, actor           string
	warning                     bool // in no index
}

const stoodColumns = `state, number, weight, due, raised, rule, unit, actor, warning`

func (o *stood) scan(row *sql.Row) error {
	return row.Scan(&o.state, &o.number, &o.weight, &o.due, &o.raised, &o.rule, &o.unit, &o.actor, &o.warning)
}

// rewriting changes a finding that is there: a statement, and which of [findingArgs] it
// takes.
type rewriting struct {
	query string
	args  []int
}

// A statement that names a column writes the indexes anew that hold it, whether or not
// its value changes; and each has a page of its own for a finding. So what stayed as it
// was isn't named: mostly whom a finding concerns, and in part how it stands.
var (
	rewriteAll   = rewritingBut()
	rewriteTold  = rewritingBut("number", "raised", "rule", "unit", "actor")
	rewriteWords = rewritingBut("number", "raised", "rule", "unit", "actor", "state", "weight", "due")
)

func rewritingBut(same ...string) *rewriting {
	r := &rewriting{args: []int{0}} // the id
	var sets []string
	for i, name := range namesOf(findingColumns) {
		if i > 0 && !slices.Contains(same, name) {
			r.args = append(r.args, i)
			sets = append(sets, name+" = $"+strconv.Itoa(len(r.args)))
		}
	}
	r.query = `update findings set ` + strings.Join(sets, ", ") + ` where id = $1`
	return r
}

// rewriting is the least that makes of a finding what it is now.
func (o *stood) rewriting(f *service.Finding) *rewriting {
	switch {
	case o.number != f.Number || o.raised != int64(f.Raised) || o.rule != f.Rule || o.unit != plain(f.Unit) || o.actor != plain(f.Actor):
		return rewriteAll
	case o.state != f.State || o.weight != weightOf(f.Severity) || o.due != dueOf(f.Due):
		return rewriteTold
	}
	return rewriteWords
}

// pick are those of the arguments of a whole finding that it takes.
func (r *rewriting) pick(args []any) []any {
	some := make([]any, len(r.args))
	for i, k := range r.args {
		some[i] = args[k]
	}
	return some
}

// severities in order of weight, from 1.
var severities = []string{"info", "minor", "major", "critical"}

func weightOf(severity string) int64 { return int64(slices.Index(severities, severity) + 1) }

func findingArgs(f *service.Finding) ([]any, error) {
	key, err := asJSON(f.Key)
	if err != nil {
		return nil, err
	}
	return []any{f.ID, f.Number, f.Kind, f.Pack, f.Version, f.Rule, f.Severity, weightOf(f.Severity), f.Warning,
		string(f.State), f.Verdict, key, plain(f.Case), plain(f.Unit), plain(f.Actor), plain(f.Event), plain(f.EventType), int64(f.EventTime), dueOf(f.Due),
		f.Late, plain(f.By), int64(f.Count), plain(f.Last), int64(f.Raised), int64(f.Changed), f.ReplacedBy, f.Provisional, f.Erased}, nil
}

func scanFinding(scan func(...any) error) (f service.Finding, err error) {
	var weight int64
	var key string
	err = scan(&f.ID, &f.Number, &f.Kind, &f.Pack, &f.Version, &f.Rule, &f.Severity, &weight, &f.Warning, &f.State, &f.Verdict, &key, &f.Case,
		&f.Unit, &f.Actor, &f.Event, &f.EventType, &f.EventTime, &f.Due, &f.Late, &f.By, &f.Count, &f.Last, &f.Raised, &f.Changed, &f.ReplacedBy, &f.Provisional, &f.Erased)
	if f.Due == never {
		f.Due = 0
	}
	if err == nil && key != "[]" {
		err = json.Unmarshal([]byte(key), &f.Key)
	}
	return f, err
}

// Finding is one finding with its history, oldest line first; nil where there is
// none.
func (s *Store) Finding(ctx context.Context, id string) (*service.Finding, []service.Note, error) {
	f, err := scanFinding(s.one(ctx, `select `+findingColumns+` from findings where id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, s.misread(err)
	}
	var notes []service.Note
	err = s.each(ctx, func(scan func(...any) error) error {
		var n service.Note
		err := scan(&n.Finding, &n.At, &n.Kind, &n.Verdict, &n.Due, &n.By, &n.Entered, &n.Text, &n.TextZH)
		notes = append(notes, n)
		return err
	}, `select finding, at, kind, verdict, due, by_event, entered, words, words_zh from notes where of_number = $1 order by number`, f.Number)
	return &f, notes, err
}

// FindingsByID gives those of the findings that there are, each once, in no
// order.
func (s *Store) FindingsByID(ctx context.Context, ids []string) ([]service.Finding, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids) // near ones lie side by side in the index
	var out []service.Finding
	for some := range slices.Chunk(slices.Compact(ids), idsAtOnce) {
		n := 1
		for n < len(some) {
			n *= 2 // so that the statements are few; the last id fills them
		}
		args := make([]any, n)
		for i := range args {
			args[i] = plain(some[min(i, len(some)-1)])
		}
		err := s.each(ctx, func(scan func(...any) error) error {
			f, err := scanFinding(scan)
			out = append(out, f)
			return err
		}, `select `+findingColumns+` from findings where id in (`+placeholders(n)+`)`, args...)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// idsAtOnce is how many findings are asked for at once, at most.
const idsAtOnce = 64

func placeholders(n int) string {
	b := []byte("$1")
	for i := 2; i <= n; i++ {
		b = strconv.AppendInt(append(b, ", $"...), int64(i), 10)
	}
	return string(b)
}

// FindingCounts is how many findings are in each state. The figures are kept,
// not counted.
func (s *Store) FindingCounts(ctx context.Context) (map[service.FindingState]int64, error) {
	out := map[service.FindingState]int64{}
	err := s.each(ctx, func(scan func(...any) error) error {
		var state service.FindingState
		var n int64
		err := scan(&state, &n)
		out[state] = n
		return err
	}, `select state, findings from finding_counts`)
	return out, err
}

// orders are the columns that a list of findings goes by. Numbers are given in
// the order of raising.
var orders = map[string]string{"": "number", "raised": "number", "changed": "changed", "due": "due", "severity": "weight"}

// maxPage is the longest page of findings.
const maxPage = 500

// Findings is one page of the findings that q selects. By due, those that have
// none are last.
func (s *Store) Findings(ctx context.Context, q service.FindingQuery) (service.FindingPage, error) {
	name, back := strings.CutPrefix(q.Sort, "-")
	column, ok := orders[name]
	if !ok || q.Sort == "-" {
		names := []string{"raised", "changed", "due", "severity"}
		return service.FindingPage{}, &errs.Error{Code: errs.Usage, What: errs.Tf("findings can't be sorted by %q", "问题不能按 %q 排序", q.Sort), Next: errs.DidYouMean(name, names)}
	}
	limit := q.Limit
	if limit == 0 {
		limit = 50
	}
	if limit < 1 || limit > maxPage {
		return service.FindingPage{}, &errs.Error{Code: errs.Usage, What: errs.Tf("a page of %d findings; a page has 1 to %d", "一页 %d 条问题；每页应为 1 至 %d 条", q.Limit, maxPage)}
	}
	b := filters(q)
	if err := b.after(q.After, q.Sort, column, back); err != nil {
		return service.FindingPage{}, err
	}
	states, err := s.statesOf(ctx, q.States)
	if err != nil || len(states) == 0 { // nothing was ever found
		return service.FindingPage{}, err
	}
	query := b.ofEach
	if few, err := s.allow(ctx, b, q.For); err != nil {
		return service.FindingPage{}, err
	} else if few || narrow(q) {
		query = b.ofFew
	}
	var list []service.Finding
	err = s.each(ctx, func(scan func(...any) error) error {
		f, err := scanFinding(scan)
		list = append(list, f)
		return err
	}, query(states, column, back, limit+1), b.args...)
	if err != nil {
		return service.FindingPage{}, err
	}
	out := service.FindingPage{Findings: list}
	if len(list) > limit {
		out.Findings = list[:limit]
		out.Next = cursor(q.Sort, column, &list[limit-1])
	}
	return out, nil
}

// statesOf are the states asked for, else all in which there ever was a finding.
func (s *Store) statesOf(ctx context.Context, asked []service.FindingState) ([]service.FindingState, error) {
	states := slices.Clone(asked)
	if len(states) == 0 {
		counts, err := s.FindingCounts(ctx)
		if err != nil {
			return nil, err
		}
		states = slices.Collect(maps.Keys(counts))
	}
	slices.Sort(states)
	return slices.Compact(states), nil
}

// narrow says whether a query's units or rules leave so little that their own
// index is the shorter way.
func narrow(q service.FindingQuery) bool {
	few := func(n int) bool { return n > 0 && n <= 3 }
	return few(len(q.Units)) || few(len(q.Rules))
}

// order is in which order rows come, and how many.
func (b *selection) order(column string, back bool, limit int) string {
	turn := ""
	if back {
		turn = " desc"
	}
	by := " order by " + column + turn
	if column != "number" {
		by += ", number" + turn
	}
	return by + " limit " + b.arg(int64(limit))
}

// ofFew is the query that reads what the filters leave and sorts it. The state
// is wrapped so that no index on it looks better than theirs.
func (b *selection) ofFew(states []service.FindingState, column string, back bool, limit int) string {
	in(b, "coalesce(state, '')", states)
	return "select " + findingColumns + " from findings" + b.where() + b.order(column, back, limit)
}

// ofEach is the query that reads the first rows of each state by the state's own
// index, and of those the first of all. One statement sees one instant.
func (b *selection) ofEach(states []service.FindingState, column string, back bool, limit int) string {
	order := b.order(column, back, limit)
	var parts []string
	for _, state := range states {
		one := selection{conditions: append(slices.Clone(b.conditions), "state = "+b.arg(plain(string(state))))}
		parts = append(parts, "select * from (select "+findingColumns+" from findings"+one.where()+order+") as f")
	}
	return strings.Join(parts, " union all ") + order
}

// filters is what a query leaves in, states aside.
func filters(q service.FindingQuery) *selection {
	b := &selection{}
	in(b, "pack", q.Packs)
	in(b, "rule", q.Rules)
	in(b, "unit", q.Units)
	in(b, "severity", q.Severity)
	if q.Kind != "" {
		b.and("kind = " + b.arg(q.Kind))
	}
	if q.Warning != nil {
		b.and("warning = " + b.arg(*q.Warning))
	}
	if q.Since != 0 {
		b.and("changed >= " + b.arg(int64(q.Since)))
	}
	return b
}

// cursor is where a page ends: the sort, its value, the number.
func cursor(sort, column string, last *service.Finding) string {
	value := int64(0)
	switch column {
	case "number":
		value = last.Number
	case "changed":
		value = int64(last.Changed)
	case "due":
		value = dueOf(last.Due)
	case "weight":
		value = weightOf(last.Severity)
	}
	return fmt.Sprintf("%s:%d:%d", sort, value, last.Number)
}

// selection gathers conditions and their arguments.
type selection struct {
	conditions []string
	args       []any
}

func (b *selection) and(condition string) { b.conditions = append(b.conditions, condition) }

func (b *selection) arg(v any) string {
	b.args = append(b.args, v)
	return "$" + strconv.Itoa(len(b.args))
}

func (b *selection) where() string {
	if len(b.conditions) == 0 {
		return ""
	}
	return " where " + strings.Join(b.conditions, " and ")
}

// after leaves out what stands up to a cursor.
func (b *selection) after(text, sort, column string, back bool) error {
	if text == "" {
		return nil
	}
	parts := strings.Split(text, ":")
	var value, number int64
	var err error
	if len(parts) == 3 {
		value, err = strconv.ParseInt(parts[1], 10, 64)
	}
	if err == nil && len(parts) == 3 {
		number, err = strconv.ParseInt(parts[2], 10, 64)
	}
	if err != nil || len(parts) != 3 || parts[0] != sort {
		return &errs.Error{Code: errs.Usage, What: errs.Tf("%q isn't where a page of this list ends", "%q 不是此列表的翻页位置", text),
			Next: errs.T("take next from the page before, with the same sort", "请使用上一页给出的 next，排序不变")}
	}
	op := ">"
	if back {
		op = "<"
	}
	if column == "number" {
		b.and("number " + op + " " + b.arg(number))
		return nil
	}
	b.and("(" + column + ", number) " + op + " (" + b.arg(value) + ", " + b.arg(number) + ")")
	return nil
}

// in asks that a column is one of some values, where there are any.
func in[T ~string](b *selection, column string, values []T) {
	if len(values) == 0 {
		return
	}
	places := make([]string, len(values))
	for i, v := range values {
		places[i] = b.arg(plain(string(v)))
	}
	b.and(column + " in (" + strings.Join(places, ", ") + ")")
}
