package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync/atomic"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/errs"
)

// accessTable is who may do what, as it stands: everybody who asks is given the one that is
// in force at that moment.
type accessTable struct{ now atomic.Pointer[access.Policy] }

// Now is the table in force.
func (t *accessTable) Now() *access.Policy { return t.now.Load() }

// tableOf is the table that the record holds. One that this program would no longer
// take gives way to the program's own, and the log says so: nothing that it forbids
// may be allowed by what was agreed on under another.
func tableOf(ctx context.Context, store agreed, log *slog.Logger) (*accessTable, error) {
	t := &accessTable{}
	t.now.Store(access.Builtin())
	list, err := store.Policies(ctx, approval.Table)
	if err != nil || len(list) == 0 {
		return t, err
	}
	last := &list[len(list)-1]
	p, err := access.Parse(tableName(last.Number), last.Text)
	if err != nil {
		log.Error("the agency's table of access is not in force: this program has other limits; the program's own table decides", "table", last.Number, "error", errs.In(err, errs.En))
		return t, nil
	}
	t.now.Store(p)
	return t, nil
}

func tableName(number int64) string { return fmt.Sprintf("access table %d", number) }

// Table is the table of access that a record has in force, with its number; 0 is the
// program's own.
func Table(ctx context.Context, store interface {
	Policies(ctx context.Context, name string) ([]approval.Policy, error)
}) (*access.Policy, int64, error) {
	list, err := store.Policies(ctx, approval.Table)
	if err != nil || len(list) == 0 {
		return access.Builtin(), 0, err
	}
	last := list[len(list)-1]
	p, err := access.Parse(tableName(last.Number), last.Text)
	return p, last.Number, err
}

// tableKind puts another table into force, at once. What is approved is the text, and
// what it would change of the one that was in force then.
func tableKind(o *ServeOptions, t *accessTable) approval.Kind {
	read := func(body json.RawMessage) (asked struct{ Text string }, p *access.Policy, err error) {
		if err = json.Unmarshal(body, &asked); err == nil {
			p, err = access.Parse("access table", asked.Text)
		}
		return asked, p, err
	}
	return approval.Kind{Propose: access.AccessPropose, Approve: access.AccessApprove,
		Try: func(_ context.Context, body json.RawMessage) (approval.Tried, error) {
			_, next, err := read(body)
			if err != nil {
				return approval.Tried{}, err
			}
			d := t.Now().Differences(next)
			if len(d) == 0 {
				return approval.Tried{}, &errs.Error{Code: errs.Usage, What: errs.T("it says what the table in force says", "与现行权限表内容一致"), Next: errs.T("change a line", "请修改后再提请")}
			}
			text, err := json.Marshal(d)
			sum := sha256.Sum256(text)
			return approval.Tried{Pin: hex.EncodeToString(sum[:]), Trial: text}, err
		},
		Do: func(ctx context.Context, a *approval.Approval) error {
			asked, next, err := read(a.Body)
			if err != nil {
				return err
			}
			if err := o.Store.AddPolicy(ctx, approval.Policy{Name: approval.Table, At: o.wall(), Approval: a.ID, Text: asked.Text}); err != nil {
				return err
			}
			t.now.Store(next)
			return nil
		}}
}
