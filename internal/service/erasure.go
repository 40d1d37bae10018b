package service

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// Erasure is an act by which something was taken out of the record for good.
type Erasure struct {
	Number   int64  // from 1
	Kind     string // Retention or ByOrder
	At       clock.Instant
	Before   clock.Instant // of retention: nothing has happened in these cases since
	Cases    int64
	Events   int64
	Cleared  int64 // findings that lost what they told
	Reason   string
	Approval string // the proposal
	By       string // accounts: who asked for it,
	Second   string // and who agreed; "" where it was done at the console
}

// The kinds of erasure.
const (
	Retention = "retention" // cases, once the time for which they are kept is over
	ByOrder   = "order"     // one event
)

// Gone is what the record holds of what was erased.
type Gone struct {
	Names    map[ErasedName]int64    // by which act
	Findings map[string]int64        // those that stay as they are
	At       map[int64]clock.Instant // of each act
	Events   int64                   // how many there were
}

// ErasedName is a hash of the name of an event or an object.
type ErasedName [16]byte

func nameOf(kind, a, b string) ErasedName {
	h := sha256.Sum256(event.CanonicalJSON([]string{kind, a, b}))
	return ErasedName(h[:16])
}

// eventErased and objectErased are the hashes that are kept of names.
func eventErased(source, id string) ErasedName { return nameOf("event", source, id) }
func objectErased(typ, id string) ErasedName   { return nameOf("object", typ, id) }

// EraseCommit is an erasure as the Store makes it durable: all of it or nothing.
type EraseCommit struct {
	Erasure
	Segment  int64                     // the record's last: nothing came meanwhile
	Segments map[int64]map[string]bool // by number: the ids of events that go
	Names    []ErasedName
	Frozen   []string  // ids of findings, or of what would be one
	Findings []Finding // those that are cleared, as they stand from now on
	// Lines says whether a line of a finding's history loses the event that it names.
	Lines func(event string) bool
}

// Erasures are all that there ever were, oldest first.
func (s *Service) Erasures(ctx context.Context) ([]Erasure, error) { return s.store.Erasures(ctx) }

// loadGone reads what was erased. s.mu is held.
func (s *Service) loadGone(ctx context.Context) (err error) {
	if s.gone, err = s.store.Gone(ctx); err != nil {
		return fmt.Errorf("what was erased: %w", err)
	}
	return nil
}

// erased says whether an event isn't taken since it was erased, or names what was: an
// event that it corrects, or a case that had ended. What happened after that was
// erased is taken.
func (s *Service) erased(source string, e *event.Event) bool {
	if len(s.gone.Names) == 0 {
		return false
	}
	has := func(n ErasedName) bool { _, ok := s.gone.Names[n]; return ok }
	if has(eventErased(source, e.ID)) {
		return true
	}
	if named := e.Corrects + e.Voids; named != "" && has(eventErased(source, named)) {
		return true
	}
	for i := range e.Objects {
		if act, ok := s.gone.Names[objectErased(e.Objects[i].Type, e.Objects[i].ID)]; ok && e.Time.At < s.gone.At[act] {
			return true
		}
	}
	return false
}

// frozen says whether a finding stays as it is, whatever the engine says of what is
// left.
func (s *Service) frozen(id string) bool {
	_, ok := s.gone.Findings[id]
	return ok
}

// codeErased is the code of what is refused since it was erased: it isn't to be sent
// again.
const codeErased = "erased"

var erasedWhy = errs.T("it was erased from the record, and isn't taken again", "该内容已从记录中销毁，不再接收")

// splitName takes source/id apart.
func splitName(name string) (source, id string) {
	source, id, _ = strings.Cut(name, "/")
	return source, id
}
