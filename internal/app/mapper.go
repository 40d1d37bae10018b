package app

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/logmap"
	"plumbline/internal/rule"
	"plumbline/internal/service"
	"plumbline/internal/web"
)

// mapper says what the names of a source's files are in the words of the packs in
// force, and keeps what somebody decided.
type mapper struct {
	store   Record
	service *service.Service
	zone    *clock.Zone
	now     func() clock.Instant
}

// shownEvents is how many events of a sample are shown.
const shownEvents = 20

// inForce are the packs that judge now, each once.
func (m *mapper) inForce() (out []*rule.Pack) {
	for _, r := range m.service.Rules() {
		if !slices.Contains(out, r.Pack) {
			out = append(out, r.Pack)
		}
	}
	return out
}

// Mapping is the text of a source's mapping; "" for none.
func (m *mapper) Mapping(ctx context.Context, source string) (string, error) {
	return m.store.Mapping(ctx, source)
}

// Save keeps a mapping that reads and fits the packs in force; "" takes it away.
func (m *mapper) Save(ctx context.Context, account, source, text string) error {
	if text != "" {
		if _, err := m.parsed(source, text); err != nil {
			return err
		}
	}
	return m.store.SaveMapping(ctx, source, text, account, m.now())
}

func (m *mapper) parsed(source, text string) (*logmap.Mapping, error) {
	out, err := logmap.Parse(source+".map.yaml", []byte(text))
	if err != nil {
		return nil, err
	}
	return out, out.Check(m.inForce())
}

// Preview reads a sample as a mapping says, or as it would be proposed where there is
// none, and says what would become of it. Nothing of it is kept.
func (m *mapper) Preview(_ context.Context, source, name, packName, text string, sample []byte, lang errs.Lang) (*web.MapPreview, error) {
	dir, err := os.MkdirTemp("", "plumbline-sample-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "sample"+filepath.Ext(filepath.Base(name)))
	if err := os.WriteFile(file, sample, 0o600); err != nil {
		return nil, err
	}
	out := &web.MapPreview{Text: text}
	asIs := Source{Files: []string{file}, Zone: m.zone, SkipBad: maxUnread}
	if text == "" {
		packs := m.inForce()
		at := slices.IndexFunc(packs, func(p *rule.Pack) bool { return p.Name == packName })
		if at < 0 {
			return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("no pack %q is in force", "没有启用规则包“%s”", packName)}
		}
		read, err := Open(asIs)
		if err != nil {
			return nil, unplaced(err, file, name)
		}
		p := logmap.Propose(read.Log, packs[at], packName, []string{name})
		var yaml bytes.Buffer
		if err := p.YAML(&yaml, lang); err != nil {
			return nil, err
		}
		out.Text = yaml.String()
		out.Names = namesOf(p)
		for _, f := range p.Refused {
			out.Refused = append(out.Refused, WhyRefused(f))
		}
		for _, w := range p.Wants {
			if len(w.Blocks) > 0 {
				out.Blocked = append(out.Blocked, w.Rule.Title)
			}
		}
	}
	if asIs.Mapping, err = m.parsed(source, out.Text); err != nil {
		return out, err
	}
	asIs.Schema = m.service.Schema()
	read, err := Open(asIs)
	if err != nil {
		return out, unplaced(err, file, name)
	}
	out.Total = read.Log.Events()
	for row := range uint32(min(shownEvents, read.Log.Rows())) {
		out.Events = append(out.Events, read.Log.Event(row))
	}
	for _, b := range read.Bad {
		out.Bad = append(out.Bad, &errs.Error{Code: b.Err.Code, Place: errs.Place{File: name, Row: b.Err.Place.Row, Line: b.Err.Place.Line, Column: b.Err.Place.Column}, What: b.Err.What, Next: b.Err.Next})
	}
	for i := range read.Odd {
		out.Odd = append(out.Odd, &read.Odd[i])
	}
	return out, nil
}

func namesOf(p *logmap.Proposal) (out []web.MapName) {
	for _, part := range []struct {
		kind string
		list []logmap.Name
	}{{"event", p.Events}, {"object", p.Objects}, {"attribute", p.Attrs}} {
		for _, n := range part.list {
			name := web.MapName{Kind: part.kind, From: n.From, N: n.N, To: n.To}
			for _, c := range n.Candidates {
				name.Maybe = append(name.Maybe, c.To)
				if c.To == n.To {
					name.Why = c.Why
				}
			}
			out = append(out, name)
		}
	}
	return out
}

// unplaced says of a fault in the sample what its file is called by who sent it.
func unplaced(err error, file, name string) error {
	if e := (*errs.Error)(nil); errors.As(err, &e) && e.Place.File == file {
		e.Place.File = name
	}
	return err
}

// mappedArrivals gives the events of a file of a source, by the mapping that is kept
// for it.
func mappedArrivals(ctx context.Context, store Record, source string, file string, zone *clock.Zone, schema map[string]event.Kind, each func(in service.Arrival, at errs.Place) error) error {
	text, err := store.Mapping(ctx, source)
	if err != nil {
		return err
	}
	var m *logmap.Mapping
	if text != "" {
		if m, err = logmap.Parse(source+".map.yaml", []byte(text)); err != nil {
			return err
		}
	}
	return arrivalsBy(file, m, zone, schema, each)
}
