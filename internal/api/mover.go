package api

import (
	"context"

	"plumbline/internal/access"
	"plumbline/internal/ledger"
	"plumbline/internal/org"
)

// moverOf is who sent the request of an operation, as the ledger names them.
func moverOf(ctx context.Context) ledger.Who {
	return moverFrom(whoAsks(ctx))
}

// moverFrom is somebody as the ledger names them.
func moverFrom(w *access.Who) ledger.Who {
	if w == nil {
		return ledger.Who{}
	}
	m := ledger.Who{Account: w.Account, Person: org.PersonID(w.Person)}
	if w.Person == "" && len(w.Units) > 0 {
		m.Unit = org.UnitID(w.Units[0])
	}
	return m
}
