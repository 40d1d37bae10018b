package sqldb

import (
	"strconv"
	"strings"
	"testing"

	"plumbline/internal/ledger"
	"plumbline/internal/service"
)

// testUpgradedLedger: findings that were raised before there was a ledger stand on
// it as if it had always been there, and the whole is what its moves say.
func testUpgradedLedger(t *testing.T, where string) {
	s := &Store{name: where, postgres: IsPostgres(where)}
	connect := s.openSQLite
	if s.postgres {
		connect = s.openPostgres
	}
	must(t, connect(where))
	const before = 4 // the last form without a ledger
	must(t, s.migrate(ctx, upTo(later(t), before)))
	columns := namesOf(`id, number, kind, pack, version, rule, severity, weight, warning, state, verdict, key_parts, case_id, unit, actor,
		event, event_type, event_time, due, late, by_event, activations, last_event, raised, changed, replaced_by, provisional`)
	places := make([]string, len(columns))
	for i := range places {
		places[i] = "$" + strconv.Itoa(i+1)
	}
	want := map[string]ledger.State{}
	for n, state := range []service.FindingState{service.Open, service.ClaimedMet, service.Withdrawn} {
		f := raisedAt(int64(n+1), someDay)
		f.State, f.Changed = state, someDay+5
		args, err := findingArgs(&f)
		must(t, err)
		_, err = s.write.ExecContext(ctx, `insert into findings (`+strings.Join(columns, ", ")+`) values (`+strings.Join(places, ", ")+`)`, args[:len(columns)]...)
		must(t, err)
		_, err = s.write.ExecContext(ctx, `insert into finding_counts (state, findings) values ($1, 1)`, string(state))
		must(t, err)
		want[f.ID] = map[service.FindingState]ledger.State{service.Open: ledger.Open, service.ClaimedMet: ledger.Claimed, service.Withdrawn: ledger.Closed}[state]
	}
	must(t, s.Close())

	s = open(t, where)
	for id, state := range want {
		it, moves, err := s.Item(ctx, id)
		must(t, err)
		equal(t, "state", it.State, state)
		equal(t, "the fold", it.Fold(moves), it.Standing)
	}
	must(t, s.checkLedger(ctx))
}
