package sqldb

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/ledger"
)

// board is the ledger in memory, as far as lists choose, count and order by it. To
// count what is overdue among a hundred thousand items, of what one person may read,
// takes a database half a second, and a page wants several such figures; here it takes
// a millisecond. What a list shows is read from the record.
//
// Only the store that holds the record has one, as nobody else writes then. It is read
// when somebody first asks; from then on whoever has changed items says so once the
// change is committed, and who asks next reads those anew. It is a second form of the
// tables and no second truth: the tests hold it against them.
type board struct {
	marking sync.Mutex
	marked  map[string]bool // findings whose items changed; nil: nobody has asked yet
	moved   bool            // so did the organisation

	mu    sync.RWMutex
	whole bool   // the last reading came to its end
	posts []post // by number
	codes map[string]uint32
	names []string
	above map[string][]string // of units

	answers answers
}

// post is one item. Names are codes; that of "" is 0.
type post struct {
	number, turn, raised               int64
	unit, actor, owner, verifier, rule uint32
	state, weight                      uint8 // by ledger.States, severities
	warning                            bool
}

// mostMarked is how many changed items are read anew one by one; beyond that the board
// is read anew.
const mostMarked = 20_000

// changed says that items of findings changed, or may have; to be called after the
// commit.
func (b *board) changed(findings ...string) {
	b.marking.Lock()
	defer b.marking.Unlock()
	if b.marked == nil {
		return
	}
	for _, id := range findings {
		b.marked[id] = true
	}
	if len(b.marked) > mostMarked {
		b.marked = nil
	}
}

// forget has all read anew.
func (b *board) forget() {
	b.marking.Lock()
	defer b.marking.Unlock()
	b.marked = nil
}

// reorganised has what is above each unit read anew.
func (s *Store) reorganised() {
	s.paths.mu.Lock()
	s.paths.above = nil
	s.paths.mu.Unlock()
	s.board.marking.Lock()
	defer s.board.marking.Unlock()
	s.board.moved = true
}

// unitPaths is what is above each unit, itself included, as unit_paths has it. What was
// read is never changed.
type unitPaths struct {
	mu    sync.Mutex
	above map[string][]string // nil: to be read
}

