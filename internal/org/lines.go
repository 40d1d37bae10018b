package org

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// The kinds of lines.
const (
	UnitLine     = "unit"
	PostLine     = "post"
	HoldingLine  = "holding"
	ConflictLine = "conflict"
)

// Line is one line of an organisation as the record keeps it: what kind, of which
// unit, post or person, and all that it says as JSON, always written in the same
// way. Two organisations of the same lines are the same.
type Line struct {
	Kind string
	ID   string
	Body string
}

// Whole says whether a line is one: a [Digest] sets what lines say apart by what none of
// them has in it.
func Whole(l Line) bool { return !strings.ContainsAny(l.Kind+l.ID+l.Body, "\x00\n") }

// written is a line's body.
type written struct {
	EN        string `json:"en,omitempty"`
	ZH        string `json:"zh,omitempty"`
	Parent    string `json:"parent,omitempty"`
	Territory string `json:"territory,omitempty"`
	Successor string `json:"successor,omitempty"`
	Unit      string `json:"unit,omitempty"`
	Post      string `json:"post,omitempty"`
	Rank      string `json:"rank,omitempty"`
	As        string `json:"as,omitempty"`
	With      string `json:"with,omitempty"`
	Kind      string `json:"kind,omitempty"`
	From      string `json:"from,omitempty"`
	To        string `json:"to,omitempty"`
}

// Lines are all lines of an organisation, sorted.
func (o *Organisation) Lines() []Line {
	var out []Line
	add := func(kind, id string, w written, s *Span) {
		if s != nil && s.From != always {
			w.From = s.From.String()
		}
		if s != nil && s.To != never {
			w.To = s.To.String()
		}
		body, err := json.Marshal(w)
		if err != nil {
			panic("org: " + err.Error()) // texts alone
		}
		out = append(out, Line{kind, id, string(body)})
	}
	for _, list := range o.units {
		for _, u := range list {
			add(UnitLine, string(u.ID), written{EN: u.Title.En, ZH: u.Title.Zh, Parent: string(u.Parent), Territory: u.Territory, Successor: string(u.Successor)}, &u.Span)
		}
	}
	for _, p := range o.posts {
		add(PostLine, string(p.ID), written{EN: p.Title.En, ZH: p.Title.Zh}, nil)
	}
	for _, list := range o.people {
		for _, h := range list {
			add(HoldingLine, string(h.Person), written{Unit: string(h.Unit), Post: string(h.Post), Rank: h.Rank, As: string(h.As)}, &h.Span)
		}
	}
	for a, list := range o.conflicts {
		for _, c := range list {
			if c.A == a { // it stands under both
				add(ConflictLine, string(c.A), written{With: string(c.B), Kind: string(c.Kind)}, &c.Span)
			}
		}
	}
	slices.SortFunc(out, compareLines)
	return out
}

func compareLines(a, b Line) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Body, b.Body))
}

// FromLines puts an organisation together again; file is what a fault calls where
// the lines come from.
func FromLines(file string, lines []Line, zone *clock.Zone) (*Organisation, error) {
	d := &draft{}
	for i, l := range lines {
		at := errs.Place{File: file, Row: i + 1}
		var w written
		if err := json.Unmarshal([]byte(l.Body), &w); err != nil {
			return nil, fmt.Errorf("%s: line %d of the organisation: %w", file, i+1, err)
		}
		s := Span{always, never}
		for _, end := range []struct {
			text string
			day  *clock.Day
		}{{w.From, &s.From}, {w.To, &s.To}} {
			if end.text == "" {
				continue
			}
			day, err := clock.ParseDay(end.text)
			if err != nil {
				return nil, fmt.Errorf("%s: line %d of the organisation: %w", file, i+1, err)
			}
			*end.day = day
		}
		switch l.Kind {
		case UnitLine:
			d.units = append(d.units, &Unit{ID: UnitID(l.ID), Title: errs.T(w.EN, w.ZH), Parent: UnitID(w.Parent), Territory: w.Territory, Successor: UnitID(w.Successor), Span: s, at: at})
		case PostLine:
			d.posts = append(d.posts, &Post{ID: PostID(l.ID), Title: errs.T(w.EN, w.ZH), at: at})
		case HoldingLine:
			d.holdings = append(d.holdings, &Holding{Person: PersonID(l.ID), Unit: UnitID(w.Unit), Post: PostID(w.Post), Rank: w.Rank, As: Tenure(w.As), Span: s, at: at})
		case ConflictLine:
			d.conflicts = append(d.conflicts, &Conflict{A: PersonID(l.ID), B: PersonID(w.With), Kind: Relation(w.Kind), Span: s, at: at})
		}
	}
	return d.check(zone)
}

// LineChanges are the lines that one organisation has and another has not: what
// is to be ended, and what is to be added.
func LineChanges(was, is []Line) (ended, added []Line) {
	for len(was) > 0 || len(is) > 0 {
		switch {
		case len(is) == 0 || len(was) > 0 && compareLines(was[0], is[0]) < 0:
			ended, was = append(ended, was[0]), was[1:]
		case len(was) == 0 || compareLines(is[0], was[0]) < 0:
			added, is = append(added, is[0]), is[1:]
		default:
			was, is = was[1:], is[1:]
		}
	}
	return ended, added
}
