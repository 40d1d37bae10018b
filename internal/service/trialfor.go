package service

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"plumbline/internal/event"
	"plumbline/internal/trial"
)

// TrialFor is what [Service.TryPacks] gave as somebody may have it who declared conflicts
// with these officials: they aren't named in it, nor is a case in which one of them acted.
func TrialFor(ctx context.Context, conflicts []string, change any, timeline func(ctx context.Context, typ, id string) (*Timeline, error)) (any, error) {
	d, ok := change.(*trial.Diff)
	if len(conflicts) == 0 || !ok {
		return change, nil
	}
	var fault error
	hidden := func(official string) bool { return slices.Contains(conflicts, official) }
	return d.For(hidden, func(key []trial.KeyPart) bool {
		for _, k := range key {
			typ, _, _ := strings.Cut(k.Kind, "/")
			t, err := timeline(ctx, typ, k.ID)
			if err != nil {
				fault = err
			}
			if t != nil && slices.ContainsFunc(t.Events, func(e event.Event) bool { return e.Actor.OK && hidden(e.Actor.Value) }) {
				return false
			}
		}
		return true
	}), fault
}

// For is the same of an erasure. Which cases stay isn't told one by one then: any may be
// one in which such an official acted.
func (t EraseTrial) For(conflicts []string) EraseTrial {
	if len(conflicts) == 0 {
		return t
	}
	t.Changes = slices.DeleteFunc(slices.Clone(t.Changes), func(c EraseVerdict) bool { return slices.Contains(conflicts, c.Actor) })
	t.Kept = slices.Clone(t.Kept)
	for i := range t.Kept {
		t.Kept[i].Example = ""
	}
	return t
}

// RawTrialFor is what a proposal keeps of a trial, in the same way: of packs, or of an
// erasure; what is neither names nobody.
func RawTrialFor(ctx context.Context, conflicts []string, text json.RawMessage, timeline func(ctx context.Context, typ, id string) (*Timeline, error)) (json.RawMessage, error) {
	var is struct {
		Rules *json.RawMessage `json:"rules"`
		Kept  *json.RawMessage `json:"kept"`
	}
	if len(conflicts) == 0 || json.Unmarshal(text, &is) != nil {
		return text, nil
	}
	var out any
	switch {
	case is.Rules != nil:
		var d trial.Diff
		if err := json.Unmarshal(text, &d); err != nil {
			return nil, err
		}
		cut, err := TrialFor(ctx, conflicts, &d, timeline)
		if err != nil {
			return nil, err
		}
		out = cut
	case is.Kept != nil:
		var t EraseTrial
		if err := json.Unmarshal(text, &t); err != nil {
			return nil, err
		}
		out = t.For(conflicts)
	default:
		return text, nil
	}
	return json.Marshal(out)
}
