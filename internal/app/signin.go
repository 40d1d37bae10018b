package app

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"plumbline/internal/approval"
	"plumbline/internal/clock"
	"plumbline/internal/identity"
	"plumbline/internal/org"
)

// signIn is who people are, over the record and the organisation. Sessions go by the
// machine's clock, whatever the time by which is judged; where somebody stands, by
// that.
func signIn(o *ServeOptions, beside *attached) (*identity.Identity, error) {
	s := o.Config.SignIn
	outside := identity.OIDC{Issuer: s.OIDC.Issuer, Client: s.OIDC.Client, Claim: s.OIDC.Claim}
	if s.OIDC.Secret != "" {
		text, err := os.ReadFile(s.OIDC.Secret)
		if err != nil {
			return nil, cantRead(s.OIDC.Secret, err)
		}
		outside.Secret = strings.TrimSpace(string(text))
	}
	codes, err := o.Config.CodesKey()
	if err != nil {
		return nil, err
	}
	return identity.New(identity.Options{Store: o.Store, Codes: codes, Policy: beside.table.Now, Origin: s.Origin, Second: s.Second, Breached: s.Breached, OIDC: outside, Proxies: s.Proxies,
		Now: func() clock.Instant { return clock.InstantOf(time.Now()) },
		Standing: func(_ context.Context, person string) (units, conflicts []string, err error) {
			if organisation := beside.organisation.Now(); organisation != nil {
				now := stands{organisation, o.wall()}
				units, conflicts = now.Units(person), now.Conflicts(person)
			}
			return units, conflicts, nil
		},
		Known: func(_ context.Context, person, unit string) error {
			if organisation := beside.organisation.Now(); organisation != nil {
				return organisation.Knows(org.PersonID(person), org.UnitID(unit))
			}
			return nil
		}}), nil
}

// stood is where people stand now, and stood at an instant: by what is known now, and by what
// was known then.
func (a *attached) stood(ctx context.Context, at clock.Instant) ([]approval.Standing, error) {
	is := a.organisation.Now()
	if is == nil {
		return nil, nil
	}
	list := []approval.Standing{stands{is, a.organisation.Time()}, stands{is, at}}
	was, err := a.organisation.Believed(ctx, at)
	if was != nil {
		list = append(list, stands{was, at})
	}
	return list, err
}

// stands is an organisation as of an instant.
type stands struct {
	*org.Organisation
	at clock.Instant
}

// Units are those in which a person holds posts, none twice; never nil.
func (s stands) Units(person string) []string {
	units := []string{}
	for _, post := range s.Posts(org.PersonID(person), s.at) {
		if !slices.Contains(units, string(post.Unit)) {
			units = append(units, string(post.Unit))
		}
	}
	return units
}

// Conflicts are with whom a person has declared one.
func (s stands) Conflicts(person string) (with []string) {
	for _, other := range s.Organisation.Conflicts(org.PersonID(person), s.at) {
		with = append(with, string(other))
	}
	return with
}

// Chain is a unit and those that answer for it.
func (s stands) Chain(unit string) (up []string) {
	for _, u := range s.Organisation.Chain(org.UnitID(unit), s.at) {
		up = append(up, string(u))
	}
	return up
}
