package web

import (
	"context"
	"net/http"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/identity"
	"plumbline/internal/rule"
	"plumbline/internal/service"
)

// Service is what pages ask of the running service; package service implements it.
type Service interface {
	Findings(ctx context.Context, q service.FindingQuery) (service.FindingPage, error)
	Finding(ctx context.Context, id string) (*service.FindingDetail, error) // nil where there is none
	Timeline(ctx context.Context, objectType, id string) (*service.Timeline, error)
	Sources(ctx context.Context) ([]service.SourceInfo, error)
	Gauges(ctx context.Context) (service.Gauges, error)
	Rules() []*rule.Rule // in force, and of older versions that still judge something
	Now() clock.Instant  // as of which everything was judged
}

// Identity is who signs in; package identity implements it.
type Identity interface {
	From(r *http.Request) identity.From
	SignIn(ctx context.Context, t identity.Try) (*identity.Granted, error)
	Session(ctx context.Context, cookie string) (*access.Who, error) // nil: nobody
	SignOut(ctx context.Context, cookie string) error
	Cookie(g *identity.Granted) *http.Cookie
	CookieOf(r *http.Request) string
	NoCookie() *http.Cookie
}
