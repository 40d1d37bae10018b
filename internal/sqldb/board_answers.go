package sqldb

import (
	"fmt"
	"sync"

	"plumbline/internal/access"
	"plumbline/internal/ledger"
)

// answers are what a board was asked already. They stand until an item changes. What is
// asked by a deadline ("due before now") stands until one that the query selects is
// passed, too, so that time going on alone asks nothing anew.
type answers struct {
	mu sync.Mutex
	of map[string]standingAnswer
}

// standingAnswer is one for a query with a Before from one instant to another.
type standingAnswer struct {
	from, to int64
	who      *access.Who // so that their table stays at its place in memory
	value    any
}

// mostAnswers is how many are kept.
const mostAnswers = 1000

func (a *answers) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.of = nil
}

// answer gives what make makes of a query, or made of it before; nobody may change it. In
// the key stands all that who asks is: their rights are theirs alone.
func answer[T any](b *board, what string, q *ledger.Query, make func(*sieve) T) T {
	key, before := keyOf(what, q), int64(q.Before)
	a := &b.answers
	a.mu.Lock()
	k, ok := a.of[key]
	a.mu.Unlock()
	if v, is := k.value.(T); ok && is && k.from <= before && before <= k.to {
		return v
	}
	keep := b.sieve(q)
	v := make(keep)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of == nil || len(a.of) >= mostAnswers {
		a.of = map[string]standingAnswer{}
	}
	a.of[key] = standingAnswer{before, keep.next, q.For.Who, v}
	return v
}

// keyOf is all that an answer rests on, the Before aside.
func keyOf(what string, q *ledger.Query) string {
	asked := *q
	asked.For.Who, asked.Before, asked.Warning = nil, 0, nil
	key := fmt.Sprintf("%s %t %#v", what, q.Before != 0, asked)
	if q.Warning != nil {
		key += fmt.Sprint(" ", *q.Warning)
	}
	if q.For.Who != nil {
		key += fmt.Sprintf(" %#v", *q.For.Who)
	}
	return key
}
