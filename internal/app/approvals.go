package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/clock"
	"plumbline/internal/service"
	"plumbline/internal/trial"
)

// approvals is where one person proposes and another approves.
func approvals(o *ServeOptions, s *service.Service, zone *clock.Zone, beside *attached) *approval.Desk {
	d := &approval.Desk{Store: o.Store, Now: o.wall, Stood: beside.stood, Kinds: map[string]approval.Kind{
		approval.Packs: packsKind(o.Config.Data, s, zone), approval.Retire: retireKind(s, zone), approval.Exempt: exemptKind(o, s, zone, beside),
		approval.Table: tableKind(o, beside.table), approval.Key: keyKind(o), approval.Erase: eraseKind(o, s, zone), approval.EndExempt: endExemptKind(o, beside)}}
	maps.Copy(d.Kinds, beside.vault.Kinds())
	return d
}

// packsAsked are packs to be put into force, or retired, from a time or date on.
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
			return triedOf(pin, change)
		},
		Do: func(ctx context.Context, a *approval.Approval) error {
			asked, from, err := readPacks(a.Body, zone)
			if err != nil {
				return err
			}
			return s.ActivatePacks(ctx, asked.Packs, from)
		}}
}

// triedOf is what a trial on the record says, and whom it concerns.
func triedOf(pin string, change any) (approval.Tried, error) {
	diff, ok := change.(*trial.Diff)
	if !ok {
		return approval.Tried{}, fmt.Errorf("a trial gave %T", change)
	}
	text, err := json.Marshal(diff)
	return approval.Tried{Pin: pin, Trial: text, Concerned: whoseChange(diff)}, err
}

// retireKind retires packs. What is approved are the versions that were in force.
func retireKind(s *service.Service, zone *clock.Zone) approval.Kind {
	return approval.Kind{Propose: access.PackPropose, Approve: access.PackApprove,
		Try: func(ctx context.Context, body json.RawMessage) (approval.Tried, error) {
			asked, _, err := readPacks(body, zone)
			if err != nil {
				return approval.Tried{}, err
			}
			change, err := s.TryRetire(ctx, asked.Packs)
			if err != nil {
				return approval.Tried{}, err
			}
			return triedOf(versionsOf(s.InForce(), asked.Packs), change)
		},
		Do: func(ctx context.Context, a *approval.Approval) error {
			asked, from, err := readPacks(a.Body, zone)
			if err != nil {
				return err
			}
			return s.RetirePacks(ctx, asked.Packs, from)
		}}
}

// versionsOf are the versions in force of some packs.
func versionsOf(inForce []service.PackInForce, names []string) string {
	var out []string
	for _, p := range inForce {
		if slices.Contains(names, p.Name) && !p.HasTo {
			out = append(out, p.Name+" "+p.Version)
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
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
