package api

import (
	"context"

	"plumbline/internal/ledger"
	"plumbline/internal/org"
	"plumbline/internal/service"
)

type callerKey struct{}

// moverOf is who sent the request of an operation, as the ledger names them.
func moverOf(ctx context.Context) ledger.Who {
	src, _ := ctx.Value(callerKey{}).(*service.Source)
	return moverFrom(src)
}

// moverFrom is the holder of a token: no person, standing in the unit for which
// the token was registered.
func moverFrom(src *service.Source) ledger.Who {
	if src == nil {
		return ledger.Who{}
	}
	return ledger.Who{Account: "token/" + src.Name, Unit: org.UnitID(src.Unit)}
}
