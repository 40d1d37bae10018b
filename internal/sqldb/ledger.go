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
	"sync"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/ledger"
	"plumbline/internal/seal"
	"plumbline/internal/service"
)

const (
	itemColumns = `i.finding, i.number, f.pack, f.rule, f.severity, f.warning, f.unit, f.actor, f.raised, i.assign_by, i.due_first,
	i.version, i.state, i.owner, i.owner_unit, i.met, i.claim, i.verifier, i.outcome, i.reason, i.due, i.shifts, i.turn, i.changed`
	itemTables      = ` from items i join findings f on f.number = i.number`
	standingColumns = `version, state, owner, owner_unit, met, claim, verifier, outcome, reason, due, shifts, turn, changed`
)

func scanItem(scan func(...any) error) (it ledger.Item, err error) {
	err = scanStanding(&it.Standing, scan, &it.Finding, &it.Number, &it.Pack, &it.Rule, &it.Severity, &it.Warning, &it.Unit, &it.Subject, &it.Opened, &it.AssignBy, &it.First)
	return it, err
}

// scanStanding reads where an item stands, behind other columns.
func scanStanding(s *ledger.Standing, scan func(...any) error, before ...any) error {
	err := scan(append(before, &s.Version, &s.State, &s.Owner, &s.OwnerUnit, &s.Met, &s.Claim, &s.Verifier, &s.Outcome, &s.Reason, &s.Due, &s.Shifts, &s.Turn, &s.Changed)...)
	if s.Turn == never {
		s.Turn = 0
	}
	return err
}

// standing are the arguments of an item's columns from state on.
func standing(s *ledger.Standing) []any {
	return []any{string(s.State), plain(string(s.Owner)), plain(string(s.OwnerUnit)), plain(s.Verifier), string(s.Outcome), plain(s.Reason), s.Met, int64(s.Claim),
		int64(s.Due), s.Shifts, dueOf(s.Turn), s.Version, int64(s.Changed)}
}

const setStanding = `state = $2, owner = $3, owner_unit = $4, verifier = $5, outcome = $6, reason = $7, met = $8, claim = $9, due = $10, shifts = $11, turn = $12, version = $13, changed = $14`

// Item is a finding's item with its moves, oldest first; nil where there is none.
func (s *Store) Item(ctx context.Context, finding string) (*ledger.Item, []ledger.Move, error) {
	it, err := oneItem(ctx, reads{s}, finding, "")
	if err != nil || it == nil {
		return nil, nil, s.fault(err)
	}
	moves, err := movesOf(ctx, reads{s}, finding)
	if n := int64(len(moves)); n > it.Version { // somebody was faster between the two
		moves = moves[:it.Version]
	}
	if err != nil {
		err = s.misread(err)
	}
	return it, moves, err
}

func oneItem(ctx context.Context, q querier, finding, lock string) (*ledger.Item, error) {
	it, err := scanItem(q.QueryRowContext(ctx, `select `+itemColumns+itemTables+` where f.id = $1`+lock, finding).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &it, err
}

// lister is a database or a transaction on it.
type lister interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func movesOf(ctx context.Context, q lister, finding string) ([]ledger.Move, error) {
	rows, err := q.QueryContext(ctx, `select body from moves where finding = $1 order by number`, finding)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []ledger.Move
	for rows.Next() {
		var body string
		var m ledger.Move
		if err := rows.Scan(&body); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(body), &m); err != nil {
			return nil, fmt.Errorf("move %d of finding %s: %w", len(list)+1, finding, err)
		}
		list = append(list, m)
	}
	return list, rows.Err()
}

// ChangeItem lets decide say what follows from an item and its moves, and writes
// that with its effect and its seal in one transaction.
func (s *Store) ChangeItem(ctx context.Context, finding string, decide func(*ledger.Item, []ledger.Move) (*ledger.Move, error)) (*ledger.Item, error) {
	lock := ""
	if s.postgres {
		lock = " for update of i"
	}
	var out *ledger.Item
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		it, err := oneItem(ctx, tx, finding, lock)
		if err != nil || it == nil {
			return err
		}
		moves, err := movesOf(ctx, tx, finding)
		if err != nil {
			return err
		}
		m, err := decide(it, moves)
		if err != nil {
			return err
		}
		moved := map[ledger.State]int64{it.State: -1}
		it.Standing = it.After(m)
		moved[it.State]++
		leaves, err := putFile(ctx, tx, m)
		if err != nil {
			return err
		}
		if err := s.countItems(ctx, tx, moved); err != nil {
			return err
		}
		leaf, err := s.putMove(ctx, tx, m)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `update items set `+setStanding+` where number = $1`, append([]any{it.Number}, standing(&it.Standing)...)...); err != nil {
			return err
		}
		leaves = append(leaves, leaf)
		if m.Kind == ledger.Close && it.Rule != "" {
			spell, err := s.weigh(ctx, tx, it.Pack, it.Rule, m.At)
			if err != nil {
				return err
			}
			leaves = append(leaves, spell...)
		}
		out = it
		return s.seal(ctx, tx, m.At, leaves...)
	})
	s.board.changed(finding)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// What seals the ledger's own tables. Items aren't sealed: they are the fold of
