package org

import (
	"context"
	"math"
	"slices"
	"sync"

	"plumbline/internal/clock"
)

// believed are organisations as they were known at some instant: a few, since one question
// asks several times. Asking waits for nobody who writes.
type believed struct {
	sync.Mutex
	over      *Organisation // the one that stood when revisions were read
	revisions []Revision    // newest first
	list      []believing
}

type believing struct {
	revision int64
	is       *Organisation
}

// mostBelieved is how many are kept.
const mostBelieved = 8

// Believed is the organisation as it was known at an instant, whatever was entered since for
// the days before: who is moved afterwards stood where they stood. It is nil where
// none was known.
func (k *Keeper) Believed(ctx context.Context, at clock.Instant) (*Organisation, error) {
	b := &k.believed
	b.Lock()
	defer b.Unlock()
	if now := k.now.Load(); b.over != now {
		revisions, err := k.store.OrgRevisions(ctx, math.MaxInt32)
		if err != nil {
			return nil, err
		}
		b.over, b.revisions = now, revisions
	}
	known := slices.IndexFunc(b.revisions, func(r Revision) bool { return r.At <= at })
	switch known {
	case -1:
		return nil, nil
	case 0:
		return b.over, nil
	}
	number := b.revisions[known].Number
	if i := slices.IndexFunc(b.list, func(one believing) bool { return one.revision == number }); i >= 0 {
		return b.list[i].is, nil
	}
	is, _, err := k.As(ctx, number)
	if err != nil {
		return nil, err
	}
	if len(b.list) == mostBelieved {
		b.list = slices.Delete(b.list, 0, 1)
	}
	b.list = append(b.list, believing{number, is})
	return is, nil
}
