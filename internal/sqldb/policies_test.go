package sqldb

import (
	"testing"

	"plumbline/internal/approval"
)

// Policies follow each other, each sealed, and none is lost or doubled.
func testPolicies(t *testing.T, where string) {
	s := open(t, where)
	one := approval.Policy{Name: "access", At: 5, Approval: "a1", Text: "action x\n  # 表"}
	two := approval.Policy{Name: "access", At: 6, Approval: "a2"}
	for _, p := range []approval.Policy{one, two, two, {Name: "other", At: 7, Approval: "a3"}} {
		must(t, s.AddPolicy(ctx, p))
	}
	one.Number, two.Number = 1, 2
	list, err := s.Policies(ctx, "access")
	must(t, err)
	equal(t, "in their order", list, []approval.Policy{one, two})
	sealedAsIs(t, s)
}
