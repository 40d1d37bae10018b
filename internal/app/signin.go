package app

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

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
			at, _ := o.Now()
			units, conflicts = beside.stood(person, at)
			return units, conflicts, nil
		}}), nil
}

// stood says where a person holds posts at an instant, and with whom they have declared a
// conflict.
func (a *attached) stood(person string, at clock.Instant) (units, conflicts []string) {
	organisation, p := a.organisation.Now(), org.PersonID(person)
	if organisation == nil {
		return nil, nil
	}
	for _, post := range organisation.Posts(p, at) {
		if !slices.Contains(units, string(post.Unit)) {
			units = append(units, string(post.Unit))
		}
	}
	for _, other := range organisation.Conflicts(p, at) {
		conflicts = append(conflicts, string(other))
	}
	return units, conflicts
}
