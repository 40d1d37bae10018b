package org

import (
	"context"
	"math"
	"slices"
	"sync"

	"plumbline/internal/clock"
)

// believed are organisations as they were known at some instant, by the number of their
// revision: a few, since one question asks several times.
type believed struct {
	sync.Mutex
	list []believing
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
	revisions, err := k.store.OrgRevisions(ctx, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	known := slices.IndexFunc(revisions, func(r Revision) bool { return r.At <= at }) // newest first
	if known < 0 {
		return nil, nil
	}
	number := revisions[known].Number
	k.believed.Lock()
	defer k.believed.Unlock()
	if i := slices.IndexFunc(k.believed.list, func(b believing) bool { return b.revision == number }); i >= 0 {
		return k.believed.list[i].is, nil
	}
	is, _, err := k.As(ctx, number)
	if err != nil {
		return nil, err
	}
	if len(k.believed.list) == mostBelieved {
		k.believed.list = slices.Delete(k.believed.list, 0, 1)
	}
	k.believed.list = append(k.believed.list, believing{number, is})
	return is, nil
}
