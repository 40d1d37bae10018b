package org

import (
	"context"
	"sync"
	"sync/atomic"

	"plumbline/internal/clock"
)

// Store keeps the organisation; package sqldb implements it.
type Store interface {
	// OrgVersion is the number of the last revision, 0 where there is none.
	OrgVersion(ctx context.Context) (int64, error)
	// OrgLines are the lines as of a revision, sorted, with its number; 0 is the last.
	OrgLines(ctx context.Context, version int64) ([]Line, int64, error)
	OrgRevisions(ctx context.Context, limit int) ([]Revision, error) // newest first
	// ReviseOrg writes the next revision, and with it the numbers of the findings that it
	// touches; a number that isn't the next is refused.
	ReviseOrg(ctx context.Context, r Revision, ended, added []Line, touched []int64) error
	// OrgTouching are the revisions that touch a finding by its number, oldest first.
	OrgTouching(ctx context.Context, finding int64) ([]Revision, error)
	// OrgNow writes what conditions of lists need of the organisation as it stands.
	OrgNow(ctx context.Context, paths []Path, conflicts []Conflict) error
	// OrgTouched visits the findings of people and units, whatever their days.
	OrgTouched(ctx context.Context, people []PersonID, units []UnitID, visit func(Touch)) error
}

// Keeper keeps the organisation as the record has it. Many goroutines may use it.
type Keeper struct {
	store    Store
	zone     *clock.Zone
	clock    func() clock.Instant
	now      atomic.Pointer[Organisation] // nil while there is none
	believed believed

	mu      sync.Mutex // of those who look whether it changed
	version int64
	day     clock.Day // for which OrgNow was written
}

// Keep reads the organisation of a record; clock is the one clock of what runs.
func Keep(ctx context.Context, store Store, zone *clock.Zone, clock func() clock.Instant) (*Keeper, error) {
	k := &Keeper{store: store, zone: zone, clock: clock}
	_, err := k.Refresh(ctx)
	return k, err
}

// Now is the organisation as it stands; nil where none is known.
func (k *Keeper) Now() *Organisation { return k.now.Load() }

// Time is now, by the one clock of what runs.
func (k *Keeper) Time() clock.Instant { return k.clock() }

// Refresh takes over what others entered, and what today changes of itself: a
// transfer of today was entered long ago. It says whether the organisation is
// another.
func (k *Keeper) Refresh(ctx context.Context) (changed bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	at, err := k.store.OrgVersion(ctx)
	if err != nil || at == 0 {
		return false, err
	}
	today := k.zone.Date(k.clock())
	if changed = at != k.version; changed {
		o, version, err := k.As(ctx, 0)
		if err != nil {
			return false, err
		}
		k.now.Store(o)
		k.version = version
	}
	if !changed && today == k.day {
		return false, nil
	}
	o := k.now.Load()
	if err := k.store.OrgNow(ctx, o.Paths(k.clock()), o.Declared()); err != nil {
		return false, err
	}
	k.day = today
	return changed, nil
}

// As is the organisation as of a revision, with its number; 0 is the last.
func (k *Keeper) As(ctx context.Context, revision int64) (*Organisation, int64, error) {
	lines, at, err := k.store.OrgLines(ctx, revision)
	if err != nil || at == 0 {
		return nil, 0, err
	}
	o, err := FromLines("organisation", lines, k.zone)
	return o, at, err
}

// Revisions are the last revisions, newest first.
func (k *Keeper) Revisions(ctx context.Context, limit int) ([]Revision, error) {
	return k.store.OrgRevisions(ctx, limit)
}

// Touching are the revisions that changed days of a finding afterwards, oldest first.
func (k *Keeper) Touching(ctx context.Context, finding int64) ([]Revision, error) {
	return k.store.OrgTouching(ctx, finding)
}