// their moves, and [Store.Verify] holds them against it.
const (
	moveColumns = `finding, number, kind, at, account, person, body`
	fileColumns = `hash, size, type, at, account`
)

var (
	sealedMoves = tableOf("move", "moves", "finding number", moveColumns).writtenBy("at")
	sealedFiles = tableOf("file", "files", "hash", fileColumns).writtenBy("at")
)

// putMove writes a move and gives what seals it.
func (s *Store) putMove(ctx context.Context, tx *sql.Tx, m *ledger.Move) (seal.Leaf, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return seal.Leaf{}, err
	}
	args := []any{m.Finding, m.Number, string(m.Kind), int64(m.At), plain(m.Account), plain(string(m.Person)), string(body)}
	if err = s.exec(ctx, tx, `insert into moves (`+moveColumns+`, other) values ($1, $2, $3, $4, $5, $6, $7, $8)`, append(args[:len(args):len(args)], plain(m.Link))...); err != nil {
		return seal.Leaf{}, err
	}
	return sealedMoves.rowLeaf(args)
}

// putFile notes that there is a file, where it is new, and gives what seals that.
func putFile(ctx context.Context, tx *sql.Tx, m *ledger.Move) ([]seal.Leaf, error) {
	if m.File == nil {
		return nil, nil
	}
	args := []any{m.File.Hash, m.File.Size, m.File.Type, int64(m.At), plain(m.Account)}
	done, err := tx.ExecContext(ctx, `insert into files (`+fileColumns+`) values ($1, $2, $3, $4, $5) on conflict (hash) do nothing`, args...)
	if err != nil {
		return nil, err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return nil, err
	}
	leaf, err := sealedFiles.rowLeaf(args)
	return []seal.Leaf{leaf}, err
}

// countItems keeps how many items are in each state.
func (s *Store) countItems(ctx context.Context, tx *sql.Tx, more map[ledger.State]int64) error {
	for _, state := range ledger.States { // always in one order, so that no two wait for each other
		if n := more[state]; n != 0 {
			if err := s.exec(ctx, tx, `insert into item_counts (state, items) values ($1, $2)
				on conflict (state) do update set items = item_counts.items + excluded.items`, string(state), n); err != nil {
				return err
			}
		}
	}
	return nil
}

// ItemCounts is how many items are in each state. The figures are kept.
func (s *Store) ItemCounts(ctx context.Context) (map[ledger.State]int64, error) {
	out := map[ledger.State]int64{}
	err := s.each(ctx, func(scan func(...any) error) error {
		var state ledger.State
		var n int64
		err := scan(&state, &n)
		out[state] = n
		return err
	}, `select state, items from item_counts`)
	return out, err
}

// Links are the moves that link a finding with others and undo that, on whichever side
// they were made, oldest first.
func (s *Store) Links(ctx context.Context, finding string) ([]ledger.Move, error) {
	var list []ledger.Move
	err := s.each(ctx, func(scan func(...any) error) error {
		var at, number int64
		var of, body string
		if err := scan(&at, &of, &number, &body); err != nil {
			return err
		}
		var m ledger.Move
		list = append(list, m)
		return json.Unmarshal([]byte(body), &list[len(list)-1])
	}, `select at, finding, number, body from moves where finding = $1 and other <> '' union all select at, finding, number, body from moves where other = $2 and other <> '' order by at, finding, number`, plain(finding), plain(finding))
	return list, err
}

// FileOf is a file that one of a finding's moves attached; nil where none did.
func (s *Store) FileOf(ctx context.Context, finding, hash string) (*ledger.File, error) {
	moves, err := movesOf(ctx, reads{s}, finding)
	if err != nil {
		return nil, s.misread(err)
	}
	for i := range moves {
		if f := moves[i].File; f != nil && f.Hash == hash {
			return f, nil
		}
	}
	return nil, nil
}

