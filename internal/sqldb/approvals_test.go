package sqldb

import (
	"encoding/json"
	"errors"
	"testing"

	"plumbline/internal/approval"
)

var _ approval.Store = (*Store)(nil)

// testApprovals: proposals as they were made and settled, each step sealed.
func testApprovals(t *testing.T, where string) {
	s := open(t, where)
	a := approval.Approval{ID: "a1", Kind: "packs", Pin: "h", Body: json.RawMessage(`{"packs":["p"]}`), Trial: json.RawMessage(`{}`), Concerned: approval.Concerned{Units: []string{"lake"}, Officials: []string{"P1"}},
		Reason: "新法", State: approval.Waiting, Proposed: 5, Proposer: approval.Person{Account: "boss", Person: "B1"}}
	must(t, s.AddApproval(ctx, a))
	b := a
	b.ID, b.Proposed = "a2", 6
	must(t, s.AddApproval(ctx, b))
	got, err := s.Approval(ctx, "a1")
	must(t, err)
	equal(t, "as it was made", *got, a)
	_, err = s.ChangeApproval(ctx, "a1", 7, func(a *approval.Approval) error { a.State = approval.Done; return errors.New("no") })
	if err == nil {
		t.Error("a change that failed")
	}
	a.State, a.Settled, a.Settler, a.Words = approval.Refused, 7, approval.Person{Account: "audit"}, "why"
	got, err = s.ChangeApproval(ctx, "a1", 7, func(was *approval.Approval) error { *was = a; return nil })
	must(t, err)
	equal(t, "settled", *got, a)
	for kind, want := range map[string]int{"boss": 2, "none": 0} {
		list, err := s.Approvals(ctx, nil, kind, 5)
		must(t, err)
		equal(t, "that "+kind+" proposed", len(list), want)
	}
	list, err := s.Approvals(ctx, []string{"key", "packs"}, "", 5)
	must(t, err)
	equal(t, "newest first", []string{list[0].ID, list[1].ID}, []string{"a2", "a1"})
	equal(t, "in the list", list[1], a)
	equal(t, "leaves", leavesOf(t, s, "approval"), 3)
	for _, none := range []func() (*approval.Approval, error){
		func() (*approval.Approval, error) { return s.Approval(ctx, "x") },
		func() (*approval.Approval, error) {
			return s.ChangeApproval(ctx, "x", 1, func(*approval.Approval) error { return errors.New("called") })
		},
	} {
		if a, err := none(); a != nil || err != nil {
			t.Error(a, err)
		}
	}
	sealedAsIs(t, s)
}
