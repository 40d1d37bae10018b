package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"plumbline/internal/access"
	"plumbline/internal/api"
	"plumbline/internal/approval"
	"plumbline/internal/clock"
	"plumbline/internal/service"
	"plumbline/internal/trial"
)

// approvals is where one person proposes and another approves.
func approvals(o *ServeOptions, s *service.Service, zone *clock.Zone) *approval.Desk {
	return &approval.Desk{Store: o.Store, Kinds: map[string]approval.Kind{api.KindPacks: packsKind(o.Config.Data, s, zone)},
		Now: func() clock.Instant {
			wall, _ := o.Now()
			return wall
		}}
}

// packsAsked are packs to be put into force, from a time or date on.
type packsAsked struct {
	Packs []string `json:"packs"`
	From  string   `json:"from"`
}

func readPacks(body json.RawMessage, zone *clock.Zone) (p packsAsked, from clock.Instant, err error) {
	if err = json.Unmarshal(body, &p); err == nil && p.From != "" {
		from, _, err = clock.ParseInstant(p.From, zone)
	}
	return p, from, err
}

// packsKind puts packs into force. What is approved are the packs' files as they
// were proposed.
func packsKind(dir string, s *service.Service, zone *clock.Zone) approval.Kind {
	return approval.Kind{Propose: access.PackPropose, Approve: access.PackApprove,
		Try: func(ctx context.Context, body json.RawMessage) (approval.Tried, error) {
			none := approval.Tried{}
			asked, _, err := readPacks(body, zone)
			if err != nil {
				return none, err
			}
			pin, err := pinOf(dir, asked.Packs)
			if err != nil {
				return none, err
			}
			change, err := s.TryPacks(ctx, asked.Packs)
			if err != nil {
				return none, err
			}
			diff, ok := change.(*trial.Diff)
			if !ok {
				return none, fmt.Errorf("a trial of packs gave %T", change)
			}
			text, err := json.Marshal(diff)
			return approval.Tried{Pin: pin, Trial: text, Concerned: whoseChange(diff)}, err
		},
		Do: func(ctx context.Context, body json.RawMessage) error {
			asked, from, err := readPacks(body, zone)
			if err != nil {
				return err
			}
			return s.ActivatePacks(ctx, asked.Packs, from)
		}}
}

// pinOf is a hash of all files of packs.
func pinOf(dir string, names []string) (string, error) {
	h := sha256.New()
	for _, n := range names {
		packs, err := packNamed(dir, n)
		if err != nil {
			return "", err
		}
		for _, p := range packs {
			fmt.Fprintf(h, "%q %q\n", p.Name, p.Version)
			for _, file := range slices.Sorted(maps.Keys(p.Files)) {
				fmt.Fprintf(h, "%q %q\n", file, p.Files[file])
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// whoseChange are the units and officials whose verdicts a trial would change.
func whoseChange(d *trial.Diff) approval.Concerned {
	c := approval.Concerned{Units: []string{}, Officials: []string{}}
	add := func(to *[]string, groups []trial.Group) {
		for _, g := range groups {
			if g.Name != nil && *g.Name != "" && g.ActivationsAppeared+g.ActivationsVanished+g.VerdictsChanged > 0 && !slices.Contains(*to, *g.Name) {
				*to = append(*to, *g.Name)
			}
		}
	}
	for _, t := range append([]trial.Tally{d.Totals}, tallies(d)...) {
		add(&c.Units, t.Units)
		add(&c.Officials, t.Officers)
	}
	slices.Sort(c.Units)
	slices.Sort(c.Officials)
	return c
}

func tallies(d *trial.Diff) (out []trial.Tally) {
	for i := range d.Rules {
		out = append(out, d.Rules[i].Tally)
	}
	return out
}