// Queue is a page of items in the order of whose turn is due, soonest first;
// those at rest are last.
func (s *Store) Queue(ctx context.Context, q ledger.Query) (ledger.Page, error) {
	limit := q.Limit
	if limit == 0 {
		limit = 50
	}
	if limit < 1 || limit > maxPage {
		return ledger.Page{}, &errs.Error{Code: errs.Usage, What: errs.Tf("a page of %d items; a page has 1 to %d", "一页 %d 项；每页应为 1 至 %d 项", q.Limit, maxPage)}
	}
	if s.boarded(&q) {
		return s.queueBoard(ctx, &q, limit)
	}
	b := itemFilters(q)
	few, err := s.allowItems(ctx, b, q.For)
	if err != nil {
		return ledger.Page{}, err
	}
	if q.After != "" {
		turn, number, err := itemCursor(q.After)
		if err != nil {
			return ledger.Page{}, err
		}
		if q.Newest {
			b.and("i.number < " + b.arg(number))
		} else {
			b.and("(i.turn, i.number) > (" + b.arg(turn) + ", " + b.arg(number) + ")")
		}
	}
	states := q.States
	if len(states) == 0 {
		states = ledger.States
	}
	query := b.ofEachState
	if few {
		query = b.ofFewItems
	}
	var list []ledger.Item
	err = s.each(ctx, func(scan func(...any) error) error {
		it, err := scanItem(scan)
		list = append(list, it)
		return err
	}, query(states, q.Newest, limit+1), b.args...)
	page := ledger.Page{Items: list}
	if err == nil && len(list) > limit {
		last := &list[limit-1]
		page.Items, page.Next = list[:limit], fmt.Sprintf("%d:%d", dueOf(last.Turn), last.Number)
	}
	return page, err
}

// ofEachState reads the first items of each state by the state's own index, and of
// those the first of all.
func (b *selection) ofEachState(states []ledger.State, newest bool, limit int) string {
	few, order := b.arg(int64(limit)), "turn, number"
	if newest {
		order = "number desc"
	}
	within := "i." + strings.ReplaceAll(order, ", ", ", i.")
	var parts []string
	for _, state := range states {
		conditions := append([]string{"i.state = " + b.arg(plain(string(state)))}, b.conditions...)
		parts = append(parts, "select * from (select "+itemColumns+itemTables+" where "+strings.Join(conditions, " and ")+" order by "+within+" limit "+few+") as part")
	}
	return strings.Join(parts, " union all ") + " order by " + order + " limit " + few
}

// ofFewItems gathers the items of somebody who sees few, and sorts them. State and
// order are wrapped so that no index on them looks better.
func (b *selection) ofFewItems(states []ledger.State, newest bool, limit int) string {
	in(b, "coalesce(i.state, '')", states)
	order := "i.turn + 0, i.number"
	if newest {
		order = "i.number + 0 desc"
	}
	return "select " + itemColumns + itemTables + b.where() + " order by " + order + " limit " + b.arg(int64(limit))
}

// itemFilters is what a query leaves in, states aside.
func itemFilters(q ledger.Query) *selection {
	b := &selection{}
	in(b, "f.id", q.Findings)
	in(b, "f.unit", q.Units)
	in(b, "f.rule", q.Rules)
	in(b, "f.severity", q.Severity)
	if q.Warning != nil {
		b.and("f.warning = " + b.arg(*q.Warning))
	}
	if q.Owner != "" {
		b.and("i.owner = " + b.arg(plain(string(q.Owner))))
	}
	if q.Verifier != "" {
		b.and("i.verifier = " + b.arg(plain(q.Verifier)))
	}
	if q.Before != 0 {
		b.and("i.turn < " + b.arg(int64(q.Before)))
	}
	if q.Filter != "" {
		b.and("(" + b.numbered(q.Filter, q.Args) + ")")
	}
	return b
}

// CountItems is how many of the items that q selects are in each state. What isn't
// narrowed at all is kept, not counted.
func (s *Store) CountItems(ctx context.Context, q ledger.Query) (map[ledger.State]int64, error) {
	if s.boarded(&q) {
		return s.countBoard(ctx, &q)
	}
	b := itemFilters(q)
	if _, err := s.allowItems(ctx, b, q.For); err != nil {
		return nil, err
	}
	if len(b.conditions) == 0 {
		all, err := s.ItemCounts(ctx)
		maps.DeleteFunc(all, func(state ledger.State, _ int64) bool {
			return len(q.States) > 0 && !slices.Contains(q.States, state)
		})
		return all, err
	}
	in(b, "i.state", q.States)
	tables := itemTables
	if !strings.Contains(b.where(), "f.") {
		tables = " from items i"
	}
	out := map[ledger.State]int64{}
	err := s.each(ctx, func(scan func(...any) error) error {
		var state ledger.State
		var n int64
		err := scan(&state, &n)
		out[state] = n
		return err
	}, "select i.state, count(*)"+tables+b.where()+" group by i.state", b.args...)
	return out, err
}

// numbered puts a condition's arguments, written ?, into a query's numbering.
func (b *selection) numbered(condition string, args []any) string {
	var out strings.Builder
	for i, part := range strings.Split(condition, "?") {
		if i > 0 {
			out.WriteString(b.arg(args[i-1]))
		}
		out.WriteString(part)
	}
	return out.String()
}