// current brings the board to what is committed.
func (s *Store) current(ctx context.Context) error {
	b := &s.board
	b.marking.Lock()
	stale := b.marked == nil || len(b.marked) > 0 || b.moved
	b.marking.Unlock()
	if !stale {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.marking.Lock()
	ids, moved := b.marked, b.moved
	b.answers.forget()
	b.marked, b.moved = map[string]bool{}, false // what changes from here on is read next time
	b.marking.Unlock()
	var err error
	if ids == nil {
		err = s.readBoard(ctx)
	} else {
		err = s.readPosts(ctx, slices.Sorted(maps.Keys(ids)))
	}
	if err == nil && (ids == nil || moved) {
		b.above, err = s.aboveAll(ctx)
	}
	if b.whole = err == nil; err != nil {
		b.forget()
	}
	return err
}

const postColumns = `select i.number, i.turn, f.raised, f.unit, f.actor, i.owner, i.verifier, f.rule, i.state, f.severity, f.warning`

func (s *Store) readBoard(ctx context.Context) error {
	b := &s.board
	b.posts, b.codes, b.names = nil, map[string]uint32{"": 0}, []string{""}
	err := s.each(ctx, func(scan func(...any) error) error {
		p, err := b.scan(scan)
		b.posts = append(b.posts, p)
		return err
	}, postColumns+itemTables)
	slices.SortFunc(b.posts, byNumber)
	return err
}

func byNumber(x, y post) int { return cmp.Compare(x.number, y.number) }

// readPosts reads the items of some findings anew.
func (s *Store) readPosts(ctx context.Context, ids []string) error {
	for some := range slices.Chunk(ids, 512) {
		q := &selection{}
		in(q, "f.id", filled(some))
		err := s.each(ctx, func(scan func(...any) error) error {
			p, err := s.board.scan(scan)
			if err == nil {
				s.board.put(p)
			}
			return err
		}, postColumns+itemTables+q.where(), q.args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// filled repeats the last of some values, so that statements with lists of them are few.
func filled[T any](some []T) []T {
	n := 1
	for n < len(some) {
		n *= 2
	}
	out := slices.Grow(slices.Clone(some), n-len(some))
	for len(out) < n {
		out = append(out, some[len(some)-1])
	}
	return out
}

func (b *board) put(p post) {
	at, is := slices.BinarySearchFunc(b.posts, p, byNumber)
	if is {
		b.posts[at] = p
	} else {
		b.posts = slices.Insert(b.posts, at, p)
	}
}

func (b *board) scan(scan func(...any) error) (p post, err error) {
	var unit, actor, owner, verifier, rule, severity string
	var state ledger.State
	err = scan(&p.number, &p.turn, &p.raised, &unit, &actor, &owner, &verifier, &rule, &state, &severity, &p.warning)
	p.unit, p.actor, p.owner, p.verifier, p.rule = b.code(unit), b.code(actor), b.code(owner), b.code(verifier), b.code(rule)
	p.state, p.weight = stateCode(state), weightCode(severity)
	return p, err
}

func stateCode(s ledger.State) uint8   { return uint8(slices.Index(ledger.States, s) + 1) }
func weightCode(severity string) uint8 { return uint8(slices.Index(severities, severity) + 1) }

// code is that of a name, which gets one where it has none.
func (b *board) code(name string) uint32 {
	c, ok := b.codes[name]
	if !ok {
		c = uint32(len(b.names))
		b.codes[name], b.names = c, append(b.names, name)
	}
	return c
}

// known is the code of a name that a query gives; nobody's where it isn't there.
func (b *board) known(name string) uint32 {
	if c, ok := b.codes[plain(name)]; ok {
		return c
	}
	return 1<<32 - 1
}

func (s *Store) aboveAll(ctx context.Context) (map[string][]string, error) {
	s.paths.mu.Lock()
	defer s.paths.mu.Unlock()
	if s.paths.above != nil {
		return s.paths.above, nil
	}
	above := map[string][]string{}
	err := s.each(context.WithoutCancel(ctx), func(scan func(...any) error) error {
		var unit, ancestor string
		err := scan(&unit, &ancestor)
		above[unit] = append(above[unit], ancestor)
		return err
	}, `select unit, ancestor from unit_paths`)
	if err == nil {
		s.paths.above = above
	}
	return above, err
}

// boarded says whether the board answers a query: not where it names findings one by
// one, or has a condition of its own in SQL.
func (s *Store) boarded(q *ledger.Query) bool {
	return s.holder != 0 && q.Filter == "" && len(q.Findings) == 0
}

// look calls f with the board as of what is committed.
func (s *Store) look(ctx context.Context, f func(*board)) error {
	b := &s.board
	for {
		if err := s.current(context.WithoutCancel(ctx)); err != nil { // others wait for it, too
			return err
		}
		b.mu.RLock()
		if b.whole {
			break
		}
		b.mu.RUnlock() // somebody else's reading failed meanwhile
	}
	defer b.mu.RUnlock()
	f(b)
	return nil
}

// countBoard is [Store.CountItems] by the board.
func (s *Store) countBoard(ctx context.Context, q *ledger.Query) (map[ledger.State]int64, error) {
	var n *[16]int64
	err := s.look(ctx, func(b *board) {
		n = answer(b, "count", q, func(keep *sieve) *[16]int64 {
			var n [16]int64
			for i := range b.posts {
				if p := &b.posts[i]; keep.post(p) {
					n[p.state]++
				}
			}
			return &n
		})
	})
	out := map[ledger.State]int64{}
	for i, state := range ledger.States {
		if err == nil && n[i+1] > 0 {
			out[state] = n[i+1]
		}
	}
	return out, err
}

// raisedBoard is how many findings that somebody may see were raised hour by hour.
func (s *Store) raisedBoard(ctx context.Context, from clock.Instant, f access.For) (list []hourly, err error) {
	err = s.look(ctx, func(b *board) {
		hours := answer(b, fmt.Sprint("raised ", from), &ledger.Query{For: f}, func(keep *sieve) map[int64]int64 {
			hours := map[int64]int64{}
			for i := range b.posts {
				if p := &b.posts[i]; p.raised >= int64(from) && keep.post(p) {
					hours[p.raised/anHour]++
				}
			}
			return hours
		})
		for h, n := range hours {
			list = append(list, hourly{hour: clock.Instant(h * anHour), n: n})
		}
	})
	return list, err
}

// queueBoard is [Store.Queue] by the board: it says which items make the page, and the
// record what they are.
func (s *Store) queueBoard(ctx context.Context, q *ledger.Query, limit int) (ledger.Page, error) {
	var turn, number int64
	if q.After != "" {
		var err error
		if turn, number, err = itemCursor(q.After); err != nil {
			return ledger.Page{}, err
		}
	}
	var first []post
	err := s.look(ctx, func(b *board) {
		first = answer(b, fmt.Sprint("queue ", limit), q, func(keep *sieve) []post {
			keep.after, keep.turn, keep.number = q.After != "", turn, number
			if q.Newest {
				return b.newest(keep, limit+1)
			}
			return b.soonest(keep, limit+1)
		})
	})
	if err != nil || len(first) == 0 {
		return ledger.Page{}, err
	}
	var page ledger.Page
	if len(first) > limit {
		first = first[:limit]
		page.Next = fmt.Sprintf("%d:%d", first[limit-1].turn, first[limit-1].number)
	}
	page.Items, err = s.itemsOf(ctx, q, first)
	return page, err
}

// itemsOf reads the items of a page. One that somebody changed since the board was looked
// at is there only if it still belongs there.
func (s *Store) itemsOf(ctx context.Context, q *ledger.Query, page []post) ([]ledger.Item, error) {
	at := map[int64]int{}
	numbers := make([]int64, len(page))
	for i := range page {
		numbers[i], at[page[i].number] = page[i].number, i
	}
	c := &selection{}
	for _, n := range filled(numbers) {
		c.arg(n)
	}
	found := make([]*ledger.Item, len(page))
	err := s.each(ctx, func(scan func(...any) error) error {
		it, err := scanItem(scan)
		if i, ok := at[it.Number]; ok {
			found[i] = &it
		}
		return err
	}, `select `+itemColumns+` from findings f join items i on i.number = f.number where f.number in (`+placeholders(len(c.args))+`)`, c.args...)
	if err != nil {
		return nil, err
	}
	list := make([]ledger.Item, 0, len(page))
	s.board.mu.RLock()
	defer s.board.mu.RUnlock()
	keep := s.board.sieve(q)
	for _, it := range found {
		if it != nil && keep.item(it) {
			list = append(list, *it)
		}
	}
	return list, nil
}

// newest are the first items by number, the greatest first.
func (b *board) newest(keep *sieve, limit int) (out []post) {
	for i := len(b.posts) - 1; i >= 0 && len(out) < limit; i-- {
		if p := &b.posts[i]; (!keep.after || p.number < keep.number) && keep.post(p) {
			out = append(out, *p)
		}
	}
	return out
}

func byTurn(x, y post) int {
	return cmp.Or(cmp.Compare(x.turn, y.turn), cmp.Compare(x.number, y.number))
}

// soonest are the first items by whose turn it is.
func (b *board) soonest(keep *sieve, limit int) []post {
	out := make([]post, 0, 2*limit)
	last := post{turn: 1<<63 - 1, number: 1<<63 - 1} // what comes after it is too late
	cut := func() {
		slices.SortFunc(out, byTurn)
		if out = out[:min(limit, len(out))]; len(out) == limit {
			last = out[limit-1]
		}
	}
	end := post{turn: keep.turn, number: keep.number}
	for i := range b.posts {
		p := &b.posts[i]
		if p.turn > last.turn || byTurn(*p, last) > 0 || keep.after && byTurn(*p, end) <= 0 || !keep.post(p) {
			continue
		}
		if out = append(out, *p); len(out) == 2*limit {
			cut()
		}
	}
	cut()
	return out
}