func itemCursor(text string) (turn, number int64, err error) {
	a, b, ok := strings.Cut(text, ":")
	if ok {
		turn, err = strconv.ParseInt(a, 10, 64)
	}
	if ok && err == nil {
		number, err = strconv.ParseInt(b, 10, 64)
	}
	if !ok || err != nil {
		return 0, 0, &errs.Error{Code: errs.Usage, What: errs.Tf("%q isn't where a page of this list ends", "%q 不是此列表的翻页位置", text),
			Next: errs.T("take next from the page before", "请使用上一页给出的 next")}
	}
	return turn, number, nil
}

// LedgerBy sets the deadlines that findings get as they come onto the ledger.
func (s *Store) LedgerBy(p *ledger.Policy) { s.policy = p }

// usual is the policy of a record whose agency has said nothing, days in UTC.
var usual = sync.OnceValue(func() *ledger.Policy {
	zone, err := clock.LoadZone("UTC")
	if err != nil {
		panic("sqldb: " + err.Error()) // zones are part of the program
	}
	return ledger.DefaultPolicy(zone)
})

func (s *Store) ledgerPolicy() *ledger.Policy {
	if s.policy != nil {
		return s.policy
	}
	return usual()
}

// items opens an item for each finding that has none, and moves those of which the
// judge now says something else than before.
func (w *writer) items(c *service.Commit) error {
	moved := map[ledger.State]int64{}
	for i := range c.Findings {
		put := w.judged
		if w.isNew[i] {
			put = w.opened
		}
		if err := put(&c.Findings[i], c.Now, moved); err != nil {
			return err
		}
	}
	return w.store.countItems(w.ctx, w.tx, moved)
}

// opened puts an item onto the ledger for a finding that there was none of. Where the
// judge says at once that it is met or withdrawn, or where an exemption covers it, that
// is its first move.
func (w *writer) opened(f *service.Finding, now clock.Instant, moved map[ledger.State]int64) error {
	about := ledger.About{Opened: f.Raised}
	about.AssignBy, about.First = w.policy.Open(f.Severity, f.Raised)
	if err := w.sealed(sealedItems, []any{f.ID, f.Number, int64(about.AssignBy), int64(about.First)}); err != nil {
		return err
	}
	s, told := about.Begin(), saying(f.State)
	m, moves := s.Judge(w.policy, f.ID, told, now)
	if told == ledger.IsStanding {
		exemption, err := w.exempt(f)
		if err != nil {
			return err
		}
		if moves = exemption != ""; moves {
			m = s.Exempted(f.ID, exemption, max(f.Raised, w.Now))
		}
	}
	if moves {
		if err := w.move(&s, &m); err != nil {
			return err
		}
	}
	moved[s.State]++
	_, err := w.exec(`insert into items (finding, state, owner, owner_unit, verifier, outcome, reason, met, claim, due, shifts, turn, version, changed, number, told, assign_by, due_first)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		append(append([]any{f.ID}, standing(&s)...), f.Number, string(f.State), int64(about.AssignBy), int64(about.First))...)
	return err
}

// judged moves an item of which the judge says something else than before.
func (w *writer) judged(f *service.Finding, now clock.Instant, moved map[ledger.State]int64) error {
	read := `select told, ` + standingColumns + ` from items where number = $1`
	if w.store.postgres {
		read += ` for update`
	}
	look, err := w.prepared(read)
	if err != nil {
		return err
	}
	var was string
	var s ledger.Standing
	if err := scanStanding(&s, look.QueryRowContext(w.ctx, f.Number).Scan, &was); err != nil {
		return err
	}
	if saying(service.FindingState(was)) == saying(f.State) {
		return nil
	}
	if m, ok := s.Judge(w.policy, f.ID, saying(f.State), now); ok {
		moved[s.State]--
		if err := w.move(&s, &m); err != nil {
			return err
		}
		moved[s.State]++
	}
	_, err = w.exec(`update items set `+setStanding+`, told = $15 where number = $1`, append(append([]any{f.Number}, standing(&s)...), string(f.State))...)
	return err
}

// move writes a move of the judge's, and gives where the item stands after it.
func (w *writer) move(s *ledger.Standing, m *ledger.Move) error {
	leaf, err := w.store.putMove(w.ctx, w.tx, m)
	w.leaves = append(w.leaves, hashed(&leaf))
	*s = s.After(m)
	return err
}

// saying is what a finding's state says to its item.
func saying(state service.FindingState) ledger.Told {
	switch state {
	case service.ClaimedMet, service.Ended: // what is over waits for a verifier, too
		return ledger.IsMet
	case service.Withdrawn:
		return ledger.IsWithdrawn
	}
	return ledger.IsStanding
}
